"""Serves the bundled sources as ministries do: validators and 304, gzip for those who ask, pages in old charsets.

One release is held back until `Server.release` lets it appear in its feed, dated now: what a watcher waits for.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any, Final

_MODIFIED: Final = "Tue, 10 Mar 2026 01:00:00 GMT"
_FEEDS: Final = {
    "/jp.atom": "application/atom+xml; charset=utf-8",
    "/us.rss": "application/rss+xml; charset=utf-8",
    "/kr.rss": "text/xml",
    "/cn.rss": "application/rss+xml",
    "/tw.rss": "application/rss+xml; charset=utf-8",
}
_HELD_BACK: Final = ("/jp.atom", "jp-new.xml", timezone(timedelta(hours=9)))
"""The feed in which a release appears, the file of its entry, and the publisher's time."""
_PAGES: Final = (
    (re.compile(r"/us/press-release/([a-z0-9-]+)"), "us", "utf-8"),
    (re.compile(r"/cn/art/\d{4}/([a-z0-9-]+)\.html"), "cn", "gb18030"),
    (re.compile(r"/kr/notice/(list|\d+)\.html"), "kr-notice", "euc-kr"),
)
_FILES: Final = re.compile(r"/kr/notice/files/([0-9-]+\.pdf)")


@dataclass(frozen=True, slots=True)
class Resource:
    """One answer: its bytes, their type, and the validator that stands for them."""

    body: bytes
    content_type: str
    modified: str = _MODIFIED

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    url: str
    """Without a slash at its end."""
    address: str
    """`host:port`, as the setting `private_addresses` takes it."""
    _http: _Http = field(repr=False)

    def release(self) -> None:
        """Let the release that was held back appear in its feed, published now. Only the first call does."""
        if self._http.released is None:
            self._http.released = datetime.now(_HELD_BACK[2]).replace(microsecond=0)


@functools.lru_cache(maxsize=64)
def resource(path: str, base: str, released: datetime | None = None) -> Resource | None:
    """What lies at a path (without its query); `base` is the server's own URL, which feeds link to.

    `released` is when the release that was held back appeared.
    """
    if path in _FEEDS:
        return _feed(path, base, released if path == _HELD_BACK[0] else None)
    for pattern, folder, charset in _PAGES:
        if (match := pattern.fullmatch(path)) and (text := _text(f"pages/{folder}/{match[1]}.html")):
            return Resource(text.encode(charset), f"text/html; charset={charset}")
    if (match := _FILES.fullmatch(path)) and (body := _bytes(f"files/{match[1]}")):
        return Resource(body, "application/pdf")
    return None


def _feed(path: str, base: str, released: datetime | None) -> Resource | None:
    text, entry, modified = _text(path.removeprefix("/")), "", _MODIFIED
    if released:
        entry = _text(_HELD_BACK[1]).replace("{{instant}}", released.isoformat())
        entry = entry.replace("{{number}}", f"{released:%Y%m%d}001").replace("{{folder}}", f"{released:%Y/%m}")
        modified = format_datetime(released.astimezone(UTC), usegmt=True)
    text = text.replace("{{base}}", base).replace("{{new}}", entry)
    return Resource(text.encode("utf-8"), _FEEDS[path], modified) if text else None


def _text(name: str) -> str:
    """A file of the package's data; empty for one that is not there."""
    return _bytes(name).decode("utf-8")


def _bytes(name: str) -> bytes:
    file = resources.files(__package__).joinpath("data", *name.split("/"))
    return file.read_bytes() if file.is_file() else b""


@contextmanager
def serve(port: int = 0) -> Iterator[Server]:
    """Serve on loopback, by default on a free port, in a thread that ends with the context."""
    with _Http(("127.0.0.1", port), _Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, name="demo server")
        thread.start()
        address = f"127.0.0.1:{http.server_port}"
        try:
            yield Server(f"http://{address}", address, http)
        finally:
            http.shutdown()
            thread.join()


class _Http(ThreadingHTTPServer):
    released: datetime | None = None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "exportwatch-demo"

    def do_GET(self) -> None:
        assert isinstance(self.server, _Http)
        base = f"http://127.0.0.1:{self.server.server_port}"
        found = resource(self.path.partition("?")[0], base, self.server.released)
        if found is None:
            self._answer(404, b"not found\n", {"Content-Type": "text/plain; charset=utf-8"})
            return
        headers = {"ETag": found.etag, "Last-Modified": found.modified, "Vary": "Accept-Encoding"}
        if self._current(found):
            self._answer(304, b"", headers)
            return
        headers["Content-Type"] = found.content_type
        body = found.body
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"], body = "gzip", gzip.compress(body, mtime=0)
        self._answer(200, body, headers)

    def _current(self, found: Resource) -> bool:
        """The ETag decides where the client sends one; the date only where it does not."""
        if (given := self.headers.get("If-None-Match")) is not None:
            return found.etag in given
        return self.headers.get("If-Modified-Since") == found.modified

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the demo's screen is for its results."""
