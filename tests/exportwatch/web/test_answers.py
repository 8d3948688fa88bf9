"""Foreign text of every page is inert: markup, bidi and control characters, addresses that run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from jinja2 import UndefinedError
from starlette.testclient import TestClient

import exportwatch.web
from collectors.state import STATE, SourceState
from exportwatch import codec, subscriptions
from exportwatch.alerts import outbox
from exportwatch.alerts.journal import Journal
from exportwatch.model import Alert, Subscription
from exportwatch.store import Put
from exportwatch.web import answers, links
from exportwatch.wiring import Wiring
from tests.exportwatch.web import kit
from tests.exportwatch.web.test_app import Outline

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`&{{ 7*7 }}{% raw %}"
HIDDEN = "\u202eevil\u202c \u2066x\u2069 \u200fy\u200b \x1b[31mred\x1b]0;title\x07 \x00\x9b z"
FOREIGN = f"{MARKUP} 수출규제 {HIDDEN}"
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
TEMPLATES = Path(exportwatch.web.__file__).parent / "templates"
SOURCE = """
publisher = "evil"
url = "https://example.org/{markup}"
kind = '''{markup}'''
enabled = {enabled}
note = '''{markup}'''
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Everything foreign that a page shows is FOREIGN."""
    with kit.wired(tmp_path_factory.mktemp("hostile")) as wiring:
        line = {"title": f"export controls on hydrogen fluoride {FOREIGN}", "source": FOREIGN, "kind": FOREIGN}
        text = f"Japan tightened export controls on hydrogen fluoride to South Korea. {FOREIGN} "
        kit.publish(
            wiring,
            [
                {"id": f"evil:{MARKUP}", "url": f"javascript:alert(3)//{FOREIGN}", "text": text, **line},
                {"id": "evil:2", "url": f"https://evil.example/{MARKUP}", "text": text, **line},
            ],
        )
        _subscribe(wiring)
        _sources(wiring)
        yield kit.client(wiring)


def _subscribe(wiring: Wiring) -> None:
    channel = f"https://hooks.example.org/T0/SECRET?token=SECRET{MARKUP}"
    known = Subscription(id="evil", query=f'"{MARKUP}"', channels=(channel,), changed=1, note=FOREIGN, secret="SECRET")
    subscriptions.add(wiring.store, known)
    body = wiring.index.get(["evil:2"])["evil:2"]
    document, claims = codec.CLASSIFIED.decode(body).document, codec.CLASSIFIED.decode(body).claims
    alert = Alert(
        subscription="evil",
        document=f"evil:{MARKUP}",
        root="evil:2",
        observed=document.observed,
        origin="live",
        claims_hash="0",
        title=FOREIGN,
        lang=FOREIGN,
        url=document.url,
        source=FOREIGN,
        publisher=FOREIGN,
        published=FOREIGN,
        actions=claims.actions,
        implementing=(FOREIGN,),
        affected=(FOREIGN,),
        item_labels=(FOREIGN,),
        agencies=(FOREIGN,),
        evidence=(),
        matched=1,
    )
    entry = outbox.new_entry(alert, [channel], 1)
    failed = replace(entry.deliveries[0], state="failed", error=FOREIGN)
    outbox.create(Journal(wiring.store), {outbox.ledger_key(alert): replace(entry, deliveries=(failed,))})


def _sources(wiring: Wiring) -> None:
    folder = wiring.folder / "config" / "sources"
    folder.mkdir(parents=True)
    markup = MARKUP.replace("'''", "").replace('"', "").replace("'", "")
    (folder / "evil.toml").write_text(SOURCE.format(markup=markup, enabled="true"), encoding="utf-8")
    state = SourceState(failures=3, reason=FOREIGN)
    wiring.store.put_many([Put(f"{STATE}evil", msgspec.json.encode(state))])


PATHS = [
    "/?q=fluoride",
    "/?q=%3Cscript%3Ealert(1)%3C/script%3E",
    "/?q=%E2%80%AE%1B%5B31m+agency:%22%3Cscript%3E%22",
    "/?q=(((%3Cscript%3E",
    "/?q=nosuch:%3Cscript%3Ealert(1)%3C/script%3E",
    links.document(f"evil:{MARKUP}", FOREIGN),
    links.document("evil:2", "fluoride"),
    "/sources",
    "/subscriptions",
    "/documents/%3Cscript%3E",
    "/%3Cscript%3Ealert(1)%3C/script%3E",
    "/?q=METI&page=%3Cscript%3E",
]


@pytest.mark.parametrize("path", PATHS)
def test_foreign_text_stays_text(hostile: TestClient, path: str) -> None:
    response = hostile.get(path)
    outline = Outline(response.text)
    assert [str(script.get("src"))[:15] for script in outline.each("script")] == ["/static/page.js"]
    assert list(outline.each("img")) == []
    for tag, attributes in outline.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("href", "src", "action"):
            assert not re.match(r"\s*(javascript|vbscript|data:text)", str(attributes.get(name, "")), re.IGNORECASE)
    assert UNSAFE.sub("", response.text) == response.text


def test_what_was_foreign_is_there_to_be_read(hostile: TestClient) -> None:
    assert MARKUP in Outline(hostile.get(links.document("evil:2")).text).text
    assert "javascript:alert(3)" in Outline(hostile.get(links.document(f"evil:{MARKUP}")).text).text
    assert MARKUP in Outline(hostile.get("/subscriptions").text).text
    assert "<script>alert(1)" in Outline(hostile.get("/sources").text).text


@pytest.mark.parametrize("path", ["/subscriptions", "/subscriptions.json"])
def test_no_secret_is_shown(hostile: TestClient, path: str) -> None:
    response = hostile.get(path)
    assert response.status_code == 200
    assert "SECRET" not in response.text
    assert "https://hooks.example.org/" in response.text


def test_the_twin_gives_foreign_text_as_it_is(hostile: TestClient) -> None:
    view = hostile.get(links.document_twin("evil:2"))
    assert view.headers["content-type"] == "application/json"
    assert FOREIGN in view.json()["document"]["title"]


def test_no_template_can_switch_escaping_off() -> None:
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape|Markup|\bstyle=|\bon[a-z]+=|<script>|<style", text), path
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text), path


def test_a_template_that_misses_something_fails() -> None:
    template = answers.environment().from_string("{{ nothing }}")
    with pytest.raises(UndefinedError):
        template.render()


def test_whatever_a_template_prints_is_made_safe() -> None:
    template = answers.environment().from_string('{{ text }}<i title="{{ text }}">{{ number }}{{ absent }}</i>')
    text = template.render(text="<\u202e&\"'>", number=7, absent=None)
    assert text == '&lt;\ufffd&amp;&#34;&#39;&gt;<i title="&lt;\ufffd&amp;&#34;&#39;&gt;">7</i>'
