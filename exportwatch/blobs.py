"""Bytes by their SHA-256: where originals too large for a record lie (claim check).

    file:                  DATA/blobs          file:///folder       a folder
    s3://bucket/prefix     needs the extra     memory:              for tests

A blob lies in a folder of its first two hex digits under its whole hash. It is written under another name and then
moved, so that whatever has the name is whole; a store of objects does that itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from exportwatch.errors import BadRecord, Misconfigured, Retryable

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem  # type: ignore[import-untyped]

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Blobs(Protocol):
    """A put is durable when it returns, and a repeat is no second copy."""

    def put(self, data: bytes) -> str:
        """Keep the bytes; returns their hex SHA-256. Raises Retryable when they cannot be written now."""
        ...

    def get(self, sha256: str) -> bytes:
        """The bytes of that hash, checked. Raises BadRecord when they are missing or damaged, else Retryable."""
        ...

    def delete(self, sha256: str) -> None:
        """Absent blobs are no error."""
        ...


class FolderBlobs:
    """A folder of any file system that fsspec knows."""

    def __init__(self, system: AbstractFileSystem, root: str) -> None:
        self._system = system
        self._root = root.rstrip("/")

    def put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        with self._translated(path):
            if not self._holds(path, len(data)):
                self._write(path, data)
        return sha256

    def _holds(self, path: str, size: int) -> bool:
        try:
            return bool(self._system.size(path) == size)
        except FileNotFoundError:
            return False

    def _write(self, path: str, data: bytes) -> None:
        self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
        if "file" not in self._system.protocol:
            self._system.pipe_file(path, data)
            return
        temporary = f"{path}.{uuid.uuid4().hex}.part"
        try:
            with open(temporary, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        _sync_folder(path.rpartition("/")[0])

    def get(self, sha256: str) -> bytes:
        path = self._path(sha256)
        with self._translated(path):
            try:
                data: bytes = self._system.cat_file(path)
            except FileNotFoundError as error:
                raise BadRecord(f"blob {sha256} is not at {self._shown(path)}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BadRecord(f"blob {sha256} at {self._shown(path)} is damaged: its bytes have another hash")
        return data

    def delete(self, sha256: str) -> None:
        path = self._path(sha256)
        with self._translated(path), suppress(FileNotFoundError):
            self._system.rm_file(path)

    def _path(self, sha256: str) -> str:
        if not _SHA256.fullmatch(sha256):
            raise BadRecord(f"{sha256[:100]!r} is not a SHA-256 in hex")
        return f"{self._root}/{sha256[:2]}/{sha256}"

    def _shown(self, path: str) -> str:
        return str(self._system.unstrip_protocol(path))

    @contextmanager
    def _translated(self, path: str) -> Iterator[None]:
        try:
            yield
        except (BadRecord, Misconfigured):
            raise
        except (PermissionError, NotADirectoryError, FileExistsError, IsADirectoryError) as error:
            raise Misconfigured(f"cannot use {self._shown(path)}: {error}") from error
        except Exception as error:  # whatever the library behind fsspec raises: a network, mostly
            if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"):
                raise Misconfigured(f"cannot use {self._shown(path)}: {error}") from error
            raise Retryable(f"cannot use {self._shown(path)} now: {error!r}") from error


def _sync_folder(path: str) -> None:
    """Make the names in it durable too."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_blobs(url: str, data: Path) -> FolderBlobs:
    """The blobs at `url`; `data` is the folder of `file:`. Raises Misconfigured for a wrong URL or a missing extra."""
    scheme, _, rest = url.partition(":")
    if scheme not in ("file", "s3", "memory"):
        raise Misconfigured(f"--blobs {url}: not file:, file:///folder or s3://bucket/prefix")
    import fsspec

    if scheme == "file" and not rest:
        return FolderBlobs(fsspec.filesystem("file"), str((data / "blobs").absolute()))
    if scheme == "file" and not re.fullmatch(r"///.+|/[^/].*", rest):
        raise Misconfigured(f"--blobs {url}: write file: or file:///folder with the whole path")
    if scheme == "s3" and not re.fullmatch(r"//[^/]+(/.*)?", rest):
        raise Misconfigured(f"--blobs {url}: write s3://bucket/prefix")
    try:
        system, root = fsspec.url_to_fs(url if rest else f"{scheme}://blobs")
    except ImportError as error:
        raise Misconfigured(f"--blobs {url} needs more: pip install exportwatch[s3]") from error
    except Exception as error:  # a wrong option of the library behind it
        raise Misconfigured(f"--blobs {url}: {error}") from error
    return FolderBlobs(system, root)
