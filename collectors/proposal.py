"""A source's file for something that was found: every guess beside its reason, for a person to look at. Pure."""

from __future__ import annotations

import datetime
import itertools
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import msgspec

from collectors import condition
from collectors.listing import Listing
from collectors.sources import DAY, HOUR
from exportwatch import charset
from exportwatch.clock import rfc3339
from exportwatch.model import Draft
from exportwatch.safe import line

_SECOND_LEVEL: Final = frozenset(
    (
        *("co", "com", "go", "gov", "gob", "gouv", "govt", "gc", "ac", "edu"),
        *("or", "org", "ne", "net", "re", "pe", "lg", "mil", "nic", "europa"),
    )
)
_COUNTRIES: Final = {"uk": "GB", "eu": "EU", "gov": "US", "mil": "US"}
_OFFICIAL: Final = re.compile(r"(?:^|\.)(?:gov|go|gob|gouv|govt|gc|mil|europa|lg)(?:\.[a-z]{2,3})?$")
_SHORT: Final = 500
"""Characters in the median below which entries are only teasers of their pages."""
_UNKNOWN_CADENCE: Final = 30
_LONGEST_CADENCE: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a host says of its owner."""

    publisher: str
    jurisdiction: str
    official: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found: where, in which language and charset, and what it lists now."""

    url: str
    drafts: tuple[Draft, ...]
    language: str
    encoding: str = ""
    """A label to be written into the file: nobody declares it, and it is not UTF-8."""
    listed: Listing | None = None
    """None for a feed."""
    found_on: str = ""
    """The page that led to it, if another."""
    why: str = ""


def site(url: str) -> Site:
    """By the host alone: `www.meti.go.jp` is jp-meti, `www.bis.gov` us-bis, `www.reuters.com` reuters."""
    host = (urlsplit(url).hostname or "").lower().removeprefix("www.")
    labels = [re.sub(r"[^a-z0-9-]+", "", label) for label in host.split(".")]
    if len(labels) < 2 or re.fullmatch(r"[\d.]+|.*:.*", host):
        return Site(publisher=_name(host) or "source", jurisdiction="", official=False)
    top = labels[-1]
    country = _COUNTRIES.get(top, top.upper() if len(top) == 2 else "")
    rest = labels[:-1]
    while len(rest) > 1 and rest[-1] in _SECOND_LEVEL:
        rest = rest[:-1]
    prefix = f"{country.lower()}-" if country else ""
    return Site(publisher=_name(prefix + rest[-1]), jurisdiction=country, official=bool(_OFFICIAL.search(host)))


def free_id(wanted: str, url: str, taken: Sequence[str]) -> str:
    """The publisher's name; where that is taken, with a word of the path, or a number."""
    words = [_name(part.partition(".")[0]) for part in urlsplit(url).path.split("/")]
    named = [f"{wanted}-{word}"[:60] for word in words if word and len(word) < 20]
    numbered = [f"{wanted[:60]}-{number}" for number in range(2, len(taken) + 3)]
    return next(name for name in [wanted, *named, *numbered] if name not in taken)


def cadence(days: Sequence[str]) -> tuple[int, str]:
    """Days within which something new is to be expected, and why, from the days of publication."""
    dates = sorted({datetime.date.fromisoformat(day) for day in days})
    if len(dates) < 3:
        return _UNKNOWN_CADENCE, "too few dates to tell"
    gaps = [(after - before).days for before, after in itertools.pairwise(dates)]
    wanted = max(max(gaps), 3 * round(statistics.mean(gaps)), 1)
    span = (dates[-1] - dates[0]).days
    return min(wanted, _LONGEST_CADENCE), f"{len(dates)} days with releases in {span}, the longest gap {max(gaps)}"


def file(seen: Seen, publisher: str, now: int) -> str:
    """The text of a source's file; `now` in milliseconds."""
    where = site(seen.url)
    days = [draft.published[:10] for draft in seen.drafts if condition.instant(draft)]
    expected, reason = cadence(days)
    number = len([draft for draft in seen.drafts if not draft.root])
    interval = HOUR // 2 if expected <= 1 else HOUR if expected <= 7 else 4 * HOUR
    kind = (
        ("press release" if where.official else "news")
        if seen.listed is None
        else "notice"
        if where.official
        else "news"
    )
    lines = [
        f"# Proposed by `exportwatch sources add` on {rfc3339(now)[:10]}: look at what is guessed here.",
        *([f"# Found on {line(seen.found_on)} ({seen.why})."] if seen.found_on else []),
        _pair("publisher", publisher, "from the host; the namespace of the ids"),
        *([_pair("jurisdiction", where.jurisdiction, "from the host")] if where.jurisdiction else []),
        _pair(
            "publisher_kind", "agency" if where.official else "news", "guessed: ministry, agency, gazette, news, mirror"
        ),
        _pair("kind", kind, "guessed"),
        *([_pair("language", seen.language, "as its releases are written")] if seen.language else []),
        _pair("url", seen.url),
        *([_pair("encoding", seen.encoding, "detected; it declares none")] if seen.encoding else []),
        _pair("parser", "feed" if seen.listed is None else "page"),
        *_following(seen),
        f"interval = {interval}",
        f"cadence = {expected * DAY}  # {reason}",
        f"minimum = {max(1, number // 2)}  # it shows {number}",
        *(_list(seen.listed) if seen.listed else []),
    ]
    return "\n".join(lines) + "\n"


def label(codec: str) -> str:
    """The label for a Python codec that a file may carry; empty for UTF-8 and what is like it."""
    if codec.startswith(("utf", "cp1252", "ascii")):
        return ""
    name = {"cp949": "euc-kr", "cp932": "shift_jis", "big5hkscs": "big5", "cp950": "big5", "euc_jisx0213": "euc-jp"}
    found = name.get(codec, codec.replace("_", "-"))
    return found if charset.known(found) else ""


def _following(seen: Seen) -> list[str]:
    if seen.listed is not None:
        return []
    sizes = [len(draft.body or b"") for draft in seen.drafts]
    middle = round(statistics.median(sizes)) if sizes else 0
    follow = middle < _SHORT and any(draft.url for draft in seen.drafts)
    said = f"its entries have {middle:,} bytes in the median, so their pages are {'' if follow else 'not '}fetched"
    return [f"follow = {'true' if follow else 'false'}  # {said}"]


def _list(found: Listing) -> list[str]:
    dated = f"{found.dated} of {found.rows} rows have a date" if found.date else "no row has a date: its page may"
    date = [_pair("date", found.date)] if found.date else []
    link = [_pair("link", found.link)] if found.link != "a[href]" else []
    return [
        "",
        f"# Told by its shape: {found.rows} rows that repeat; {dated}.",
        "[list]",
        _pair("row", found.row),
        *link,
        *date,
    ]


def _pair(key: str, value: str, why: str = "") -> str:
    # A string of JSON is one of TOML.
    return f"{key} = {msgspec.json.encode(value).decode()}{f'  # {why}' if why else ''}"


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60]
