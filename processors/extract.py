"""Release -> Document: title and text as given, or as found in the original. Pure; foreign bytes go through `run`."""

from __future__ import annotations

from exportwatch import content
from exportwatch.clock import rfc3339
from exportwatch.content import Content
from exportwatch.errors import BadRecord
from exportwatch.model import Document, Release, State
from exportwatch.sandbox import Killed, Runner, direct

_DAY: int = 24 * 3600 * 1000


class Unreadable(BadRecord):
    """The original cannot be read. `document` has its title and URL, so that it is found all the same."""

    def __init__(self, reason: str, document: Document) -> None:
        super().__init__(reason)
        self.document = document


def extract(
    release: Release, body: bytes | None, *, max_text_characters: int, main: str = "", run: Runner = direct
) -> Document:
    """Read a release. `body` are its original bytes: `release.body.data`, or from Blobs where that is None.

    A title, language or date that the release has is kept as it is. Text beyond `max_text_characters` is counted and
    dropped. `main` is the CSS selector of the text on a page; where it finds nothing, the text is looked for. `run` is
    `Sandbox.run` but in tests; plain text does not need it. Raises Unreadable.
    """
    if release.body is None or release.state != "ok":
        return _document(release, Content(title=release.title, text=""), max_text_characters, release.state)
    if body is None:
        raise BadRecord(f"the original of {release.id} ({release.body.sha256}) is not in Blobs")
    try:
        found = _content(release, body, release.body.content_type, main, run)
    except BadRecord as error:
        raise Unreadable(str(error), _unreadable(release)) from error
    if not found.title.strip() and not found.text.strip():
        raise Unreadable("neither a title nor any text was found", _unreadable(release))
    return _document(release, found, max_text_characters, "ok")


def _content(release: Release, body: bytes, content_type: str, main: str, run: Runner) -> Content:
    if content.is_plain(content_type):
        return content.extract(body, content_type, release.url, release.title, release.published)
    # A publication date after the observation is some other date; a day is allowed for time zones.
    latest = rfc3339(release.observed + _DAY)[:10]
    found = run(content.extract, body, content_type, release.url, release.title, release.published, latest, main)
    if isinstance(found, Killed):
        raise found
    return found


def _unreadable(release: Release) -> Document:
    return _document(release, Content(title=release.title, text=""), 0, "unreadable")


def _document(release: Release, found: Content, limit: int, state: State) -> Document:
    return Document(
        id=release.id,
        publisher=release.publisher,
        source=release.source,
        kind=release.kind,
        url=release.url,
        title=found.title,
        text=found.text[:limit],
        lang=release.lang or found.lang,
        published=release.published or found.published,
        published_precision=release.published_precision if release.published else "day",
        observed=release.observed,
        origin=release.origin,
        content_hash=release.content_hash,
        sha256=release.body.sha256 if release.body else "",
        size=release.body.size if release.body else 0,
        state=state,
        root=release.root,
        supplied=release.supplied,
        truncated=max(0, len(found.text) - limit),
    )
