"""The grammar of Chinese: who acts, who is acted upon, and how far a modifier is heard (it stands before the verb)."""

from __future__ import annotations

import re
from typing import Final

from processors.grammar import NEVER, Grammar, Reach

_REACHES: Final = {"negation": Reach(8, 0), "hedge": Reach(14, 0), "demand": Reach(22, 0)}
_TRADE: Final = r"(?:出口|管制|限制|禁运|禁運|断供|斷供|提供|供应|供應|销售|銷售|输出|輸出)"
GRAMMAR: Final = Grammar(
    re.compile(
        r"(?:输往|销往|輸往|銷往|出口到|出口至|输|向|往|至|将\d+家|將\d+家|将[^。;]{0,16}等\d*[家个]?|对|對|将|將)\Z"
    ),
    re.compile(
        rf"(?!以外)(?:的)?[^。;,]{{0,15}}{_TRADE}|(?:实体|企业|公司|實體|企業)[^。]{{0,20}}(?:列入|纳入|納入)"
        r"|[^。;,]{0,6}(?:移出|踢出|剔除)|地區[^。;,]{0,4}輸出"
    ),
    NEVER,
    re.compile(
        r"(?:政府|商务部|商務部|经济产业省|当局|方|[^。,;、]{0,6}部长?)?[^。,;]{0,8}"
        r"(?:宣布|决定|決定|同意|启动|拟|将|將|已|正式|扩大|擴大|收紧|收緊|放宽|放寬|修订|修訂|更新|推出|升级|升級|批准|泛化|滥用|濫用|通报|公布)"
        r"|(?:政府|商务部|商務部)?(?:限制|禁止|允许|允許|准许|准許|叫停)[^。,;]{0,16}(?:出口|輸出)"
        r"|(?:两国|兩國)?[^。;]{0,16}同意[^。;]{0,20}管制|(?:、[^。,;]{1,6})?(?:对|針對|针对|對)[^。,;]{0,25}(?:管制|限制|禁令|“?芯片战|断供)|[^。,;]{0,4}(?:出口管制|出口管理)|[^。,;《》]{0,16}(?:条例|管理办法)"
    ),
    _REACHES,
)
