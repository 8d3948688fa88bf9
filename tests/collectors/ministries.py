"""Stand-ins of the official sites: each folder of `sites/` over real HTTP on loopback, with its habits.

    with site("kr-motir") as ministry:
        address = ministry.local("https://www.motir.go.kr/kor/article/ATCL3f49a5a8c/rss")
        ...
        ministry.expected()

`sites/README.md` describes the files. Nothing here knows a parser of ours: the answers and what is expected of
them are written by hand.
"""

from __future__ import annotations

import hashlib
import re
import socket
import struct
import threading
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import msgspec

FOLDER = Path(__file__).parent / "sites"
TEXT = {".xml", ".rdf", ".html", ".json", ".txt", ".jsonl"}
"""Files in which `{base}` stands for an origin; all others are served as they are."""
BASE = re.compile(r"\{base(?::([a-z]+))?\}")
State = Literal["OK", "EMPTY", "STALE", "SHRUNK", "SCHEMA", "BLOCKED", "ENCODING", "MOVED", "RECOVERED", "DOWN"]
Wanted = dict[str, str | list[str]]
Pairs = Sequence[tuple[str, str]]
MOST_FORM_BYTES = 64 * 1024


class Strict(msgspec.Struct, forbid_unknown_fields=True, dict=True):
    """A table of site.toml; a key it does not know is refused."""


class Origin(Strict, kw_only=True):
    """One real host: `{base}` where it has no name, else `{base:name}`."""

    name: str = ""
    origin: str


class Needs(Strict, kw_only=True):
    """What a request must carry to get the answer; else the status `otherwise`, as the real site gives it."""

    form: Wanted = {}
    headers: Wanted = {}
    cookies: Wanted = {}
    otherwise: int
    body: str = ""


class Route(Strict, kw_only=True):
    """One answer of the site. Values of `query`, `form` and needs are exact, or patterns after `~`; a list: each of."""

    cites: str
    origin: str = ""
    method: Literal["GET", "POST"] = "GET"
    path: str = ""
    pattern: str = ""
    query: Wanted = {}
    form: Wanted = {}
    needs: Needs | None = None
    example: str = ""
    """A path and query that lead here, where pattern or query do not say it themselves."""
    reset_first: bool = False
    """The first connection is reset, the second is answered."""
    status: int = 200
    headers: dict[str, str] = {}
    body: str = ""

    def leads(self, origin: str, path: str) -> bool:
        if origin != self.origin:
            return False
        return path == self.path if self.path else re.fullmatch(self.pattern, path) is not None

    def files(self) -> list[str]:
        return [name for name in (self.body, self.needs.body if self.needs else "") if name]


class Phase(Strict, kw_only=True):
    """One poll of a story told in several: when it is, what has changed on the site, and what must come of it."""

    name: str
    now: str
    state: State
    also: list[State] = []
    """States that are as right as `state`."""
    cites: str = ""
    polls: bool = True
    """False: the source is not due; nothing may be asked."""
    expected: str = "expected.jsonl"
    """All documents that must be known after this phase, each in its last revision; empty: none."""
    route: list[Route] = []


class Plan(Strict, kw_only=True):
    """A whole site.toml."""

    source: str
    publisher: str
    entry: str
    """The URL that is polled, at its real origin."""
    about: str
    now: str = ""
    state: State = "OK"
    also: list[State] = []
    follows: str = ""
    """For a trap: the source whose file is to be used, where it is not the folder's own name."""
    origins: list[Origin]
    missing: str = ""
    missing_status: int = 404
    route: list[Route] = []
    phase: list[Phase] = []

    @cached_property
    def real(self) -> dict[str, str]:
        return {origin.name: origin.origin for origin in self.origins}

    def routes(self, phase: int) -> list[Route]:
        """What is served in a phase: its own routes and those of the phases before it come first, the latest first."""
        told = [route for past in reversed(self.phase[: phase + 1]) for route in past.route]
        return told + self.route


class Expected(Strict, kw_only=True):
    """A document that must be published."""

    id: str
    url: str
    title: str
    published: str
    published_precision: Literal["day", "second", ""]
    lang: str
    kind: str
    root: str = ""
    state: Literal["ok", "unreadable", "too large"] = "ok"
    facts: dict[str, str] = {}
    """Other dates and names the source states; nothing a Release carries today."""
    revisions: int = 1
    """How many revisions must be known once all phases up to this one are over."""
    contains: list[str] = []
    lacks: list[str] = []


def names() -> list[str]:
    """Every folder with a site.toml: source ids, and `traps/<name>`."""
    return sorted(str(path.parent.relative_to(FOLDER)) for path in FOLDER.rglob("site.toml"))


def plan(name: str) -> Plan:
    return msgspec.convert(tomllib.loads((FOLDER / name / "site.toml").read_text(encoding="utf-8")), Plan)


def content(name: str, file: str, bases: dict[str, str]) -> bytes:
    """The bytes of a body with its origins filled in, whatever its encoding."""
    body = (FOLDER / name / file).read_bytes()
    if Path(file).suffix not in TEXT:
        return body
    return filled(body.decode("latin-1"), bases).encode("latin-1")


def filled(text: str, bases: dict[str, str]) -> str:
    return BASE.sub(lambda found: bases[found[1] or ""], text)


