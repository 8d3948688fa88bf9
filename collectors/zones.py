"""Names of time zones, as written behind a time of day -> its offset, where the name means but one."""

from __future__ import annotations

import datetime
import functools
import re
import zoneinfo
from typing import Final

# RFC 822 names North American zones; the others are what Korean, Japanese, Chinese and European feeds write. CST is
# left out: it is Chicago's in the one and Beijing's in the other. So are RFC 822's single letters but Z: that standard
# had their signs wrong, and later ones say that they mean nothing.
_NAMES: Final = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), "Z"),
    **{"est": "-05:00", "edt": "-04:00", "cdt": "-05:00", "mst": "-07:00", "mdt": "-06:00"},
    **{"pst": "-08:00", "pdt": "-07:00", "akst": "-09:00", "akdt": "-08:00", "hst": "-10:00"},
    **{"ast": "-04:00", "adt": "-03:00", "nst": "-03:30", "ndt": "-02:30"},
    **{"jst": "+09:00", "kst": "+09:00", "hkt": "+08:00", "sgt": "+08:00"},
    **{"bst": "+01:00", "west": "+01:00", "cet": "+01:00", "met": "+01:00", "cest": "+02:00", "mest": "+02:00"},
    **{"eet": "+02:00", "eest": "+03:00", "msk": "+03:00", "aest": "+10:00", "aedt": "+11:00", "nzst": "+12:00"},
    **{"nzdt": "+13:00"},
}
_OFFSET: Final = re.compile(r"(?:utc|gmt|ut|etc/gmt)?\s?([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)
_IANA: Final = re.compile(r"[A-Za-z]{1,20}(?:/[A-Za-z_+-]{1,30}){1,2}|UTC")


def known(zone: str) -> bool:
    """Whether `zone` is an IANA name or an offset such as `+09:00`."""
    return bool(_numeric(zone)) or _zone(zone) is not None


def offset(written: str, zone: str, moment: datetime.datetime) -> str:
    """`Z` or `+09:00` of a local time; empty for what no one knows.

    `written`: what stands behind the time, which holds above `zone`, the zone of what is written without.
    """
    if not written:
        return _numeric(zone) or _of(zone, moment)
    found = _NAMES.get(written.lower()) or _numeric(written) or (_of(written, moment) if "/" in written else "")
    if found or not zone:
        return found
    there = _zone(zone)
    # A name that others use as well is ours where the zone itself has it: CST in Asia/Shanghai.
    same = there is not None and (there.tzname(moment) or "").lower() == written.lower()
    return _of(zone, moment) if same else ""


def _numeric(text: str) -> str:
    match = _OFFSET.fullmatch(text.strip())
    if not match or text.lower().startswith("etc"):
        return ""
    hours, minutes = int(match[2]), int(match[3] or 0)
    if hours > 15 or minutes > 59:
        return ""
    # RFC 3339 has -00:00 for a time in UTC whose place is not known.
    return "Z" if match[1] == "-" and not hours and not minutes else f"{match[1]}{hours:02}:{minutes:02}"


def _of(zone: str, moment: datetime.datetime) -> str:
    there = _zone(zone)
    delta = there.utcoffset(moment) if there is not None else None
    if delta is None:
        return ""
    minutes = round(delta.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


@functools.lru_cache(maxsize=256)
def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    if not _IANA.fullmatch(name):
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
