"""The pages in a real Chromium: accessible by axe, wide and narrow, light and dark, without script, by keyboard.

Needs Debian's package chromium; without it the tests skip, but not in CI.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from collectors.state import STATE, SourceState
from exportwatch import subscriptions
from exportwatch.health import HealthEvent
from exportwatch.store import Put
from exportwatch.web import links
from exportwatch.wiring import Wiring
from tests.e2e.pairs import CLEAN
from tests.exportwatch.web import kit
from tests.exportwatch.web.test_answers import FOREIGN, MARKUP
from tests.exportwatch.web.test_sources import tell as tell_of_sources
from tests.exportwatch.web.test_subscriptions import SUBSCRIPTION, tell
from tests.servers.launch import required

pytestmark = pytest.mark.browser

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PATHS = {
    "start": "/",
    "found": links.search("hydrogen fluoride OR agency:NOBODY"),
    "none": links.search("zebra xylophone"),
    "wrong": links.search("METI AND ("),
    "missing": "/documents/nobody:1",
    "sources": "/sources",
    "subscriptions": "/subscriptions",
    "hostile": links.document(f"evil:{MARKUP}", "fluoride"),
    **{line["lang"]: links.document(line["id"], "輸出 OR METI") for line in kit.LINES},
}
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `exportwatch web` serves documents in four languages, hostile ones, and a subscription with alerts."""
    folder = tmp_path_factory.mktemp("pages")
    hostile = {"title": f"export controls {FOREIGN}", "text": f"hydrogen fluoride {FOREIGN}", "source": FOREIGN}
    with kit.wired(folder) as wiring:
        kit.publish(wiring, [*kit.LINES, {"id": f"evil:{MARKUP}", "url": "javascript:alert(1)", **hostile}])
        subscriptions.add(wiring.store, replace(SUBSCRIPTION, note=FOREIGN))
        tell(wiring, "kr-motie:162345", 1, "sent", "failed")
        tell(wiring, "cn-mofcom:2023-23", 2, "pending")
        subscriptions.add(wiring.store, replace(SUBSCRIPTION, id="ops", query="", health=True))
        ail(wiring)
    with served(folder) as address:
        yield address