def expected(name: str, file: str = "expected.jsonl", bases: dict[str, str] | None = None) -> list[Expected]:
    """What must be published, at the real origins where no others are given."""
    if not file:
        return []
    text = content(name, file, bases or plan(name).real).decode("utf-8")
    found = [msgspec.json.decode(line, type=Expected) for line in text.splitlines()]
    for document in found:
        hashed = hashlib.sha256(document.url.encode("utf-8")).hexdigest()[:16]
        document.id = document.id.replace("{hash}", hashed)
    return found


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the site saw it; `status` 0 means that the connection was reset."""

    origin: str
    method: str
    target: str
    headers: dict[str, str]
    form: list[tuple[str, str]]
    status: int


@dataclass
class Site:
    """A running stand-in, at its first phase."""

    name: str
    plan: Plan
    bases: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    phase: int = 0
    resets: set[str] = field(default_factory=set)

    @property
    def addresses(self) -> str:
        """For the setting `private_addresses`."""
        return ",".join(base.removeprefix("http://") for base in self.bases.values())

    @property
    def entry(self) -> str:
        return self.local(self.plan.entry)

    @property
    def story(self) -> Phase | None:
        return self.plan.phase[self.phase] if self.plan.phase else None

    def enter(self, phase: int) -> Phase:
        """Go to a phase by its number and return it."""
        self.phase = phase
        return self.plan.phase[phase]

    def local(self, text: str) -> str:
        """The same text (a URL, a source file) with each real origin replaced by the one on loopback."""
        for name, origin in sorted(self.plan.real.items(), key=lambda pair: -len(pair[1])):
            text = text.replace(origin, self.bases[name])
        return text

    def expected(self) -> list[Expected]:
        """What must be published by the end of the present phase, at the addresses on loopback."""
        return expected(self.name, self.story.expected if self.story else "expected.jsonl", self.bases)

    def content(self, file: str) -> bytes:
        return content(self.name, file, self.bases)


@contextmanager
def site(name: str) -> Iterator[Site]:
    """Serve a folder until the block ends, each of its origins on a port of its own."""
    standing = Site(name, plan(name))
    with ExitStack() as stack:
        for origin in standing.plan.origins:
            port = stack.enter_context(_served(standing, origin.name))
            standing.bases[origin.name] = f"http://127.0.0.1:{port}"
        yield standing


@contextmanager
def _served(standing: Site, origin: str) -> Iterator[int]:
    handler = type("Bound", (_Handler,), {"standing": standing, "origin": origin})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None: ...


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    standing: Site
    origin: str

    def do_GET(self) -> None:
        self.answer([])

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), MOST_FORM_BYTES)
        self.answer(parse_qsl(self.rfile.read(length).decode("utf-8", "replace"), keep_blank_values=True))

    def answer(self, form: Pairs) -> None:
        parts = urlsplit(self.path)
        here = [
            route for route in self.standing.plan.routes(self.standing.phase) if route.leads(self.origin, parts.path)
        ]
        query = parse_qsl(parts.query, keep_blank_values=True)
        mine = [route for route in here if route.method == self.command]
        asked = [route for route in mine if _holds(route.query, query) and _holds(route.form, form)]
        if not asked:
            self.fail(405 if here and not mine else self.standing.plan.missing_status, form)
        elif asked[0].reset_first and str(asked[0]) not in self.standing.resets:
            self.standing.resets.add(str(asked[0]))
            self.reset(form)
        else:
            self.serve(asked[0], form)

    def serve(self, route: Route, form: Pairs) -> None:
        needs = route.needs
        if needs is not None and not self.meets(needs, form):
            body = self.standing.content(needs.body) if needs.body else b""
            self.send(needs.otherwise, {"Content-Type": "text/html; charset=UTF-8"}, body, form)
        elif route.status == 200 and self.unchanged(route):
            validators = {name: value for name, value in route.headers.items() if name in ("ETag", "Last-Modified")}
            self.send(304, validators, b"", form)
        else:
            body = self.standing.content(route.body) if route.body else b""
            headers = {name: filled(value, self.standing.bases) for name, value in route.headers.items()}
            self.send(route.status, headers, body, form)

    def meets(self, needs: Needs, form: Pairs) -> bool:
        cookies = [(name, morsel.value) for name, morsel in SimpleCookie(self.headers.get("Cookie", "")).items()]
        headers = [(name.lower(), self.standing_value(value)) for name, value in self.headers.items()]
        wanted = {name.lower(): value for name, value in needs.headers.items()}
        return _holds(needs.form, form) and _holds(wanted, headers) and _holds(needs.cookies, cookies)

    def standing_value(self, value: str) -> str:
        """A header as the real site would have seen it."""
        for name, base in self.standing.bases.items():
            value = value.replace(base, self.standing.plan.real[name])
        return value

    def unchanged(self, route: Route) -> bool:
        """By the entity tag, compared weakly, where the request has one; else by the date."""
        if (known := self.headers.get("If-None-Match")) is not None:
            tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
            return route.headers.get("ETag", "-").removeprefix("W/") in tags
        return self.headers.get("If-Modified-Since", "-") == route.headers.get("Last-Modified", "")

    def fail(self, status: int, form: Pairs) -> None:
        missing = self.standing.plan.missing
        body = self.standing.content(missing) if missing and status != 405 else b""
        self.send(status, {"Content-Type": "text/html; charset=UTF-8"}, body, form)

    def reset(self, form: Pairs) -> None:
        self.record(0, form)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.wfile.close()
        self.rfile.close()
        self.connection.close()

    def send(self, status: int, headers: dict[str, str], body: bytes, form: Pairs) -> None:
        self.record(status, form)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def record(self, status: int, form: Pairs) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Request(self.origin, self.command, self.path, headers, list(form), status)
        self.standing.requests.append(asked)

    def log_message(self, format: str, *args: Any) -> None: ...


def _holds(wanted: Wanted, given: Pairs) -> bool:
    return all(
        any(_equals(value, said) for name, said in given if name == key)
        for key, values in wanted.items()
        for value in ([values] if isinstance(values, str) else values)
    )


def _equals(value: str, said: str) -> bool:
    return re.search(value[1:], said) is not None if value.startswith("~") else said == value
