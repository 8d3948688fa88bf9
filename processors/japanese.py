"""The grammar of Japanese: who acts, who is acted upon, and how far a modifier is heard (it stands after the verb)."""

from __future__ import annotations

import re
from typing import Final

from processors.grammar import NEVER, Grammar, Reach

_REACHES: Final = {"negation": Reach(0, 18), "hedge": Reach(0, 24), "demand": Reach(0, 14)}
_TRADE: Final = r"(?:輸出|規制|供給|出荷|禁輸|移転|措置|販売)"
GRAMMAR: Final = Grammar(
    NEVER,
    re.compile(
        rf"(?:など|等|企業|側|政府)?(?:向け|を仕向地|に向けた輸出|(?:への|に対する|に対し|へ)[^。、]{{0,20}}{_TRADE}"
        r"|に[^。、]{0,14}(?:輸出|移転|提供|供与|販売)(?:し|す|を|で)"
        r"|を[^。]{0,12}(?:ホワイト国|グループa|優遇)[^。]{0,8}(?:から|除外|外))"
    ),
    NEVER,
    re.compile(
        r"(?:政府|側|当局|商務省|商務部|経済産業省)?"
        r"(?:による[^。、]{0,20}(?:輸出|規制|制限|管理|禁輸)|(?:は|が)[^。]{0,60}(?:規制|制限|禁止|強化|緩和|解除|追加|指定|発表|除外)"
        r"|の(?:対[米中韓露ロ日台]|新たな|一連の|半導体|レアアース)?[^。、]{0,8}(?:輸出(?:規制|管理|制限|禁止)|禁輸|規制強化))"
    ),
    _REACHES,
)
