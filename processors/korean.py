"""The grammar of Korean: who acts, who is acted upon, and how far a modifier is heard (it stands after the verb)."""

from __future__ import annotations

import re
from typing import Final

from processors.grammar import NEVER, Grammar, Reach

_REACHES: Final = {"negation": Reach(0, 18), "hedge": Reach(0, 24), "demand": Reach(0, 14)}
_TRADE: Final = r"(?:수출|규제|통제|제재|반출|공급|보복)"
GRAMMAR: Final = Grammar(
    re.compile(r"(?<![가-힣])[대對] ?\Z"),
    re.compile(
        rf"(?:향 ?(?:수출|반도체)|(?:에 ?대한|을 ?대상으로|를 ?대상으로|을 ?겨냥|를 ?겨냥)[^.]{{0,20}}{_TRADE}"
        r"|(?:으로|로|에)(?:의)? ?(?:수출|반출|공급|출하)"
        r"|[을를] ?(?:배제|제외)|[을를] ?[^.]{0,14}(?:화이트 ?리스트|백색국가|우대국|수출)[^.]{0,10}(?:제외|배제|규제)"
        r"| [가-힣 ]{0,12}?(?:반도체|기업|업체)(?:에|들에)? ?[^.]{0,8}(?:제재|봉쇄|수출 ?통제|수출 ?규제))"
    ),
    NEVER,
    re.compile(
        r"(?: ?정부| ?경제산업성| ?상무부| ?당국| ?측)?(?:(?:이|가|은|는|에서|의|발|도|,) ?[^.]{0,45}?| ?)"
        r"(?:수출 ?(?:규제|통제|제한|금지)|수출을 ?(?:규제|제한|금지)|화이트 ?리스트|백색국가|"
        r"무역 ?보복|경제 ?보복|경제 ?제재|무역 ?제재|보복성)"
    ),
    _REACHES,
)
