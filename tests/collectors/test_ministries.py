"""The stand-ins themselves: their files are whole, and they answer as their site.toml tells."""

from __future__ import annotations

import contextlib
import html
import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import pytest

from tests.collectors import ministries
from tests.collectors.ministries import FOLDER, Needs, Plan, Route, Site, Wanted, site

NAMES = ministries.names()
ID = re.compile(r"[a-z0-9-]+:\S+")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def stages(plan: Plan) -> Iterator[tuple[int, list[Route]]]:
    """The routes to be tried in each phase: first those of the site as such, before any phase."""
    yield -1, plan.route
    for number, phase in enumerate(plan.phase):
        yield number, phase.route


def pairs(wanted: Wanted) -> list[tuple[str, str]]:
    """Values that meet what is wanted: patterns begin with `~^` and a literal."""
    found = [
        (name, value) for name, values in wanted.items() for value in ([values] if isinstance(values, str) else values)
    ]
    assert all(re.fullmatch(r"[^~].*|~\^[^|()\[\]]+", value) for _, value in found), wanted
    return [(name, value.removeprefix("~^")) for name, value in found]


def target(route: Route) -> str:
    if route.example:
        return route.example
    query = urlencode(pairs(route.query))
    return quote(route.path, safe="/%()~.,:;=@+") + (f"?{query}" if query else "")


def ask(ministry: Site, route: Route, method: str = "", given: Needs | None = None, **headers: str) -> Answer:
    """One request as the route describes it, on a connection of its own."""
    sent = {**headers, "Connection": "close"}
    form = urlencode(pairs(route.form))
    if given is not None:
        sent |= dict(pairs(given.headers))
        form = urlencode(pairs(route.form) + pairs(given.form))
        if given.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in pairs(given.cookies))
    if form:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection(urlsplit(ministry.bases[route.origin]).netloc, timeout=10)
    try:
        connection.request(method or route.method, target(route), body=form or None, headers=sent)
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


def check(ministry: Site, route: Route) -> None:
    """The route's own answer, and what it gives to those that do not meet its needs."""
    if route.reset_first:
        with pytest.raises(ConnectionError):
            ask(ministry, route, given=route.needs)
    answer = ask(ministry, route, given=route.needs)
    assert answer.status == route.status
    assert answer.body == (ministry.content(route.body) if route.body else b"")
    for name, value in route.headers.items():
        assert answer.headers[name] == ministries.filled(value, ministry.bases)
    if route.needs is not None:
        assert ask(ministry, route).status == route.needs.otherwise
    if route.status == 200 and "ETag" in route.headers:
        known = ask(ministry, route, given=route.needs, **{"If-None-Match": route.headers["ETag"]})
        assert (known.status, known.body) == (304, b"")
    if route.status == 200 and "Last-Modified" in route.headers:
        known = ask(ministry, route, given=route.needs, **{"If-Modified-Since": route.headers["Last-Modified"]})
        assert known.status == 304
        assert (
            ask(ministry, route, given=route.needs, **{"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}).status
            == 200
        )


@pytest.mark.parametrize("name", NAMES)
def test_every_route_answers_as_told(name: str) -> None:
    with site(name) as ministry:
        for phase, routes in stages(ministry.plan):
            ministry.phase = phase
            for route in routes:
                check(ministry, route)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_named_and_used(name: str) -> None:
    plan = ministries.plan(name)
    named = {plan.missing, *(phase.expected for phase in plan.phase), "site.toml"}
    named |= {file for _, routes in stages(plan) for route in routes for file in route.files()}
    if not plan.phase:
        named.add("expected.jsonl")
    named.discard("")
    for file in named:
        assert (FOLDER / name / file).is_file(), file
    here = {path.name for path in (FOLDER / name).iterdir() if path.is_file()}
    lent = {
        Path(file).name
        for other in NAMES
        for _, routes in stages(ministries.plan(other))
        for file in [ministries.plan(other).missing, *(file for route in routes for file in route.files())]
        if (FOLDER / other / file).resolve().parent == (FOLDER / name).resolve()
    }
    assert here - named - lent == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_is_whole(name: str) -> None:
    plan = ministries.plan(name)
    assert plan.source == (plan.follows or name) or name.startswith("traps/")
    assert plan.entry.startswith(tuple(plan.real.values()))
    for _, routes in stages(plan):
        for route in routes:
            assert route.cites
            assert bool(route.path) != bool(route.pattern)
            assert route.origin in plan.real
            assert not route.needs or route.needs.otherwise >= 400
    assert all(phase.now for phase in plan.phase)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_expected_is_whole(name: str) -> None:
    plan = ministries.plan(name)
    for file in {phase.expected for phase in plan.phase} or {"expected.jsonl"}:
        documents = ministries.expected(name, file)
        identifiers = [document.id for document in documents]
        assert len(set(identifiers)) == len(identifiers)
        for document in documents:
            assert ID.fullmatch(document.id)
            assert document.id.startswith(f"{plan.publisher}:")
            assert len(document.id.encode()) <= 200
            assert document.url.startswith(tuple(plan.real.values()))
            assert document.title == document.title.strip()
            assert bool(document.published) == bool(document.published_precision)
            assert not document.root or document.root in identifiers
            assert not set(document.contains) & set(document.lacks)
            if document.published_precision == "day":
                assert re.fullmatch(r"\d{4}-\d\d-\d\d", document.published)
            elif document.published:
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", document.published)


@pytest.mark.parametrize("name", NAMES)
def test_every_address_that_is_expected_is_served(name: str) -> None:
    with site(name) as ministry:
        for number in range(len(ministry.plan.phase)) or [-1]:
            ministry.phase = number
            file = ministry.plan.phase[number].expected if ministry.plan.phase else "expected.jsonl"
            routes = ministry.plan.routes(number)
            for document in ministries.expected(name, file):
                origin, path = place(ministry.plan, document.url)
                assert any(route.leads(origin, path) for route in routes), document.url


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("traps/")])
def test_every_phrase_stands_in_what_is_served(name: str) -> None:
    """Else `contains` could not come true, and `lacks` could not fail."""
    plan = ministries.plan(name)
    bodies = {file for _, routes in stages(plan) for route in routes for file in route.files()}
    served = [text for file in bodies if Path(file).suffix in ministries.TEXT for text in readings(name, file)]
    for file in {phase.expected for phase in plan.phase} or {"expected.jsonl"}:
        for document in ministries.expected(name, file):
            for phrase in [] if document.root or document.url.endswith(".pdf") else document.contains + document.lacks:
                assert any(squeezed(phrase) in text for text in served), (document.id, phrase)


