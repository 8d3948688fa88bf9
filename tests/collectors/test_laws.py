"""A law in the API's XML becomes lines that read as the law does; what is no law, or means harm, is refused."""

from __future__ import annotations

import pytest

from collectors import api, laws
from collectors.sources import ApiRule, IdRule
from exportwatch.errors import BadRecord
from tests.collectors.kit import fetched, source

HEAD = "<DataRoot><Result><Code>0</Code><Message/></Result><ApplData><LawId>324CO0000000378</LawId><LawFullText><Law>"
TITLE = '<LawNum>昭和二十四年政令第三百七十八号</LawNum><LawBody><LawTitle Kana="よみ">輸出貿易管理令</LawTitle>'
TAIL = "</LawBody></Law></LawFullText></ApplData></DataRoot>"


def law(inner: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{HEAD}{TITLE}{inner}{TAIL}'


def lines(inner: str) -> list[str]:
    found = laws.read(law(inner))
    assert (found.id, found.title) == ("324CO0000000378", "輸出貿易管理令")
    assert found.text.startswith("輸出貿易管理令\n")
    return found.text.split("\n")[1:]


def sentence(text: str, kind: str = "Paragraph") -> str:
    return f"<{kind}Sentence><Sentence>{text}</Sentence></{kind}Sentence>"


def test_articles_paragraphs_and_items_each_begin_a_line_with_their_number() -> None:
    inner = f"""<TOC><TOCLabel>目次</TOCLabel></TOC><MainProvision><Article Num="1">
    <ArticleCaption>（輸出の許可）</ArticleCaption><ArticleTitle>第一条</ArticleTitle>
    <Paragraph Num="1"><ParagraphNum/>{sentence("貨物を輸出する者は、許可を受ける。")}
      <Item Num="1"><ItemTitle>一</ItemTitle>{sentence("フッ化水素", "Item")}
        <Subitem1 Num="1"><Subitem1Title>イ</Subitem1Title>{sentence("高純度のもの", "Subitem1")}</Subitem1></Item>
    </Paragraph>
    <Paragraph Num="2"><ParagraphNum>２</ParagraphNum>{sentence("前項の規定は、適用しない。")}</Paragraph>
    </Article></MainProvision>"""
    assert lines(inner) == [
        "（輸出の許可）",
        "第一条　貨物を輸出する者は、許可を受ける。",
        "一　フッ化水素",
        "イ　高純度のもの",
        "２　前項の規定は、適用しない。",
    ]


def test_two_sentences_stay_together_and_columns_apart() -> None:
    inner = """<MainProvision><Paragraph><ParagraphNum/><ParagraphSentence><Sentence>一文目。</Sentence>
    <Sentence>二文目。</Sentence></ParagraphSentence><Item><ItemTitle>一</ItemTitle><ItemSentence><Column><Sentence>左</Sentence></Column>
    <Column><Sentence>右</Sentence></Column></ItemSentence></Item></Paragraph></MainProvision>"""
    assert lines(inner) == ["一文目。二文目。", "一　左　右"]


def test_rows_of_a_table_are_lines_with_tabs_and_readings_are_left_out() -> None:
    inner = """<AppdxTable><AppdxTableTitle>別表第一</AppdxTableTitle><TableStruct><Table><TableRow><TableColumn>
    <Sentence>一</Sentence></TableColumn><TableColumn><Sentence><Ruby>砒<Rt>ひ</Rt></Ruby>素</Sentence></TableColumn>
    </TableRow><TableRow><TableColumn><Sentence>二</Sentence></TableColumn></TableRow></Table></TableStruct></AppdxTable>"""
    assert lines(inner) == ["別表第一", "一\t砒素", "二"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<html><body>Request Access</body></html>", "no law in XML: LawTitle or the text is missing"),
        ("{}", "no law in XML: "),
        ("", "no law in XML: "),
        (law("<MainProvision>"), "no law in XML: mismatched tag"),
        (
            "<DataRoot><Result><Code>1</Code><Message>存在しない法令です。</Message></Result></DataRoot>",
            "the API says: 存在しない法令です。",
        ),
        (
            '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            "XML with a document type or entities of its own is not read",
        ),
        ('<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>', "XML with a document type"),
        ("<a>" * 300, "XML nested more than 200 deep"),
        ("<a/>" * 2_000_001, "more than two million tags"),
    ],
)
def test_what_is_no_law_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(BadRecord) as caught:
        laws.read(text)
    assert str(caught.value).startswith(complaint)


def test_a_billion_laughs_are_not_begun() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    with pytest.raises(BadRecord, match="document type"):
        laws.read(f'<!DOCTYPE a [<!ENTITY e0 "輸出">{entities}]><a>&e11;</a>')


def test_the_adapter_makes_one_draft_with_the_text_as_its_body() -> None:
    given = source(
        parser="api", api_rule=ApiRule(adapter="egov-law"), id_rule=IdRule(source="guid", pattern="^([0-9A-Z]{15})$")
    )
    body = law(f"<MainProvision><Paragraph>{sentence('許可を受ける。')}</Paragraph></MainProvision>").encode()
    url = "https://law.example/api/1/lawdata/324CO0000000378"
    (draft,) = api.parse(fetched(body, "application/xml", url), given).drafts
    assert (draft.id, draft.url, draft.title) == ("demo:324CO0000000378", url, "輸出貿易管理令")
    assert (draft.body or b"").decode() == "輸出貿易管理令\n許可を受ける。"
    assert (draft.content_type, draft.published, draft.extra) == ("text/plain; charset=utf-8", "", {})
