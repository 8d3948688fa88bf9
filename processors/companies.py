"""Forms of companies in five scripts, words of institutions, and the name of a company without its form."""

from __future__ import annotations

import re
from typing import Final

from exportwatch.text import fold

FORM: Final = (
    r"(?:Co\.?,? ?(?:Ltd|Limited|LLC)\.?|Company,? (?:Ltd|Limited)\.?|Ltd\.?|Limited|Inc\.?|LLC|L\.L\.C\.|LLP|"
    r"PLC|plc|Corp\.?|"
    r"Corporation|Company|GmbH(?: & Co\.? KG)?|AG|KG|S\.A\.|SA|S\.p\.A\.|SpA|S\.r\.l\.|B\.V\.|BV|N\.V\.|Oy|AB|"
    r"A/S|JSC|OJSC|PJSC|OOO|"
    r"FZE|FZCO|FZ-LLC|Pte\.? Ltd\.?|Pvt\.? Ltd\.?|Sdn\.? Bhd\.?|K\.K\.|Pty\.? Ltd\.?)"
)
BODY: Final = (
    r"(?:Group|Holdings?|Technolog(?:y|ies)|Institute|University|Academy|Laborator(?:y|ies)|Cent(?:er|re)|"
    r"Systems|Electronics|"
    r"Semiconductors?|Industr(?:y|ies)|Trading|Shipping|Logistics|Aerospace|Dynamics|Works|Factory|Bureau|"
    r"School|Foundation)"
)
ENDS_IN_FORM: Final = re.compile(rf"(?:\b|[ ,]){FORM}\Z")
FIRST_FORM: Final = re.compile(rf",? {FORM}(?!\w)")
HAS_BODY: Final = re.compile(rf"\b{BODY}\b")
_OF_EAST: Final = (
    r"(?:有限责任公司|股份有限公司|有限公司|公司|集团|集團|研究所|研究院|大学|大學|学院|學院|实验室|實驗室|工厂|"
    r"厂|中心|"
    r"株式会社|合同会社|有限会社|社|研究機構|工業|商事|産業|주식회사|\(주\)|㈜|연구소|대학교|그룹|전자|"
    r"테크놀로지|테크|정밀|상사|물산|해운|화웨이|공업|"
    r"무역|산업)"
)
EAST_FORM: Final = re.compile(rf"{_OF_EAST}\Z|\A(?:株式会社|주식회사|㈜|\(주\))")


def normalised(name: str) -> str:
    """The name folded and without its company's form, by which its mentions are one: `huawei technologies`."""
    bare = name.strip(" ,.")
    while shorter := ENDS_IN_FORM.search(bare):
        if not bare[: shorter.start()].strip(" ,."):
            break
        bare = bare[: shorter.start()].strip(" ,.")
    bare = (
        re.sub(r"股份有限公司|有限责任公司|有限公司|株式会社|合同会社|有限会社|주식회사|㈜|\(주\)|（株）", "", bare)
        or bare
    )
    return " ".join(re.sub(r"[^\w&]+", " ", fold(bare).text).split())[:120]
