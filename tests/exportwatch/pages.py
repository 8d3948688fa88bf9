"""Pages as ministries write them, made up in four languages and both Chinese scripts; and pages made to do harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A page's parts. `paragraphs` are its main text; everything else on the page is not."""

    lang: str
    charset: str
    site: str
    title: str
    day: str
    menu: tuple[str, ...]
    paragraphs: tuple[str, ...]

    @property
    def html(self) -> str:
        links = "".join(f'<li><a href="/m{number}">{entry}</a></li>' for number, entry in enumerate(self.menu))
        paragraphs = "\n".join(f"<p>{paragraph}</p>" for paragraph in self.paragraphs)
        return f"""<!DOCTYPE html>
<html lang="{self.lang}"><head><meta charset="{self.charset}"><title>{self.title} | {self.site}</title>
<script>var trap = "<div><div><div>";</script><style>p {{ color: #123 }}</style></head>
<body><header><a href="/">{self.site}</a><nav><ul>{links * 4}</ul></nav></header>
<main><article><h1>{self.title}</h1><time datetime="{self.day}">{self.day}</time>
{paragraphs}
</article></main>
<aside><ul>{links}</ul></aside><footer><p>&copy; {self.day[:4]} {self.site}</p></footer></body></html>"""

    @property
    def body(self) -> bytes:
        return self.html.encode(self.charset)


ENGLISH: Final = Sample(
    lang="en",
    charset="windows-1252",
    site="Office of Strategic Trade",
    title="Stricter screening of exports of hydrogen fluoride",
    day="2019-07-01",
    menu=("Home", "About us", "Careers", "Contact"),
    paragraphs=(
        "The Office announced on Monday that exports of hydrogen fluoride, photoresist and fluorinated polyimide "
        "to the Republic of Korea will need an individual licence from 4 July.",
        "Until now, a general licence had been enough for these three items. Exporters must apply for each contract, "
        "and screening takes up to ninety days, the Office said.",
        "A hearing on the removal of Korea from the list of trusted countries – the “white list” – opens today.",
    ),
)
JAPANESE: Final = Sample(
    lang="ja",
    charset="shift_jis",
    site="経済貿易省",
    title="韓国向け輸出管理の運用の見直しについて",
    day="2019-07-01",
    menu=("ホーム", "政策について", "申請・お問合せ", "採用情報"),
    paragraphs=(
        "経済貿易省は、外国為替及び外国貿易法に基づく輸出管理を適切に実施する観点から、大韓民国向けの輸出について厳格な制度の運用を行います。",
        "七月四日より、フッ化ポリイミド、レジスト、フッ化水素の大韓民国向け輸出及びこれらに関連する製造技術の移転について、包括輸出許可制度の対象から外し、個別に輸出審査を行うこととします。",
        "あわせて、大韓民国に関する輸出管理上のカテゴリーの見直しに向けた意見募集手続きを開始します。",
    ),
)
KOREAN: Final = Sample(
    lang="ko",
    charset="euc-kr",
    site="산업무역부",
    title="전략물자 수출입고시 개정안 행정예고",
    day="2019-08-14",
    menu=("홈", "정책 소개", "민원 안내", "채용 정보"),
    paragraphs=(
        "산업무역부는 전략물자의 수출 지역을 세분화하는 내용의 전략물자 수출입고시 개정안을 마련하여 "
        "이십 일간 의견을 수렴한다고 밝혔다.",
        "개정안에 따르면 국제수출통제체제의 기본 원칙에 맞지 않게 제도를 "
        "운영하는 국가에 대해서는 강화된 수출 통제를 "
        "적용하며, 개별 허가의 심사 기간은 십오 일 이내로 늘어난다.",
        "정부는 일본이 요청하면 의견 수렴 기간 중에 언제든지 정책 대화에 응할 준비가 되어 있다고 설명하였다.",
    ),
)
SIMPLIFIED: Final = Sample(
    lang="zh-CN",
    charset="gb2312",
    site="对外贸易部",
    title="关于对镓、锗相关物项实施出口管制的公告",
    day="2023-07-03",
    menu=("首页", "政务公开", "办事指南", "联系我们"),
    paragraphs=(
        "根据出口管制法的有关规定，为维护国家安全和利益，经批准，决定对镓、锗相关物项实施出口管制，未经许可不得出口。",
        "出口经营者应按照相关规定办理出口许可手续，通过省级主管部门提出申请，填写两用物项和技术出口申请表，并提交合同原件和最终用户证明。",
        "未经许可出口、超出许可范围出口或有其他违法情形的，由有关部门依照法律法规给予行政处罚；构成犯罪的，依法追究刑事责任。",
    ),
)
TRADITIONAL: Final = Sample(
    lang="zh-TW",
    charset="big5",
    site="國際貿易局",
    title="修正戰略性高科技貨品輸出管制清單",
    day="2023-01-05",
    menu=("首頁", "關於本局", "業務服務", "聯絡我們"),
    paragraphs=(
        "國際貿易局今日公告修正戰略性高科技貨品種類、特定戰略性高科技貨品種類及輸出管制地區，並自即日生效。",
        "本次修正將高階晶片製造設備納入管制，出口人應於輸出前向本局申請輸出許可證，並檢附最終用途證明書及最終使用者聲明書。",
        "違反規定者，主管機關得依貿易法處以罰鍰，並得停止其一個月以上一年以下輸出貨品，情節重大者廢止其出進口廠商登記。",
    ),
)
SAMPLES: Final = (ENGLISH, JAPANESE, KOREAN, SIMPLIFIED, TRADITIONAL)

HOSTILE: Final = {
    "nested": "<div>" * 200_000,
    "nested and closed": "<div>" * 200_000 + "x" + "</div>" * 200_000,
    "nested in quotes and out": '<p a=b">' + "<div>" * 200_000 + '"',
    "nested and hidden ends": '<div a="</div>">' * 200_000,
    "nested tables": "<table><tr><td>" * 50_000,
    "unknown elements": "<x>" * 200_000,
    "open formatting": "".join(f"<p><font a={number}>x" for number in range(20_000)),
    "open formatting of two kinds": "".join(f"<b {number}><i {number}>x" for number in range(20_000)),
    "attributes": "<p " + " ".join(f"a{number}=1" for number in range(80_000)) + ">x",
    "attributes of quotes": "<p " + 'a="' * 80_000 + ">x",
    "one endless tag": "<div " * 200_000,
}
"""Refused before a parser sees them."""
HEAVY: Final = {
    "comments": "<!-- " * 200_000,
    "brackets": "<" * 300_000,
    "names": "<a" * 500_000,
    "scripts": "<script>" * 100_000,
    "options": "<select>" + "<option>x" * 16_000,
    "cells out of tables": "<p>" + "".join(f"<font a={number}><td>x" for number in range(5_000)),
    "paragraphs at depth": "<div>" * 500 + "<p>x" * 250_000,
    "lists": "<ul><li>" * 500 + "x",
    "entities": "&amp" * 300_000,
    "nulls": "\0" * 100_000 + "<p>\0x&#0;&#xD800;&#xDFFF;y",
    "rows": "<table>" + "<tr><td>3A001<td>x" * 5_000,
}
"""Heavy, odd, but readable: each has to end in time, whatever is found."""
