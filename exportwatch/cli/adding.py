"""Command `sources add`: finds the feed or the list of an address, and writes a source's file to be looked at."""

from __future__ import annotations

import itertools
import tomllib
from collections import Counter
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click
import msgspec

from exportwatch import charset, configfiles
from exportwatch.cli import pass_settings
from exportwatch.cli.console import line, print_json
from exportwatch.errors import BadRecord, ExportwatchError, Misconfigured
from exportwatch.settings import Settings
from exportwatch.wiring import Wiring

if TYPE_CHECKING:
    from collectors.finding import Found
    from collectors.listing import Listing
    from collectors.polite import Polite
    from collectors.proposal import Seen
    from collectors.sources import Source
    from exportwatch.model import Draft, Fetched

MOST_ASKED: Final = 4
"""Requests for what may be a feed, after the page itself."""
PAUSE: Final = 1.0
"""Seconds between two requests to a host."""
_SAMPLE: Final = 20


@click.command()
@click.argument("url")
@click.option("--id", "id", default="", help="The source's name: a-z, 0-9 and hyphens [default: from the host].")
@click.option("--replace", is_flag=True, help="Write over a source of this id.")
@click.option("--json", "as_json", is_flag=True, help="What was written, as one JSON object.")
@pass_settings
def add(settings: Settings, url: str, id: str, replace: bool, as_json: bool) -> None:
    """Propose a source for a feed or a page, into DATA/config/sources.

    Finds the feed of a page, or else its list of releases, and guesses publisher, language, encoding and cadence from
    what it shows. Look at the file, then see with `sources try ID` what it brings.
    """
    from collectors import proposal, urls

    address = urls.canonical(url)
    if not address:
        raise Misconfigured(f"{line(url)[:200]}: not an http or https address")
    wiring = Wiring(settings, person=True)
    try:
        known = _catalogue(settings)
        if id and id in known and not replace:
            raise Misconfigured(f"there is a source {id} already; --replace writes over it")
        seen = _Search(wiring).find(address)
        publisher = _publisher(known, seen.url)
        name = id or proposal.free_id(publisher, seen.url, () if replace else list(known))
        text = proposal.file(seen, publisher, wiring.clock.now())
        path = _write(settings, name, text)
    finally:
        wiring.close()
    if as_json:
        print_json({"id": name, "path": str(path), **tomllib.loads(text)})
        return
    print(line_by_line(text))
    print(f"written to {path}; look at it, then: exportwatch sources try {name}")


def line_by_line(text: str) -> str:
    """The file, safe on a terminal."""
    return "\n".join(line(each) for each in text.splitlines())


def _catalogue(settings: Settings) -> dict[str, Source]:
    from collectors import sourcefiles

    return sourcefiles.load(configfiles.files("sources", settings.folder))


def _publisher(known: dict[str, Source], url: str) -> str:
    """That of the sources of this host, if there are any; else from its name."""
    from collectors import proposal

    host = urlsplit(url).netloc
    return next((each.publisher for each in known.values() if urlsplit(each.url).netloc == host), "") or (
        proposal.site(url).publisher
    )


def _write(settings: Settings, name: str, text: str) -> Path:
    """Only a file that is in order, alone and among the others, stays. Raises Misconfigured."""
    from collectors import sourcefiles

    sourcefiles.make(name, tomllib.loads(text), f"the proposal for {name}")
    folder = settings.folder / "config" / "sources"
    path = folder / f"{name}.toml"
    before = path.read_bytes() if path.exists() else None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"cannot write {path}: {error.strerror}") from error
    complaints = sourcefiles.check(configfiles.files("sources", settings.folder))
    if complaints:
        path.unlink() if before is None else path.write_bytes(before)
        raise Misconfigured(f"nothing was written: {complaints[0]}")
    return path


