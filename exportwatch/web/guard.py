"""What every request and every answer passes before and after the pages: who asks under which name, how, and headers.

A page on loopback is reached by every site that its reader's browser visits. So it only answers to its own names
(no other name can be pointed at it), only reads, and lets no other page frame, load or learn of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exportwatch.safe import line
from exportwatch.web.answers import problem

LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
    "vary": "Accept",
}
"""Of every answer that does not say otherwise itself."""

log = logging.getLogger("exportwatch")


class Guard:
    """The application behind its checks. `hosts` are names it answers to besides those of loopback."""

    def __init__(self, application: ASGIApp, hosts: Iterable[str] = ()) -> None:
        self._application = application
        self._hosts = frozenset(name.lower() for name in (*LOOPBACK, *hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the pages speak HTTP, not {scope['type']}")
        # The path stays quoted, so that a slash within an id is not taken for one between folders. HEAD is GET
        # without a body, which the server leaves out.
        quoted = scope.get("raw_path") or scope["path"].encode("ascii", "replace")
        scope = {**scope, "path": quoted.decode("ascii", "replace")}
        try:
            await self._answer(scope, receive, _with_headers(send))
        except Exception:  # a bug must cost one answer, not the page's other readers
            log.exception("web: %s: unexpected error", line(scope["path"])[:200])

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        host = _name(request.headers.get("host", ""))
        application = self._application
        if host not in self._hosts:
            application = problem(
                request,
                421,
                f"These pages do not answer to the name {host[:100]!r}, only to {', '.join(sorted(self._hosts))}. "
                "Use one of those, or start `exportwatch web --host NAME`.",
            )
        elif scope["method"] not in ("GET", "HEAD"):
            application = problem(request, 405, "These pages only read; what changes something is on the command line.")
            application.headers["Allow"] = "GET, HEAD"
        else:
            scope["method"] = "GET"
        await application(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": _with_ours(message.get("headers", ()))}
        await send(message)

    return sending


def _with_ours(given: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    names = {name.lower() for name, _ in given}
    ours = [(name.encode(), value.encode()) for name, value in _HEADERS.items() if name.encode() not in names]
    return [*given, *ours]


def _name(host: str) -> str:
    """The name in a Host header, without its port; an IPv6 address keeps its brackets."""
    name, _, port = host.rpartition(":")
    bare = name if name and port.isdecimal() and (port.isascii()) else host
    return bare.lower().rstrip(".")
