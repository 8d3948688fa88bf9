"""robots.txt: what it lets us ask for, how long it is remembered, and how little a hostile one can cost."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import robots
from collectors.fetch import FetchFailed, Kind
from collectors.robots import KEPT, MOST_RULE_CHARACTERS, MOST_RULES, PATIENCE, Robots, parse, relevant, token
from exportwatch.model import Fetched
from tests.collectors.kit import StandingClock, fetched

Result = Fetched | FetchFailed
SITE = "https://ministry.example"


class Web:
    """Prepared answers to what is asked, in order; the last one stays."""

    def __init__(self, *answers: Result | bytes) -> None:
        self.answers = [fetched(answer) if isinstance(answer, bytes) else answer for answer in answers]
        self.asked: list[str] = []

    def fetch(self, url: str, most: int) -> Result:
        assert most == robots.MOST_BYTES
        self.asked.append(url)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def failure(kind: Kind = "status", status: int = 0, retry_after: int = 0) -> FetchFailed:
    return FetchFailed(url=f"{SITE}/robots.txt", kind=kind, reason="no", status=status, retry_after=retry_after)


def reading(web: Web, clock: StandingClock | None = None, *, obey: bool = True) -> Robots:
    return Robots(web.fetch, clock or StandingClock(), user_agent="exportwatch/0.1 (a monitor)", obey=obey)


def allowed(text: str, *paths: str) -> list[bool]:
    asking = reading(Web(text.encode()))
    return [asking.allows(SITE + path).allowed for path in paths]


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("exportwatch/0.1 (export-control monitor)", "exportwatch"),
        ("Export-Watch", "export-watch"),
        ("監視", "exportwatch"),
    ],
)
def test_our_name_is_the_product_of_the_user_agent(agent: str, expected: str) -> None:
    assert token(agent) == expected


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /a", "/a/b", False),
        ("User-agent: *\nDisallow: /a", "/b", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /\nAllow: /rss", "/rss/1", True),
        ("User-agent: *\nDisallow: /rss/private\nAllow: /rss", "/rss/private/1", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?x", True),
        ("User-agent: *\nDisallow: /*?page=", "/list?page=2", False),
        ("User-agent: *\nDisallow: /검색", "/%EA%B2%80%EC%83%89?q=1", False),
        ("User-agent: *\nDisallow: /%e8%bc%b8%e5%87%ba", "/輸出/1", False),
        ("user-AGENT : exportwatch\nDISALLOW : /a # all of it", "/a", False),
        ("User-agent: ExportWatch/2.0\nDisallow: /a", "/a", False),
        ("User-agent: export\nDisallow: /a", "/a", True),
        ("User-agent: exportwatcher\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: exportwatch\nDisallow: /x", "/a", True),
        ("User-agent: exportwatch\nDisallow: /x\n\nUser-agent: *\nDisallow: /", "/x", False),
        ("User-agent: exportwatch\n\nUser-agent: *\nDisallow: /", "/a", False),
        ("User-agent: exportwatch\nDisallow:\nUser-agent: *\nDisallow: /", "/a", True),
        ("User-agent: other\nUser-agent: exportwatch\nDisallow: /a", "/a", False),
        ("User-agent: exportwatch\nDisallow: /a\nUser-agent: other\nDisallow: /b", "/b", True),
        ("User-agent: exportwatch\nDisallow: /a\nUser-agent: exportwatch\nDisallow: /b", "/b", False),
        ("\ufeffUser-agent: *\r\nSitemap: https://a.example/\r\nDisallow: /a\r\n", "/a", False),
        ("Disallow: /a", "/a", True),
        ("<html><body>404: not found</body></html>", "/a", True),
        ("User-agent: *\nDisallow: /robots.txt", "/robots.txt", True),
    ],
)
def test_what_the_rules_mean(text: str, path: str, expected: bool) -> None:
    assert allowed(text, path) == [expected]


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("5", 5.0),
        ("0.5", 0.5),
        ("1e300", 60.0),
        ("inf", 0.0),
        ("nan", 0.0),
        ("-3", 0.0),
        ("soon", 0.0),
        ("86400", 60.0),
    ],
)
def test_a_crawl_delay_is_bounded(text: str, delay: float) -> None:
    verdict = reading(Web(f"User-agent: *\nCrawl-delay: {text}\nDisallow: /a".encode())).allows(f"{SITE}/")
    assert (verdict.allowed, verdict.delay) == (True, delay)


def test_a_refusal_says_what_to_change() -> None:
    verdict = reading(Web(b"User-agent: *\nDisallow: /")).allows(f"{SITE}/rss")
    assert not verdict.allowed
    assert verdict.failure is None
    assert all(
        word in verdict.reason for word in (f"{SITE}/robots.txt", "exportwatch", "obey_robots = 0", "enabled = false")
    )


def test_a_robots_txt_is_remembered_for_a_day_and_by_origin() -> None:
    clock, web = StandingClock(), Web(b"User-agent: *\nDisallow: /a", b"")
    asking = reading(web, clock)
    assert not asking.allows(f"{SITE}/a").allowed
    clock.pass_(KEPT - 1)
    assert not asking.allows(f"{SITE}/a?q=1").allowed
    assert asking.allows("http://ministry.example:8080/a").allowed
    clock.pass_(2)
    assert asking.allows(f"{SITE}/a").allowed
    assert web.asked == [f"{SITE}/robots.txt", "http://ministry.example:8080/robots.txt", f"{SITE}/robots.txt"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_robots_txt_that_is_refused_allows_everything(status: int) -> None:
    assert reading(Web(failure(status=status))).allows(f"{SITE}/a").allowed


@pytest.mark.parametrize(
    "missing",
    [failure(status=500), failure(status=503), failure(status=429), failure("connection"), failure("timeout")],
)
def test_a_robots_txt_that_cannot_be_had_forbids_everything_until_it_has_lasted(missing: FetchFailed) -> None:
    clock, web = StandingClock(), Web(missing)
    asking = reading(web, clock)
    verdict = asking.allows(f"{SITE}/a")
    assert (verdict.allowed, verdict.failure) == (False, missing)
    assert not asking.allows(f"{SITE}/b").allowed
    assert len(web.asked) == 1
    clock.pass_(PATIENCE - 1)
    assert not asking.allows(f"{SITE}/a").allowed
    clock.pass_(robots.LONGEST_RETRY)
    assert asking.allows(f"{SITE}/a").allowed
    web.answers = [fetched(b"User-agent: *\nDisallow: /a")]
    clock.pass_(robots.LONGEST_RETRY)
    assert not asking.allows(f"{SITE}/a").allowed


def test_it_is_asked_for_again_soon_and_then_less_often() -> None:
    clock, web = StandingClock(), Web(failure("connection"))
    asking = reading(web, clock)
    times = []
    for _ in range(4 * 3600):
        before = len(web.asked)
        asking.allows(f"{SITE}/a")
        times += [clock.monotonic()] * (len(web.asked) - before)
        clock.pass_(1)
    gaps = [int(later - earlier) for earlier, later in pairwise(times)]
    assert gaps[:6] == [30, 60, 120, 240, 480, 600]
    assert set(gaps[6:]) == {600}


def test_rules_that_were_read_outlive_an_outage() -> None:
    clock, web = StandingClock(), Web(b"User-agent: *\nDisallow: /a", failure(status=500))
    asking = reading(web, clock)
    asking.allows(f"{SITE}/")
    clock.pass_(KEPT + 1)
    assert asking.allows(f"{SITE}/b").allowed
    assert not asking.allows(f"{SITE}/a").allowed
    assert len(web.asked) == 2


def test_a_turn_that_was_not_granted_is_no_answer() -> None:
    web = Web(failure("held", retry_after=5), b"User-agent: *\nDisallow: /a")
    asking = reading(web)
    verdict = asking.allows(f"{SITE}/b")
    assert verdict.failure is not None
    assert verdict.failure.kind == "held"
    assert asking.allows(f"{SITE}/b").allowed


def test_who_does_not_obey_does_not_ask() -> None:
    web = Web(b"User-agent: *\nDisallow: /")
    assert reading(web, obey=False).allows(f"{SITE}/a").allowed
    assert web.asked == []


def test_threads_ask_once_for_one_host() -> None:
    ready, web = threading.Barrier(8), Web(b"User-agent: *\nDisallow: /a")
    second = threading.Event()

    def fetch(url: str, most: int) -> Result:
        answer = web.fetch(url, most)
        if len(web.asked) > 1:
            second.set()
        second.wait(0.3)  # long enough for another thread to come in, if any can
        return answer

    asking = Robots(fetch, StandingClock(), user_agent="exportwatch/0.1")
    verdicts: list[bool] = []

    def ask() -> None:
        ready.wait(10)
        verdicts.append(asking.allows(f"{SITE}/a").allowed)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert verdicts == [False] * 8
    assert len(web.asked) == 1


def test_hosts_beyond_the_limit_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots, "MOST_KEPT", 3 * 4_000)
    web = Web(b"User-agent: *\nDisallow: /a")
    asking = reading(web)
    for number in (1, 2, 3, 1, 4, 1, 2):
        asking.allows(f"https://{number}.example/")
    assert [url[8] for url in web.asked] == ["1", "2", "3", "4", "2"]
    web.answers = [failure(status=404)]
    for number in range(100, 200):
        asking.allows(f"https://{number}.example/")
    before = len(web.asked)
    asking.allows("https://100.example/")
    assert len(web.asked) == before + 1


def test_what_is_remembered_takes_a_bounded_part_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots, "MOST_KEPT", 20_000_000)
    asking = reading(Web(("User-agent: *\n" + "".join(f"Disallow: /{n:050}*\n" for n in range(8_000))).encode()))
    asking.allows("https://warm.example/")
    tracemalloc.start()
    for number in range(12):
        asking.allows(f"https://{number}.example/")
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < 40_000_000, "all twelve take about 68"


def repeated(rule: str) -> str:
    return "User-agent: *\n" + f"Disallow: {rule}\n" * (1_000_000 // len(rule))


HOSTILE: dict[str, Callable[[], str]] = {
    "wildcards": lambda: repeated("/*a*a*a*a*a*a*a*a*a*b"),
    "long wildcards": lambda: repeated("/" + "*a" * 400 + "$"),
    "long prefix": lambda: repeated("/" + "a" * 900 + "*b"),
    "dollars": lambda: repeated("/$*$*$"),
    "broken escapes": lambda: repeated("/%" * 300),
    "one endless rule": lambda: "User-agent: *\nDisallow: /" + "*a" * 500_000,
    "agents times rules": lambda: (
        "".join(f"User-agent: bot{number}\n" for number in range(30_000)) + "Disallow: /a\n" * 30_000
    ),
    "groups": lambda: "User-agent: exportwatch\nDisallow: /a\n" * 30_000,
    "everyone": lambda: "User-agent: *\n" * 30_000 + "Allow: /\n" * 30_000,
    "comment": lambda: "#" * 1_000_000,
    "colons": lambda: ":" * 1_000_000,
    "empty lines": lambda: "User-agent: *\nDisallow: /" + "輸出" * 100 + "\n" * 800_000,
}
"""A megabyte each, of what costs a simple matcher dearly."""


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_bounded_before_it_is_matched(kind: str) -> None:
    """Matching is linear in rules and their length (protego looks for one part after the other)."""
    text = HOSTILE[kind]()
    lines = list(relevant(text, "exportwatch"))
    assert len(lines) <= MOST_RULES + 1
    assert max(map(len, lines), default=0) <= MOST_RULE_CHARACTERS + len("disallow: ")
    assert sum(line.startswith("user-agent") for line in lines) <= 1
    asking = reading(Web(text.encode()))
    for path in ("/" + "a" * 8_000, "/" + "a/" * 4_000, "/x"):
        asking.allows(SITE + path)


def test_rules_are_counted_and_long_ones_dropped() -> None:
    text = (
        "User-agent: *\nDisallow: /" + "a" * 2_000 + "\nDisallow: /b\n" + "Disallow: /c\n" * 20_000 + "Disallow: /d\n"
    )
    lines = list(relevant(text, "exportwatch"))
    assert len(lines) == MOST_RULES + 1
    assert lines[:3] == ["user-agent: exportwatch", "disallow: /b", "disallow: /c"]


@given(
    st.binary(max_size=400)
    | st.text(alphabet="User-agent: *\nDisallow: /$#aexportwatch\r\t\x00", max_size=400).map(str.encode)
)
def test_no_file_is_an_error(body: bytes) -> None:
    rules = parse(body, "exportwatch")
    if rules is not None:
        rules.can_fetch(f"{SITE}/a?b=%ff", "exportwatch")
        rules.crawl_delay("exportwatch")
