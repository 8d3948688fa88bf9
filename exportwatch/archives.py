"""Zip files of foreign make: named members, read in memory within bounds, and their XML without entities or network.

Nothing is ever written to a disk, so a member's name can lead nowhere.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, Final

from exportwatch.errors import BadRecord

MEMBERS: Final = 10_000
MEMBER_BYTES: Final = 48 * 1024 * 1024
"""Of one member, unpacked."""
TOTAL_BYTES: Final = 96 * 1024 * 1024
"""Of all members that are read, unpacked."""
_ENTRY: Final = b"PK\x01\x02"


class Archive:
    """The members of a zip file. `what` names the kind of document in errors."""

    def __init__(self, body: bytes, what: str) -> None:
        self._what = what
        self._left = TOTAL_BYTES
        if body.count(_ENTRY) > MEMBERS:
            raise BadRecord(f"{what} not read: more than {MEMBERS:,} members")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
            self.names = [info.filename for info in self._zip.infolist()]
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
            raise BadRecord(f"{what} not read: it is damaged, or no {what} ({error})") from error

    def read(self, name: str) -> bytes:
        """A member's bytes; empty for one that is not there. Raises BadRecord for one that is too large or damaged."""
        if name not in self.names:
            return b""
        limit = min(MEMBER_BYTES, self._left)
        try:
            with self._zip.open(name) as member:
                data = member.read(limit + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            RuntimeError,
            NotImplementedError,
            EOFError,
            OSError,
            ValueError,
        ) as error:
            reason = "it is encrypted and needs a password" if "password" in str(error) else f"it is damaged ({error})"
            raise BadRecord(f"{self._what} not read: {reason}") from error
        if len(data) > limit:
            raise BadRecord(f"{self._what} not read: unpacked it would be larger than {limit // 1024 // 1024} MiB")
        self._left -= len(data)
        return data

    def events(self, name: str) -> Iterator[tuple[str, str, Any]]:
        """`start` or `end`, the name without its namespace, and the element, of a member's XML. Raises BadRecord."""
        import lxml.etree  # type: ignore[import-untyped]

        data = self.read(name)
        if not data:
            return
        walk = lxml.etree.iterparse(
            io.BytesIO(data),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        first = True
        try:
            for event, element in walk:
                if first and element.getroottree().docinfo.doctype:
                    raise BadRecord(f"{self._what} not read: it declares a document type, which no {self._what} does")
                first = False
                if isinstance(element.tag, str):
                    yield event, element.tag.rpartition("}")[2], element
        except lxml.etree.LxmlError as error:
            raise BadRecord(f"{self._what} not read: its XML is damaged ({error})") from error
