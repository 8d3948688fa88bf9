"""Answers that are data: by paths, by the APIs that ministries have, in five scripts, and such as are none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import api
from collectors.sources import ApiRule, DateRule, IdRule, Source
from exportwatch.model import Draft, Fetched, Parsed
from exportwatch.sandbox import Killed, Sandbox
from tests.collectors.kit import fetched, source

URL = "https://ministry.example/api/list.json?page=1"
PATHS = {"rows": "data.items", "link": "url", "title": "name", "date": "day", "id": "no", "count": "data.total"}
TITLES = {
    "en": "Exports of hydrogen fluoride",
    "ja": "フッ化水素の輸出管理",
    "ko": "불화수소 수출통제",
    "zh-Hans": "对高纯氟化氢实施出口管制",
    "zh-Hant": "高純度氟化氫輸出管制",
}


def asking(adapter: str = "json", **fields: Any) -> Source:
    rule = {key: fields.pop(key) for key in list(fields) if key in ApiRule.__dataclass_fields__}
    paths = PATHS if adapter == "json" else {}
    return source(parser="api", api_rule=ApiRule(adapter=adapter, **{**paths, **rule}), **fields)


def answer(value: Any, content_type: str = "application/json") -> Fetched:
    return fetched(json.dumps(value, ensure_ascii=False).encode(), content_type, URL)


def rows(*items: Any, **members: Any) -> dict[str, Any]:
    return {"data": {"items": list(items), "total": len(items)}, **members}


def row(number: int = 7, **fields: Any) -> dict[str, Any]:
    return {"url": f"/p/{number}.html", "name": "수출통제", "day": "2026-09-15", "no": number, **fields}


def read(value: Any, given: Source) -> Parsed:
    return api.parse(answer(value), given)


def one(value: Any, given: Source) -> Draft:
    parsed = read(value, given)
    assert parsed.rejections == ()
    (draft,) = parsed.drafts
    return draft


def reasons(value: Any, given: Source) -> list[str]:
    return [rejection.reason for rejection in read(value, given).rejections]


@pytest.mark.parametrize(("language", "title"), TITLES.items())
def test_a_row_becomes_a_draft(language: str, title: str) -> None:
    given = asking(language=language, id_rule=IdRule(source="guid", pattern=r"^(\d+)$"), text="body")
    assert one(rows(row(name=f" {title}\n ", body=f"{title}。")), given) == Draft(
        id="demo:7",
        publisher="demo",
        source="demo",
        kind="press release",
        url="https://ministry.example/p/7.html",
        title=title,
        published="2026-09-15",
        lang=language,
        body=f"{title}。".encode(),
    )


def test_a_followed_row_keeps_its_text_for_the_time_being() -> None:
    draft = one(rows(row(body="요약", pdf="/7.pdf")), asking(follow=True, text="body", page="html|pdf"))
    assert draft.body is None
    assert draft.extra == {
        "follow": "https://ministry.example/7.pdf",
        "content": "요약",
        "content_type": "text/plain; charset=utf-8",
    }
    assert one(rows(row()), asking(follow=True, page="html|pdf")).extra["follow"] == "https://ministry.example/p/7.html"


def test_paths_walk_through_lists_and_give_way_to_each_other() -> None:
    value = row(names=[{"ja": ""}, {"ja": "輸出管理"}, {"ja": "二"}], day=None, updated=20260914)
    draft = one(rows(value), asking(title="nothing|names.ja", date="day|updated"))
    assert (draft.title, draft.published) == ("輸出管理", "2026-09-14")


def test_an_address_is_filled_in() -> None:
    assert one(rows(row(no="a/7")), asking(address="https://b.example/{id}?x")).url == "https://b.example/a%2F7?x"
    assert one(rows(row()), asking(address="https://b.example{link}")).url == "https://b.example/p/7.html"


def test_only_rows_that_fit_are_kept() -> None:
    items = [
        row(1, agencies=[{"slug": "wildlife"}, {"slug": "security"}], part="744"),
        row(2, agencies=[{"slug": "security-council"}], part="744"),
        row(3, agencies=[{"slug": "security"}], part="801"),
        row(4, agencies=[], part="744"),
    ]
    parsed = read(rows(*items), asking(keep={"agencies.slug": "security", "part": "7[3-7]."}))
    assert [draft.url[-6:] for draft in parsed.drafts] == ["1.html"]
    assert parsed.rejections == ()


def test_the_next_answer_is_on_the_same_host() -> None:
    given = asking(next="next")
    assert (
        read(rows(row(), next="/api/list.json?page=2"), given).next == "https://ministry.example/api/list.json?page=2"
    )
    for link in ("https://elsewhere.example/2", URL, "javascript:x", None):
        assert read(rows(row(), next=link), given).next == ""


def test_an_empty_answer_is_honest_when_it_counts_nothing() -> None:
    honest: list[Any] = [{"data": {"total": 0}}, {"data": {"total": "0", "items": None}}, {"data": {"items": []}}]
    for empty in honest:
        parsed = read(empty, asking())
        assert (parsed.drafts, parsed.rejections) == ((), ())
    others: list[Any] = [{"data": {"total": 3}}, {"data": {}}, {}, [], 0, None]
    for broken in others:
        assert reasons(broken, asking()) == ["api.rows 'data.items': no such member of the answer"]
    assert reasons({"data": {"items": {}}}, asking()) == ["api.rows 'data.items': the member is no list"]


@pytest.mark.parametrize("name", ["link", "title", "date", "id"])
def test_a_path_that_leads_nowhere_is_named(name: str) -> None:
    assert reasons(rows(row(1), row(2)), asking(**{name: "gone"})) == [f"api.{name} 'gone' finds nothing in any row"]


def test_a_broken_row_is_named_and_the_others_go_on() -> None:
    parsed = read(rows(row(1, url=""), row(2, url="javascript:x"), row(3), "x", row(3, name="다른 글")), asking())
    assert [draft.url[-6:] for draft in parsed.drafts] == ["3.html"]
    assert [rejection.where for rejection in parsed.rejections] == [
        "demo row 1",
        "demo row 2",
        "demo row 4",
        "demo row 5 (https://ministry.example/p/3.html)",
    ]


@pytest.mark.parametrize(
    "body", [b"", b"<html>Request Access", b"{", b'{"a": NaN}', b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe\x00"]
)
def test_what_is_no_json_is_one_rejection(body: bytes) -> None:
    parsed = api.parse(fetched(body, "application/json", URL), asking())
    assert parsed.drafts == ()
    (rejection,) = parsed.rejections
    assert rejection.reason.startswith("no JSON: ")


def test_a_huge_answer_is_not_read() -> None:
    parsed = api.parse(fetched(b" " * (16 * 1024 * 1024 + 1), "application/json", URL), asking())
    assert "more than an answer may have" in parsed.rejections[0].reason


def test_only_so_many_rows_are_taken() -> None:
    parsed = read(rows(*({"url": f"/{number}", "name": "x", "day": "2026-09-15", "no": 1} for number in range(5002))),
                  asking())  # fmt: skip
    assert len(parsed.drafts) == 5000
    assert parsed.rejections[0].reason == "2 rows beyond those that are read"


def test_an_encoding_may_be_forced() -> None:
    body = json.dumps(rows(row(name="불화수소 수출허가")), ensure_ascii=False).encode("euc-kr")
    parsed = api.parse(fetched(body, "application/json;charset=UTF-8", URL), asking(encoding="euc-kr"))
    assert parsed.drafts[0].title == "불화수소 수출허가"


def test_what_is_said_counts_not_how() -> None:
    given = asking()
    first = read(rows(row(1), row(2), asked="a"), given).semantic_hash
    turned = {"asked": "b", "data": {"total": 2, "items": [dict(reversed(row(1).items())), row(2)]}}
    assert read(turned, given).semantic_hash == first != ""
    assert read(rows(row(2), row(1)), given).semantic_hash != first
    assert read(rows(row(1), row(2, name="수출통제 강화")), given).semantic_hash != first


FEDERAL = {
    "document_number": "C1-2026-18888",
    "title": "Controls on Certain Etching Gases; Correction ",
    "html_url": "https://www.federalregister.gov/documents/2026/09/17/C1-2026-18888/controls",
    "publication_date": "2026-09-17",
    "body_html_url": None,
    "raw_text_url": "https://www.federalregister.gov/documents/full_text/text/C1-2026-18888.txt",
}


def test_the_federal_register() -> None:
    given = asking("federal-register", follow=True, id_rule=IdRule(source="guid", pattern="^([A-Z0-9-]+)$"))
    draft = one({"count": 1, "results": [FEDERAL]}, given)
    assert (draft.id, draft.title) == ("demo:C1-2026-18888", "Controls on Certain Etching Gases; Correction")
    assert (draft.url, draft.published) == (FEDERAL["html_url"], "2026-09-17")
    assert draft.extra["follow"] == FEDERAL["raw_text_url"]
    assert read({"count": 0, "description": "Documents"}, given).rejections == ()
    assert reasons({"count": 7}, given) == ["api.rows 'results': no such member of the answer"]


def version(identifier: str, date: str, **fields: Any) -> dict[str, Any]:
    names = {"identifier": identifier, "date": date, "amendment_date": date, "name": f"§ {identifier}", "title": "15"}
    return {**names, "part": identifier.partition(".")[0], "type": "section", "removed": False, **fields}


def test_the_newest_version_of_a_section_is_the_document() -> None:
    given = asking("ecfr", follow=True, id_rule=IdRule(source="guid", pattern="^(.+)$"), keep={"part": "744"})
    versions = [
        version("744.23", "2026-09-14"),
        version("744.23", "2024-12-05"),
        version("744.19", "2024-01-01"),
        version("744.19", "2026-03-02", removed=True),
        version("801.3", "2026-01-05"),
        version("Supplement No. 4 to Part 744", "2026-09-10", type="appendix", part="744"),
    ]
    section, supplement = read({"content_versions": versions}, given).drafts
    assert (section.id, section.published) == ("demo:15-744.23", "2026-09-14")
    assert section.url == "https://ministry.example/current/title-15/section-744.23"
    assert section.extra["follow"] == (
        "https://ministry.example/api/renderer/v1/content/enhanced/2026-09-14/title-15?section=744.23"
    )
    assert supplement.id == "demo:15-Supplement-No.-4-to-Part-744"
    assert supplement.extra["follow"].endswith("/title-15?appendix=Supplement%20No.%204%20to%20Part%20744")
    assert reasons({"versions": []}, given) == ["content_versions: no such list in the answer"]
    assert read({"content_versions": []}, given).rejections == ()


def test_the_columns_of_mofcom() -> None:
    item = {"id": 1322, "title": "两用物项出口管制条例 ", "url": "/article/zcfg/202609/1322.html"}
    given = asking("mofcom-columns", date_rule=DateRule(zone="Asia/Shanghai", precision="day"))
    value = {"pageInfo": {"rows": [{**item, "publishTimeStr": "2026-09-10 08:30:00"}]}}
    draft = one(value, given)
    assert (draft.title, draft.published, draft.published_precision) == ("两用物项出口管制条例", "2026-09-10", "day")


def test_an_unknown_adapter_is_a_rejection() -> None:
    assert reasons({}, asking("jason"))[0].startswith("api.adapter 'jason': none of json, federal-register")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["url", "name", "day", "no"]), inner),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(items=st.lists(JSON, max_size=5))
def test_no_answer_makes_it_raise(items: list[Any]) -> None:
    value = answer({"data": {"items": items, "total": len(items)}})
    given_source = asking(keep={"name": ".*"})
    assert api.parse(value, given_source) == api.parse(value, given_source)


def test_hostile_answers_end_in_time_in_the_sandbox() -> None:
    good, plain = answer(rows(row())), asking()
    with Sandbox() as sandbox:
        for body in (b"[" * 2_000_000, b'{"data":' * 500_000, json.dumps(rows(*[row()] * 60_000)).encode()):
            found = sandbox.run("collectors.api:parse_payload", payload(replace(good, body=body), plain))
            assert isinstance(found, Killed) or len(msgspec.convert(found, Parsed).drafts) <= 1
        found = sandbox.run("collectors.api:parse_payload", payload(good, plain))
        assert msgspec.convert(found, Parsed) == api.parse(good, plain)


def payload(given_answer: Fetched, given_source: Source) -> Any:
    return msgspec.to_builtins({"fetched": given_answer, "source": given_source}, builtin_types=(bytes,))
