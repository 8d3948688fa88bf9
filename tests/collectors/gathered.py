"""What the shipped sources bring from a stand-in of their site: fetched over HTTP, parsed, followed and extracted.

The steps are those of the collector and of `process`, in a straight line: no state, no log, no clock.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from collectors import api, feed, page, paging, sourcefiles
from collectors.fetch import Fetcher, FetchFailed
from collectors.sources import Source
from exportwatch import configfiles, content
from exportwatch.clock import SystemClock
from exportwatch.errors import BadRecord
from exportwatch.model import Draft, Fetched, Parsed
from tests.collectors.ministries import Expected, Site

FILES = {path.stem: path for path in configfiles.files("sources", Path("no-overlay"))}
PARSERS = {"feed": feed.parse, "page": page.parse, "api": api.parse}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A document, as it would come out of `process`."""

    expected: Expected
    """The same facts in the form of expected.jsonl."""
    text: str
    source: str


def shipped(site: Site, name: str) -> Source:
    """The shipped source with the site's addresses in place of the real ones; a newspaper of ours for a real one."""
    source = sourcefiles.make(name, tomllib.loads(site.local(FILES[name].read_text(encoding="utf-8"))), name)
    return replace(source, url=site.entry, pause=0.0) if source.publisher_kind == "news" else source


class Gatherer:
    """Polls one source once, all its pages included. `rejections` and `reasons` (of pages that are none) add up."""

    def __init__(self, site: Site, source: Source, day: str = "") -> None:
        self.source = source
        self.day = day
        self.rejections: list[str] = []
        self.reasons: dict[str, str] = {}
        self._fetcher = Fetcher(
            clock=SystemClock(),
            max_document_bytes=1024 * 1024,
            fetch_seconds=10.0,
            user_agent="exportwatch-tests",
            private_addresses=site.addresses,
        )

    def gather(self) -> list[Gathered]:
        drafts = {draft.id: draft for parsed in self.listings() for draft in parsed.drafts}
        return [document for draft in drafts.values() for document in self._documents(draft)]

    def listings(self) -> Iterator[Parsed]:
        """The list and all that is older, until a page brings nothing new."""
        request: paging.Request | None = paging.first(self.source)
        known: set[str] = set()
        number = 0
        while request is not None:
            parsed = self._listing(request, older=number > 0)
            found = {draft.id for draft in parsed.drafts}
            if found <= known:
                return
            yield parsed
            known |= found
            number += 1
            request = paging.older(self.source, number, parsed.next, begin="2000-01-01", end=self.day)

    def _listing(self, request: paging.Request, *, older: bool) -> Parsed:
        answer = self._fetcher.fetch(
            request.url, headers=self.source.headers, method=request.method, form=request.form or None
        )
        if older and isinstance(answer, FetchFailed) and answer.status == 404:
            return Parsed()  # beyond the last page
        assert isinstance(answer, Fetched), answer
        parsed = PARSERS[self.source.parser](answer, self.source)
        self.rejections += [rejection.reason for rejection in parsed.rejections]
        return parsed

    def _documents(self, draft: Draft) -> Iterator[Gathered]:
        answer = self._page(draft)
        yield self._document(draft, answer)
        if isinstance(answer, Fetched) and not draft.root:
            attached = page.attachments(answer, draft, self.source)
            self.rejections += [rejection.reason for rejection in attached.rejections]
            for each in attached.drafts:
                yield self._document(each, self._page(each))

    def _page(self, draft: Draft) -> Fetched | None:
        if "follow" not in draft.extra:
            return None
        answer = self._fetcher.fetch(draft.extra["follow"], headers=self.source.headers)
        reason = (
            str(answer)
            if isinstance(answer, FetchFailed)
            else page.usable(answer, self.source, attachment=bool(draft.root))
        )
        if reason:
            self.reasons[draft.id] = reason
        return answer if isinstance(answer, Fetched) and not reason else None

    def _document(self, draft: Draft, answer: Fetched | None) -> Gathered:
        body = answer.body if answer is not None else draft.body
        content_type = answer.content_type if answer is not None else draft.content_type
        readable = body is not None
        found = content.Content(title=draft.title, text="", published=draft.published)
        if body is not None:
            try:
                main, encoding = ("", "") if draft.root else (self.source.main, self.source.encoding)
                found = content.extract(
                    body, content_type, draft.url, draft.title, draft.published, self.day, main, encoding
                )
            except BadRecord as error:
                self.reasons[draft.id] = str(error)
                readable = False
        precision = draft.published_precision if draft.published else "day"
        facts = Expected(
            id=draft.id,
            url=draft.url,
            title=found.title,
            published=found.published,
            published_precision=precision if found.published else "",
            lang=draft.lang,
            kind=self.source.publisher_kind,
            root=draft.root,
            state="ok" if readable else "unreadable",
        )
        return Gathered(expected=facts, text=found.text, source=draft.source)
