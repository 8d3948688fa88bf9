"""The bytes as they came: from the one record of the log that the document remembers, or from Blobs by their hash."""

from __future__ import annotations

import hashlib

from exportwatch import codec
from exportwatch.errors import BadRecord
from exportwatch.model import Document
from exportwatch.web.backends import Backends
from exportwatch.web.documents import has_original


def original(backends: Backends, document: Document) -> bytes | None:
    """None where they were not kept or are gone. Raises Retryable when what holds them is away."""
    if not has_original(document):
        return None
    try:
        body = _inline(backends, document)
        return backends.blobs().get(document.sha256) if body is None else body
    except BadRecord:
        return None


def _inline(backends: Backends, document: Document) -> bytes | None:
    """The body that travels in the record; the hash says whether the record is still that of this document."""
    record = backends.release(*document.place) if document.place else None
    if record is None or record.value is None:
        return None
    body = codec.RELEASE.decode(record.value).body
    data = body.data if body else None
    return data if data is not None and hashlib.sha256(data).hexdigest() == document.sha256 else None
