"""The functions that read foreign bytes for a poll: pure, and each replaced by wiring by itself in the sandbox."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from collectors import api, feed, page
from collectors.sources import Source
from exportwatch import content
from exportwatch.content import Content
from exportwatch.errors import BadRecord
from exportwatch.model import Draft, Fetched, Parsed

Parse = Callable[[Fetched, Source], Parsed]
"""`read`; raises BadRecord when the parser had to be killed."""
Attach = Callable[[Fetched, Draft, Source], Parsed]
"""`page.attachments`; raises BadRecord for a page that cannot be read."""


class Usable(Protocol):
    """`page.usable`: why what was fetched is no release's page, or no attachment; else empty."""

    def __call__(self, fetched: Fetched, source: Source, *, attachment: bool = False) -> str: ...


Extract = Callable[[Draft, Source], Content]
"""`extract`; raises BadRecord for what cannot be read."""


def read(fetched: Fetched, source: Source) -> Parsed:
    """By the source's parser."""
    return {"feed": feed.parse, "page": page.parse, "api": api.parse}[source.parser](fetched, source)


def extract(draft: Draft, source: Source) -> Content:
    """Title and text of a draft's body; its date is not looked for."""
    return content.extract(*extraction(draft, source))


def extraction(draft: Draft, source: Source) -> tuple[bytes, str, str, str, str, str, str, str]:
    """What `content.extract` takes for it."""
    known = draft.published or "0001-01-01"
    return (draft.body or b"", draft.content_type, draft.url, "", known, "", source.main, source.encoding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """How to read; `version` changes with every change of what `extract` finds in the same bytes."""

    parse: Parse = read
    attach: Attach = page.attachments
    usable: Usable = page.usable
    extract: Extract = extract
    version: str = "0"

    def meaning(self, draft: Draft, source: Source) -> str:
        """`version:hash` of title and text; of the bytes where there is no text, or nobody can read them."""
        body = draft.body or b""
        said = b""
        if not content.is_plain(draft.content_type):
            try:
                found = self.extract(draft, source)
                said = f"{found.title}\0{found.text}".encode("utf-8", "surrogatepass") if found.text else b""
            except BadRecord:
                said = b""
        return f"{self.version}:{hashlib.sha256(said or body).hexdigest()[:32]}"


def reader(source: Source) -> str:
    """Changes whenever the same bytes of a list could be read differently."""
    import msgspec

    definition = hashlib.sha256(msgspec.json.encode(source)).hexdigest()[:16]
    return f"{feed.VERSION}-{page.VERSION}-{api.VERSION}-{definition}"