def readings(name: str, file: str) -> Iterator[str]:
    """A body as text, by each encoding in use here that fits."""
    raw = ministries.content(name, file, ministries.plan(name).real)
    for encoding in ("utf-8", "cp932", "cp949", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            yield squeezed(html.unescape(re.sub(r"<[^>]{0,2000}>", "", raw.decode(encoding))).replace("\\n", " ")) + (
                squeezed(raw.decode(encoding))
            )


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def place(plan: Plan, url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    found = [name for name, origin in plan.real.items() if origin == f"{parts.scheme}://{parts.netloc}"]
    return found[0], parts.path


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({"cites": "x", "pth": "/"}, Route)


def test_what_is_not_there_is_answered_as_the_site_does() -> None:
    with site("jp-meti") as ministry:
        answer = ask(ministry, Route(cites="", path="/nowhere"))
        assert (answer.status, answer.body) == (404, ministry.content("missing.html"))
        assert ask(ministry, Route(cites="", path="/ml_index_release_atom.xml"), method="POST").status == 405


def test_requests_are_recorded() -> None:
    with site("jp-meti") as ministry:
        ask(
            ministry,
            Route(cites="", path="/nowhere", example="/nowhere?a=b"),
            given=Needs(form={"c": "d"}, otherwise=400),
            method="POST",
        )
        [request] = ministry.requests
        assert (request.method, request.target, request.form, request.status) == (
            "POST",
            "/nowhere?a=b",
            [("c", "d")],
            404,
        )


def test_the_real_origin_and_the_one_on_loopback() -> None:
    real = ministries.expected("jp-meti")[0]
    with site("jp-meti") as ministry:
        assert real.url.startswith("https://www.meti.go.jp/press/")
        assert ministry.expected()[0].url == ministry.local(real.url)
        assert ministry.expected()[0].id == real.id
        assert ministry.bases[""].encode() in ministry.content("releases.xml")
        assert b"{base}" not in ministry.content("releases.xml")
