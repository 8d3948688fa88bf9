"""Role `process`: releases -> documents. Extraction and classification, one record at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from exportwatch import codec
from exportwatch.blobs import Blobs
from exportwatch.bus import DOCUMENTS, Record
from exportwatch.engine import Filtered, Outcome, Rejected, Send, Sent, Waiting, each
from exportwatch.model import Classified, Document, Origin, Release
from exportwatch.sandbox import Sandbox
from processors.classify import Rules, classify
from processors.extract import Unreadable, extract


class Process:
    """The stage; `origin` overrides that of every record (a replay does)."""

    name = "process"

    def __init__(
        self,
        *,
        rules: Rules,
        generation: int,
        blobs: Blobs,
        sandbox: Sandbox,
        max_text_characters: int,
        selectors: Mapping[str, str] | None = None,
        origin: Origin | None = None,
    ) -> None:
        """`selectors`: by source, the CSS selector of a release's text on its page."""
        self._rules = rules
        self._generation = generation
        self._blobs = blobs
        self._sandbox = sandbox
        self._limit = max_text_characters
        self._selectors = selectors or {}
        self._origin = origin

    def run(self, records: Sequence[Record], waiting: Waiting) -> list[Outcome]:
        return each(lambda record: self.outcome(record, waiting), records, waiting)

    def outcome(self, record: Record, waiting: Waiting) -> Outcome:
        """What becomes of one release; BadRecord, Retryable as they come."""
        if record.value is None:
            document_id = record.key.rpartition("@")[0] or record.key
            return Filtered("purge", (Send(DOCUMENTS, document_id, None, document_id),))
        release = codec.RELEASE.decode(record.value)
        try:
            document = self._extract(release, waiting)
        except Unreadable as error:
            return Rejected(str(error), (self._send(error.document, record),), release.publisher)
        return Sent((self._send(document, record),))

    def _extract(self, release: Release, waiting: Waiting) -> Document:
        body = release.body.data if release.body is not None else None
        if body is None and release.body is not None and release.state == "ok":
            body = self._blobs.get(release.body.sha256)
        main, run = self._selectors.get(release.source, ""), self._sandbox.runner(waiting)
        return extract(release, body, max_text_characters=self._limit, main=main, run=run)

    def _send(self, document: Document, record: Record) -> Send:
        place = (record.partition, record.offset)
        document = replace(document, place=place, origin=self._origin or document.origin)
        claims = classify(document, self._rules)
        classified = Classified(document=document, claims=claims, generation=self._generation)
        return Send(DOCUMENTS, document.id, codec.CLASSIFIED.encode(classified), document.id)
