"""The disposable half of the embedded index: tantivy in `generations`, each a folder of its own.

    <folder>/mark.json       {"layout", "generation", "sequence"}: how far the generation has caught up
    <folder>/<generation>/   what tantivy wrote

The mark is written after each commit, so it never says more than the generation holds; what it says too little is
applied again, which changes nothing. Deleting the folder costs a rebuild and no more. One process at a time may write
(the caller holds a lock); readers elsewhere follow the mark.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from exportwatch.errors import ExportwatchError, Misconfigured, Retryable
from exportwatch.indexes.documents import Change
from exportwatch.query import to_tantivy
from exportwatch.query.tree import Node

if TYPE_CHECKING:
    import tantivy

LAYOUT_VERSION: Final = 1
"""Counts up when what is written for an entry changes; columns and their types are watched anyway."""
HEAP_BYTES: Final = 64_000_000
NUMBER: Final = "number"
"""The field that holds the number of the document in SQLite."""


class Mark(msgspec.Struct, frozen=True):
    """How far a generation has caught up."""

    layout: str
    generation: str
    sequence: int


class Found(NamedTuple):
    """Scores and numbers, best first, and how many there are in all."""

    total: int
    hits: list[tuple[float, int]]


class Broken(Exception):
    """The present generation cannot be opened: it is to be rebuilt. Never leaves the embedded index."""


def layout() -> str:
    """A name of everything that a generation's making depends on."""
    return hashlib.sha256(repr((LAYOUT_VERSION, list(to_tantivy.columns()))).encode()).hexdigest()[:16]


class Inverted:
    """Search in the present generation, and the writing of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._layout = layout()
        self._opened: tuple[str, tantivy.Index] | None = None

    def mark(self) -> Mark | None:
        """Of the present generation; None where there is none of our layout."""
        try:
            mark = msgspec.json.decode((self.folder / "mark.json").read_bytes(), type=Mark)
        except (FileNotFoundError, NotADirectoryError, msgspec.MsgspecError):
            return None
        except OSError as error:
            raise Misconfigured(f"cannot read {self.folder}: {error.strerror}") from error
        return mark if mark.layout == self._layout else None

    @contextmanager
    def writing(self, mark: Mark | None) -> Iterator[Writer]:
        """Write on from `mark`, or (None) a new generation. Only for the holder of the lock.

        Raises Broken where the generation of the mark cannot be opened.
        """
        generation = mark.generation if mark else uuid.uuid4().hex
        path = self.folder / generation
        with _translated(self.folder):
            self._clear(keep=self.mark(), also=generation)
            if not mark:
                path.mkdir(parents=True)
        index = self._open(path) if mark else self._make(path)
        with _translated(self.folder):
            writer = index.writer(heap_size=HEAP_BYTES, num_threads=1)
        try:
            yield Writer(self, index, writer, Mark(self._layout, generation, mark.sequence if mark else 0))
        finally:
            with _translated(self.folder):
                writer.wait_merging_threads()

    def store(self, mark: Mark) -> None:
        """The generation has caught up so far."""
        temporary = self.folder / "mark.part"
        with _translated(self.folder):
            temporary.write_bytes(msgspec.json.encode(mark))
            os.replace(temporary, self.folder / "mark.json")

    def search(self, node: Node, wanted: int) -> tuple[Found, bool]:
        """At least the `wanted` best hits (all candidates where the answer is not exact), and whether it is exact.

        Every hit of the last score is among them, so that the caller can order equals. Raises Broken.
        """
        index = self._current()
        searcher = index.searcher()
        translated = to_tantivy.translate(node, index)
        with _translated(self.folder):
            size = wanted if translated.exact else searcher.num_docs
            found = searcher.search(translated.query, limit=size + 1)
            while len(found.hits) > size > 0 and found.hits[-1][0] == found.hits[wanted - 1][0]:
                size = min(size * 8, searcher.num_docs)
                found = searcher.search(translated.query, limit=size + 1)
            hits = found.hits[:size]
            numbers = searcher.fast_field_values(NUMBER, [address for _, address in hits])
        scored = [(float(score), int(number or 0)) for (score, _), number in zip(hits, numbers, strict=True)]
        total: int = found.count  # type: ignore[attr-defined]  # the library's stub lacks it
        return Found(total, scored), translated.exact

    def _current(self) -> tantivy.Index:
        mark = self.mark()
        if mark is None:
            raise Broken("there is no generation of this layout")
        if self._opened is None or self._opened[0] != mark.generation:
            self._opened = (mark.generation, self._open(self.folder / mark.generation))
        index = self._opened[1]
        try:
            with _foreign():
                index.reload()
        except _Foreign as error:
            self._opened = None
            raise Broken(str(error)) from error
        return index

    def _open(self, path: Path) -> tantivy.Index:
        import tantivy

        try:
            with _foreign():
                if not tantivy.Index.exists(str(path)):
                    raise Broken(f"{path} holds no index")
                index = tantivy.Index(_schema(), path=str(path))
                index.config_reader("manual")
                index.reload()
        except (_Foreign, OSError) as error:
            raise Broken(str(error)) from error
        return index

    def _make(self, path: Path) -> tantivy.Index:
        import tantivy

        with _translated(self.folder):
            return tantivy.Index(_schema(), path=str(path), reuse=False)

    def _clear(self, *, keep: Mark | None, also: str) -> None:
        """Remove generations that a rebuild left behind; readers that still have them open keep their files."""
        kept = {also, keep.generation if keep else ""}
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if path.is_dir() and path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)

    def close(self) -> None:
        self._opened = None


class Writer:
    """Applies changes to one generation."""

    def __init__(self, inverted: Inverted, index: tantivy.Index, writer: tantivy.IndexWriter, mark: Mark) -> None:
        self._inverted = inverted
        self._index = index
        self._writer = writer
        self.mark = mark

    def apply(self, changes: Sequence[Change]) -> None:
        """Add or replace or delete; seen by nobody before `commit`."""
        import tantivy

        writer = self._writer
        with _translated(self._inverted.folder):
            for change in changes:
                writer.delete_documents_by_term(NUMBER, change.number)
                if change.entry is None:
                    continue
                document = tantivy.Document()
                document.add_integer(NUMBER, change.number)
                for column, value in to_tantivy.values(change.entry):
                    document.add_text(column, value)
                writer.add_document(document)
        self.mark = Mark(self.mark.layout, self.mark.generation, changes[-1].sequence)

    def commit(self) -> None:
        """Durable and visible to every process."""
        with _translated(self._inverted.folder):
            self._writer.commit()
        self._inverted.store(self.mark)


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    # Signed: delete_documents_by_term on an unsigned field deletes nothing, without an error (tantivy 0.27).
    builder.add_integer_field(NUMBER, indexed=True, fast=True)
    for column in to_tantivy.columns():
        builder.add_text_field(column.name, tokenizer_name=column.tokenizer, index_option=column.index_option)
    return builder.build()


class _Foreign(Exception):
    """tantivy raised something."""


@contextmanager
def _foreign() -> Iterator[None]:
    """tantivy raises ValueError, and on its own faults a PanicException that is no Exception."""
    try:
        yield
    except (ExportwatchError, Broken, OSError):
        raise
    except Exception as error:
        raise _Foreign(str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _Foreign(f"a fault of tantivy: {error}") from error


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """What goes wrong with the folder can be put right (a full disk), or the folder be deleted."""
    try:
        with _foreign():
            yield
    except (_Foreign, OSError) as error:
        raise Retryable(
            f"the inverted index in {folder} cannot be used now ({error}); if this lasts, delete that folder: "
            "it will be made again"
        ) from error