class _Search:
    """Looks for what an address has to offer, with few requests."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._polite: Polite = wiring.polite()

    def find(self, url: str) -> Seen:
        """The feed that the address is, or has; else the list on it. Raises ExportwatchError where there is neither."""
        from collectors.finding import guesses

        fetched = self._fetch(url)
        if feed := self._as_feed(fetched, "", "it is one"):
            return feed
        found = self._look(fetched)
        listed = next((each for each in found.lists if each.dated * 2 > each.rows), None)
        tried = list(found.feeds[:MOST_ASKED])
        if listed is None or urlsplit(url).path in ("", "/"):
            tried += guesses(fetched.url)
        for candidate in itertools.islice(dict.fromkeys(tried), MOST_ASKED):
            if feed := self._maybe(candidate.url, fetched.url, candidate.why):
                return feed
        for proposed in found.lists:
            drafts = self._rows(fetched, proposed)
            if drafts:
                return self._seen(fetched, drafts, found, proposed)
        raise ExportwatchError(
            f"{line(url)}: neither a feed nor rows of releases were found; write a file by hand, after those of "
            "config/sources"
        )

    def _fetch(self, url: str) -> Fetched:
        from collectors.fetch import FetchFailed

        answer = self._polite.fetch(url, pause=PAUSE)
        if isinstance(answer, FetchFailed):
            raise ExportwatchError(line(str(answer)))
        return answer

    def _maybe(self, url: str, page: str, why: str) -> Seen | None:
        from collectors.fetch import FetchFailed

        answer = self._polite.fetch(url, pause=PAUSE)
        return None if isinstance(answer, FetchFailed) else self._as_feed(answer, page, why)

    def _as_feed(self, fetched: Fetched, page: str, why: str) -> Seen | None:
        from collectors import preview, proposal

        source = preview.anybody(fetched.url)
        try:
            drafts = self._wiring.readers.parse(fetched, source).drafts
        except BadRecord:
            return None
        if not drafts:
            return None
        decoded = charset.read_page(fetched.body, fetched.content_type)
        head = fetched.body[:200].lower()
        declared = bool(charset.declared(fetched.content_type)) or b"encoding" in head
        return proposal.Seen(
            url=fetched.moved or fetched.requested or fetched.url,
            drafts=drafts,
            language=_language(drafts, ""),
            encoding="" if declared else proposal.label(decoded.codec),
            found_on=page,
            why=why,
        )

    def _look(self, fetched: Fetched) -> Found:
        from collectors.finding import Found
        from exportwatch.sandbox import Killed

        payload = msgspec.to_builtins(fetched, builtin_types=(bytes,))
        try:
            answer = self._wiring.sandbox.run("collectors.finding:look_payload", payload)
        except BadRecord as error:
            raise ExportwatchError(f"{line(fetched.url)}: {error}") from error
        if isinstance(answer, Killed):
            raise ExportwatchError(f"{line(fetched.url)}: the parser had to be stopped: {answer.reason}")
        return msgspec.convert(answer, Found)

    def _rows(self, fetched: Fetched, proposed: Listing) -> tuple[Draft, ...]:
        """What the proposed rule reads of the page."""
        from collectors import preview
        from collectors.listing import FEWEST
        from collectors.sources import ListRule

        rule = ListRule(row=proposed.row, link=proposed.link, date=proposed.date)
        source = changed(preview.anybody(fetched.url), parser="page", follow=True, list_rule=rule)
        try:
            drafts = self._wiring.readers.parse(fetched, source).drafts
        except BadRecord:
            return ()
        return drafts if len(drafts) >= FEWEST else ()

    def _seen(self, fetched: Fetched, drafts: tuple[Draft, ...], found: Found, proposed: Listing) -> Seen:
        from collectors import proposal

        return proposal.Seen(
            url=fetched.moved or fetched.requested or fetched.url,
            drafts=drafts,
            language=_language(drafts, found.lang),
            encoding="" if found.declared else proposal.label(found.codec),
            listed=proposed,
        )


def _language(drafts: tuple[Draft, ...], declared: str) -> str:
    """As most of the releases are written; empty where nobody can tell."""
    from processors.language import detect

    votes = Counter(
        detect(draft.title, (draft.body or b"").decode("utf-8", "replace"), declared) for draft in drafts[:_SAMPLE]
    )
    best = votes.most_common(1)[0][0]
    return "" if best == "und" else best