def ail(wiring: Wiring) -> None:
    """A source that is not well, whose last changes say foreign things."""
    now = wiring.clock.now()
    kept = wiring.blobs.put(MARKUP.encode())
    state = SourceState(
        health="SCHEMA", since=now - 7_200_000, last_success=now - 9_000_000, reason=FOREIGN, failures=3
    )
    wiring.store.put_many([Put(f"{STATE}jp-meti", msgspec.json.encode(state))])
    stale = HealthEvent(source="jp-meti", state="STALE", was="OK", at=now - 90_000_000, reason="新着なし 새 글 없음")
    broken = HealthEvent(
        source="jp-meti",
        state="SCHEMA",
        was="STALE",
        at=now - 7_200_000,
        reason=FOREIGN,
        evidence=kept,
        size=len(MARKUP),
        fallback="jp-meti-list",
    )
    tell_of_sources(wiring, stale, broken)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "exportwatch", "--data", str(folder), "web", "--port", "0"]
    with subprocess.Popen(command, env=CLEAN, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = re.search(r"serving (http://127\.0\.0\.1:\d+)/", process.stderr.readline())
        try:
            assert said
            yield said[1]
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if not path:
        message = "Chromium is not installed: apt-get install chromium"
        if required():
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def opened(chromium: Browser, origin: str, **more: Any) -> Iterator[Page]:
    """A page of a fresh profile that fails the test for anything said on its console or asked of another host."""
    with chromium.new_context(base_url=origin, viewport=more.pop("viewport", WIDE), **more) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        # A dialog that nobody answers keeps the page, so it cannot go unseen.
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("request", lambda asked: said.append(asked.url))
        yield page
        ours = (f"{origin}/", "data:image/svg+xml,", "Failed to load resource: the server responded with a status of 4")
        assert [each for each in said if not each.startswith(ours)] == []


def unfold(page: Page) -> None:
    """Show all that the page can show."""
    page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true; })")


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(("viewport", "scheme"), [(WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark")])
def test_axe_finds_nothing(chromium: Browser, origin: str, name: str, viewport: dict[str, int], scheme: str) -> None:
    with opened(chromium, origin, viewport=viewport, color_scheme=scheme) as page:
        page.goto(PATHS[name])
        unfold(page)
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found] == []


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("width", [1280, 700, 390, 320])
def test_no_page_is_wider_than_its_window(chromium: Browser, origin: str, name: str, width: int) -> None:
    with opened(chromium, origin, viewport={"width": width, "height": 800}) as page:
        page.goto(PATHS[name])
        unfold(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_text_does_nothing(chromium: Browser, origin: str) -> None:
    with opened(chromium, origin) as page:
        for path in (PATHS["hostile"], links.search(FOREIGN), links.search("fluoride"), "/subscriptions", "/sources"):
            page.goto(path)
            unfold(page)
            expect(page.locator("img, iframe, object, embed")).to_have_count(0)
            expect(page.locator("script")).to_have_count(1)
        page.goto(PATHS["hostile"])
        expect(page.locator(".origin a[href^='javascript']")).to_have_count(0)
        expect(page.locator(".origin")).to_contain_text("javascript:alert(1)")


def test_everything_works_without_script(chromium: Browser, origin: str) -> None:
    with opened(chromium, origin, java_script_enabled=False) as page:
        page.goto("/")
        page.get_by_role("searchbox").fill("불화수소 수출규제")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="일본, 불화수소 수출규제 강화").click()
        expect(page).to_have_url(re.compile("/documents/kr-motie:162345"))
        page.locator(".proofs a").first.click()
        expect(page).to_have_url(re.compile("#e1-1$"))
        expect(page.locator("#e1-1")).to_be_in_viewport()
        page.get_by_label("names in English").uncheck()
        expect(page.locator(".text .label").first).to_be_hidden()


def test_a_claim_leads_to_its_words(chromium: Browser, origin: str) -> None:
    with opened(chromium, origin) as page:
        page.goto(PATHS["ja"])
        link = page.locator(".proofs a").first
        words = link.inner_text()
        link.click()
        target = page.locator("#e1-1")
        assert words in re.sub(r"\n.*", "", target.inner_text())
        shown = target.evaluate("element => getComputedStyle(element).backgroundColor")
        assert shown == page.locator("#e1-1").evaluate(
            "element => { const made = document.createElement('i'); made.className = 'search';"
            " document.body.append(made); made.style.color = 'var(--accent)'; return getComputedStyle(made).color; }"
        )


def test_by_keyboard(chromium: Browser, origin: str) -> None:
    with opened(chromium, origin) as page:
        page.goto(PATHS["found"])
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.goto("/sources")
        for _ in range(5):
            page.keyboard.press("Tab")
        focused = page.get_by_role("link", name="Subscriptions")
        expect(focused).to_be_focused()
        assert focused.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
        page.goto(PATHS["none"])
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        expect(page.get_by_role("searchbox")).to_have_value("zebra xylophone")


def test_a_search_on_its_way_is_said(chromium: Browser, origin: str) -> None:
    with opened(chromium, origin) as page:
        page.goto(PATHS["found"])
        # Kept here, as by a server that takes its time.
        page.evaluate("document.forms[0].addEventListener('submit', event => event.preventDefault())")
        page.get_by_role("searchbox").fill("METI")
        page.keyboard.press("Enter")
        expect(page.locator(".busy")).to_have_text("Searching…")
        expect(page.locator("main")).to_have_attribute("aria-busy", "true")
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
        expect(page.locator(".busy")).to_be_hidden()


@pytest.mark.parametrize(
    ("lang", "family"),
    [("ja", "Hiragino Sans"), ("ko", "Malgun"), ("zh-Hans", "YaHei"), ("zh-Hant", "JhengHei")],
)
def test_each_script_has_its_own_fonts(chromium: Browser, origin: str, lang: str, family: str) -> None:
    with opened(chromium, origin) as page:
        page.goto(PATHS[lang])
        for part in (".text", "h1"):
            fonts = page.locator(part).evaluate("element => getComputedStyle(element).fontFamily")
            others = {"Hiragino Sans", "Malgun", "YaHei", "JhengHei"} - {family}
            assert family in fonts
            assert not [other for other in others if other in fonts]


def test_print_leaves_out_what_paper_cannot_do(chromium: Browser, origin: str) -> None:
    with opened(chromium, origin) as page:
        page.goto(PATHS["en"])
        page.emulate_media(media="print")
        expect(page.locator(".top nav")).to_be_hidden()
        expect(page.locator(".text")).to_be_visible()
