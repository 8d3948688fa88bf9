"""Every page and every state of it, as HTML and as JSON, from the same handler."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from starlette.testclient import TestClient

from exportwatch.cli.web import pages
from exportwatch.errors import Misconfigured, Retryable
from exportwatch.index import Index
from exportwatch.web import links
from exportwatch.web.app import application
from exportwatch.wiring import Wiring
from tests.exportwatch.web import kit

SCRIPTS = [
    ("hydrogen fluoride", "us-bis:hf", "en", "hydrogen fluoride"),
    ("フッ化水素", "jp-meti:20191216001", "ja", "フッ化水素"),
    ("불화수소", "kr-motie:162345", "ko", "불화수소"),
    ("氟化氢", "cn-mofcom:2023-23", "zh-Hans", "氟化氢"),
    ("氟化氫", "tw-trade:114-0610", "zh-Hant", "氟化氫"),
]


class Outline(HTMLParser):
    """What a page is made of: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def each(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


def search(query: str, **more: Any) -> str:
    return f"/?{urlencode({'q': query, **more})}"


def page(visitor: TestClient, path: str, status: int = 200) -> Outline:
    response = visitor.get(path)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Outline(response.text)


@pytest.mark.parametrize(("query", "id", "lang", "words"), SCRIPTS)
def test_a_hit_stands_in_its_own_language_with_its_evidence(
    visitor: TestClient, query: str, id: str, lang: str, words: str
) -> None:
    response = visitor.get(search(query))
    assert re.search(rf'<h2><a href="{re.escape(links.document(id))}[^"]*" lang="{lang}"', response.text)
    assert f"<mark>{words}</mark>" in response.text.replace("Hydrogen Fluoride", "hydrogen fluoride")


@pytest.mark.parametrize(("query", "id", "lang", "words"), SCRIPTS)
def test_the_twin_says_the_same(visitor: TestClient, query: str, id: str, lang: str, words: str) -> None:
    by_path = visitor.get("/search.json", params={"q": query}).json()
    by_header = visitor.get("/", params={"q": query}, headers={"Accept": "application/json"}).json()
    assert by_path == by_header
    assert by_path["state"] == "found"
    assert by_path["total"] == 5
    (hit,) = [hit for hit in by_path["hits"] if hit["id"] == id]
    assert hit["lang"] == lang
    marked = {piece["text"].casefold() for snippet in hit["snippets"] for piece in snippet["pieces"] if piece["marked"]}
    assert words in marked
    text = next(line["text"] for line in kit.LINES if line["id"] == id)
    assert words in {text[s["start"] : s["end"]].casefold() for s in hit["highlights"] if s["field"] == "text"}


def test_a_claim_line_says_it_in_english(visitor: TestClient) -> None:
    assert "JP dialogue → KR: hydrogen fluoride · METI, MOTIE · 2019-12-16" in page(visitor, search("政策対話")).text


def test_what_was_expanded_is_said_and_can_be_switched_off(visitor: TestClient) -> None:
    view = visitor.get("/search.json", params={"q": 'by:JP "hydrogen fluoride"'}).json()
    (expansion,) = view["expansions"]
    assert expansion == {
        "typed": "hydrogen fluoride",
        "names": ["hydrogen fluoride"],
        "without": 'by:JP ="hydrogen fluoride"',
    }
    assert visitor.get("/search.json", params={"q": expansion["without"]}).json()["expansions"] == []
    outline = page(visitor, search('"hydrogen fluoride"'))
    assert links.search('="hydrogen fluoride"') in [a.get("href") for a in outline.each("a")]


def test_a_note_is_shown(visitor: TestClient) -> None:
    assert 'no agency is called "XYZ"' in page(visitor, search("agency:XYZ OR METI")).text


def test_the_start_page_asks(visitor: TestClient) -> None:
    outline = page(visitor, "/")
    assert "5 documents" in outline.text
    assert visitor.get("/search.json").json()["state"] == "start"


def test_nothing_found_suggests(visitor: TestClient) -> None:
    outline = page(visitor, search("zebra xylophone"))
    assert "No document answers this" in outline.text
    assert visitor.get("/search.json", params={"q": "zebra xylophone"}).json()["state"] == "none"


@pytest.mark.parametrize("query", ["", "METI"])
def test_an_empty_index_says_what_to_run(empty: Wiring, query: str) -> None:
    visitor = kit.client(empty)
    assert "exportwatch run" in page(visitor, search(query)).text
    assert visitor.get("/search.json", params={"q": query}).json()["state"] == "empty"


def test_a_wrong_query_has_its_column_marked(visitor: TestClient) -> None:
    query = 'METI AND ( "フッ化水素'
    response = visitor.get(search(query))
    assert response.status_code == 400
    assert "<bdi>METI AND ( </bdi><mark>&#34;</mark><bdi>フッ化水素</bdi>" in response.text
    assert 'aria-describedby="wrong"' in response.text
    twin = visitor.get("/search.json", params={"q": query})
    assert twin.status_code == 400
    assert twin.json()["error"]["status"] == 400
    assert "column 12" in twin.json()["error"]["message"]


def test_a_query_beyond_all_measure_is_refused(visitor: TestClient) -> None:
    response = visitor.get(search("x" * 4001))
    assert response.status_code == 400
    assert "4,000 characters" in Outline(response.text).text


class Away:
    """An index whose every question fails with an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def search(self, *_: Any, **__: Any) -> Any:
        raise self._error

    get = search


def away(house: Wiring, error: Exception) -> TestClient:
    index: Any = Away(error)

    def opened() -> Index:
        return index  # type: ignore[no-any-return]

    made = application(replace(pages(house), index=opened))
    return TestClient(made, base_url=kit.ORIGIN, raise_server_exceptions=False)


@pytest.mark.parametrize("error", [Retryable("the index is away"), Misconfigured("the index is away")])
@pytest.mark.parametrize("path", ["/", search("METI"), "/documents/a:b", "/documents/a:b/raw"])
def test_an_index_that_is_away_is_said(house: Wiring, error: Exception, path: str) -> None:
    response = away(house, error).get(path)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert "the index is away" in response.text
    assert "exportwatch doctor" in response.text


def test_a_bug_costs_one_answer_and_tells_nobody_else(house: Wiring, caplog: pytest.LogCaptureFixture) -> None:
    visitor = away(house, ZeroDivisionError("secret"))
    response = visitor.get(search("METI"))
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.headers["content-security-policy"]
    assert visitor.get("/healthz").status_code == 200
    assert visitor.get("/search.json", params={"q": "METI"}).json()["error"]["status"] == 500


def test_pages_of_hits(empty: Wiring) -> None:
    lines = [{"id": f"a:{number}", "title": f"quota {number}", "text": "quota"} for number in range(23)]
    kit.publish(empty, lines)
    visitor = kit.client(empty)
    views = [visitor.get("/search.json", params={"q": "quota", "page": number}).json() for number in (1, 2, 3)]
    assert [len(view["hits"]) for view in views] == [10, 10, 3]
    assert len({hit["id"] for view in views for hit in view["hits"]}) == 23
    outline = page(visitor, search("quota", page=2))
    assert {a.get("rel") for a in outline.each("a")} >= {"prev", "next"}
    assert "page 2 of 3" in outline.text
    assert next(outline.each("ol"))["start"] == "11"
    assert "There is no such page" in page(visitor, search("quota", page=4)).text


@pytest.mark.parametrize("number", ["0", "-1", "1001", "x", "9" * 40])
def test_a_page_that_cannot_be_is_refused(visitor: TestClient, number: str) -> None:
    response = visitor.get("/search.json", params={"q": "METI", "page": number})
    assert response.status_code == 400
    assert response.json()["error"]["status"] == 400
    assert response.json()["error"]["message"].startswith("page: ")


@pytest.mark.parametrize("line", kit.LINES, ids=lambda line: line["lang"])
def test_a_document_shows_its_words_as_they_are(visitor: TestClient, line: dict[str, Any]) -> None:
    response = visitor.get(links.document(line["id"]))
    outline = Outline(re.sub(r'<small class="label".*?</small>', "", response.text))
    assert line["text"] in outline.text
    (text,) = [attributes for attributes in outline.each("div") if attributes.get("class") == "text"]
    assert text["lang"] == line["lang"]
    assert next(outline.each("h1"))["lang"] == line["lang"]
    view = visitor.get(links.document_twin(line["id"])).json()
    assert view["document"]["text"] == line["text"]
    assert view["claims"]["relevant"] is True


@pytest.mark.parametrize("line", kit.LINES, ids=lambda line: line["lang"])
def test_every_claim_links_to_its_span(visitor: TestClient, line: dict[str, Any]) -> None:
    outline = page(visitor, links.document(line["id"]))
    anchors = [str(attributes["id"]) for _, attributes in outline.elements if attributes.get("id")]
    assert len(anchors) == len(set(anchors))
    targets = {str(a["href"])[1:] for a in outline.each("a") if str(a.get("href", "")).startswith("#")} - {"main"}
    assert any(target.startswith("e1-") for target in targets)
    assert any(target.startswith("m") for target in targets)
    assert targets <= set(anchors)
    view = visitor.get(links.document_twin(line["id"])).json()
    for said in view["measures"]:
        for place in said["evidence"]:
            assert place["anchor"] in targets
            assert place["text"] == view["document"][place["field"]][place["start"] : place["end"]]


def test_provenance(visitor: TestClient) -> None:
    outline = page(visitor, links.document("us-bis:hf"))
    view = visitor.get(links.document_twin("us-bis:hf")).json()
    (out,) = [a for a in outline.each("a") if a.get("href") == "https://bis.example/hf"]
    assert out["rel"] == "noopener noreferrer external"
    assert view["provenance"]["sha256"] in outline.text
    assert view["provenance"]["observed"] in outline.text
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", view["provenance"]["observed"])


def test_the_words_that_were_searched_for_are_marked_in_the_document(visitor: TestClient) -> None:
    outline = page(visitor, links.document("kr-motie:162345", "수출규제를"))
    assert [mark.get("id") for mark in outline.each("mark") if "k-hit" in str(mark.get("class"))].count("q1") == 1
    # A query that is none does not keep anybody from the document.
    page(visitor, links.document("kr-motie:162345", "((("))


@pytest.mark.parametrize("path", ["/documents/nobody:1", "/documents/nobody:1/raw", "/nowhere", "/static/../app.py"])
def test_what_is_not_there_is_said(visitor: TestClient, path: str) -> None:
    assert page(visitor, path, 404).text
    twin = visitor.get(path, headers={"Accept": "application/json"})
    assert twin.status_code == 404
    assert set(twin.json()) == {"error"}
    assert set(twin.json()["error"]) == {"status", "message"}


@pytest.mark.parametrize("id", ["%FF", "%00", "a" * 201, "%ED%A0%80", "..%2F..%2Fetc%2Fpasswd"])
def test_what_cannot_be_an_id_is_not_there(visitor: TestClient, id: str) -> None:
    assert visitor.get(f"/documents/{id}").status_code == 404


@pytest.mark.parametrize(
    "id", ["a/b", "a/raw", "a.json", "a.html", "a b?c#d%2Fe", ".", "..", "Ünï:코드", "<script>", "a\nb", "%", "a;b,c"]
)
def test_any_id_has_its_page_its_twin_and_its_bytes(empty: Wiring, id: str) -> None:
    kit.publish(empty, [{"id": id, "title": "One", "text": "words"}, {"id": "a", "title": "Other", "text": "others"}])
    visitor = kit.client(empty)
    (hit,) = visitor.get("/search.json", params={"q": "words"}).json()["hits"]
    assert hit["id"] == id
    assert "words" in page(visitor, hit["page"]).text
    assert visitor.get(links.document_twin(id)).json()["document"]["id"] == id
    assert b"words" in visitor.get(links.raw(id)).content


def test_health(visitor: TestClient) -> None:
    assert visitor.get("/healthz").json()["status"] == "ok"


def test_our_own_files_are_served_and_no_others(visitor: TestClient) -> None:
    outline = page(visitor, "/")
    (style,) = [link["href"] for link in outline.each("link") if link["rel"] == "stylesheet"]
    (script,) = [script["src"] for script in outline.each("script")]
    for path, kind in ((style, "text/css"), (script, "text/javascript")):
        response = visitor.get(str(path))
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(kind)
        assert "immutable" in response.headers["cache-control"]
    assert visitor.get("/static/base.html").status_code == 404


def test_the_api_describes_itself_without_a_page_that_loads_others(visitor: TestClient) -> None:
    described = visitor.get("/openapi.json").json()
    assert set(described["paths"]) == {
        *("/search.json", "/sources.json", "/subscriptions.json", "/documents/{id}.json", "/documents/{id}/raw"),
        *("/healthz", "/sources/{id}/evidence/{sha256}"),
    }
    assert {method for operations in described["paths"].values() for method in operations} == {"get"}
    assert "HTTPValidationError" not in str(described)
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert visitor.get(path).status_code == 404


def test_a_title_says_which_page_it_is(visitor: TestClient) -> None:
    paths = ["/", search("METI"), "/sources", "/subscriptions", links.document("us-bis:hf"), "/nowhere"]
    titles = [re.search("<title>(.*?)</title>", visitor.get(path).text) for path in paths]
    assert len({title[1] for title in titles if title}) == len(paths)
    assert quote("METI") in str(titles[1])


@pytest.mark.parametrize("who", ["Kim <script>alert(1)</script>", "鈴木 & 佐藤", "김민지", "张伟", "張偉"])
def test_who_supplied_an_original_is_shown_as_text(empty: Wiring, who: str) -> None:
    kit.publish(empty, [{"id": "a", "title": "One", "text": "words"}], supplied_by=who)
    visitor = kit.client(empty)
    assert visitor.get(links.document_twin("a")).json()["document"]["supplied"] == f"{who}, lines.jsonl"
    outline = page(visitor, links.document("a"))
    assert f"{who}, lines.jsonl" in outline.text
    assert [script for script in outline.each("script") if "src" not in script] == []
