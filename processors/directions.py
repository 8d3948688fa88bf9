"""Who acts and who is acted upon: the grammar around a jurisdiction's name, in four languages.

Presence proves nothing. `exports to Korea`, 韓国向け輸出, 대일 수출 and 对美出口 make it affected; `Japan tightened`,
中国による輸出規制, 일본의 수출규제 and 美方滥用出口管制 make it implementing. Names in a list share one role.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from processors.mentions import FieldReading, Found

Role = Literal["implementing", "affected", ""]

_BACK: Final = 90


class Grammar(NamedTuple):
    """What stands before (ending at) and after (starting at) a name in either role."""

    affected_before: re.Pattern[str]
    affected_after: re.Pattern[str]
    implementing_before: re.Pattern[str]
    implementing_after: re.Pattern[str]


_NEVER: Final = r"(?!)"
_EN_VERB: Final = (
    r"(?:impos|tighten|announc|introduc|bann|ban |bans |restrict|curb|eas(?:e|es|ed|ing)\b|lift|add(?:s|ed)|remov|"
    r"exclud|intensif|toughen|block|halt|suspend|operat|decid|approv|amend|revis|expand|requir|limit|prohibit|stopp|strip|"
    r"allow|permits?\b|authori[sz]|resum|loosen|relax)"
)
_EN_FUNCTION: Final = r"(?:the|an?|its|their|on|in|of|and|or|said|from|over|by|with|about) "
_EN_OBJECT: Final = re.compile(r"\b(?:eas|tighten|lift|relax|loosen|impos|expand)(?:e|es|ed|s|ing)? (?:its |the )?\Z")
_EN: Final = Grammar(
    re.compile(
        r"(?:\b(?:re ?)?(?:exports?|exported|exporting|shipments?|shipped|ship|sales?|sells?|selling|sold|"
        r"suppl(?:y|ies|ied)|"
        r"transfers?|transferred|transferring|diver(?:t|ted|sion)|destined|technology|computers?|goods|items|delivered|"
        r"licen[sc]e(?:s|d)?|destinations?)\b[^.;:]{0,60}?"
        r"\b(?:to or within|to|into|within)(?: the| mainland)?"
        r"|\bdestinations? of(?: the)?"
        r"|\b(?:controls?|curbs?|restrictions?|ban|embargo|limits|measures)"
        r"(?: that| which)? (?:on|against|targeting|aimed at)"
        r"(?: the)?"
        r"|\b(?:remov|strik|dropp?|exclud|strip)\w*(?: the)?"
        r"|\b(?:destined for|bound for|entities in|companies in|users? in)(?: the)?) \Z"
    ),
    re.compile(
        r"(?:'s|’s)? (?:bound (?:exports?|shipments?)|access to)|(?:'s|’s)? (?:from (?:its|the|a|japan's)[^.;]{0,20}"
        r"(?:white ?list|list of|group a))"
    ),
    re.compile(r"\b(?:imposed|introduced|announced|adopted|operated|applied|issued) by(?: the)? \Z"),
    re.compile(
        rf"(?:'s|’s|s')?(?: government| commerce ministry| trade ministry| cabinet| commerce department)?"
        rf"(?: (?!{_EN_FUNCTION})[a-z]+){{0,2}}"
        rf"(?: (?:will|would|has|have|had|also|to|is|was|further|again|said it))* {_EN_VERB}"
        r"|(?:'s|’s|s')?(?: (?:new|strict(?:er)?|tight(?:er)?|chip|technology|high tech|semiconductor))*"
        r" (?:export|trade restrictions|curbs|white ?list|controls)"
    ),
)
_JA_TRADE: Final = r"(?:輸出|規制|供給|出荷|禁輸|移転|措置|販売)"
_JA: Final = Grammar(
    re.compile(_NEVER),
    re.compile(
        rf"(?:など|等|企業|側|政府)?(?:向け|を仕向地|に向けた輸出|(?:への|に対する|に対し|へ)[^。、]{{0,20}}{_JA_TRADE}"
        r"|に[^。、]{0,14}(?:輸出|移転|提供|供与|販売)(?:し|す|を|で)"
        r"|を[^。]{0,12}(?:ホワイト国|グループa|優遇)[^。]{0,8}(?:から|除外|外))"
    ),
    re.compile(_NEVER),
    re.compile(
        r"(?:政府|側|当局|商務省|商務部|経済産業省)?"
        r"(?:による[^。、]{0,20}(?:輸出|規制|制限|管理|禁輸)|(?:は|が)[^。]{0,60}(?:規制|制限|禁止|強化|緩和|解除|追加|指定|発表|除外)"
        r"|の(?:対[米中韓露ロ日台]|新たな|一連の|半導体|レアアース)?[^。、]{0,8}(?:輸出(?:規制|管理|制限|禁止)|禁輸|規制強化))"
    ),
)
_KO_TRADE: Final = r"(?:수출|규제|통제|제재|반출|공급|보복)"
_KO: Final = Grammar(
    re.compile(r"(?<![가-힣])[대對] ?\Z"),
    re.compile(
        rf"(?:향 ?(?:수출|반도체)|(?:에 ?대한|을 ?대상으로|를 ?대상으로|을 ?겨냥|를 ?겨냥)[^.]{{0,20}}{_KO_TRADE}"
        r"|(?:으로|로|에)(?:의)? ?(?:수출|반출|공급|출하)"
        r"|[을를] ?(?:배제|제외)|[을를] ?[^.]{0,14}(?:화이트 ?리스트|백색국가|우대국|수출)[^.]{0,10}(?:제외|배제|규제)"
        r"| [가-힣 ]{0,12}?(?:반도체|기업|업체)(?:에|들에)? ?[^.]{0,8}(?:제재|봉쇄|수출 ?통제|수출 ?규제))"
    ),
    re.compile(_NEVER),
    re.compile(
        r"(?: ?정부| ?경제산업성| ?상무부| ?당국| ?측)?(?:(?:이|가|은|는|에서|의|발|도|,) ?[^.]{0,45}?| ?)"
        r"(?:수출 ?(?:규제|통제|제한|금지)|수출을 ?(?:규제|제한|금지)|화이트 ?리스트|백색국가|"
        r"무역 ?보복|경제 ?보복|경제 ?제재|무역 ?제재|보복성)"
    ),
)
_ZH_TRADE: Final = r"(?:出口|管制|限制|禁运|禁運|断供|斷供|提供|供应|供應|销售|銷售|输出|輸出)"
_ZH: Final = Grammar(
    re.compile(
        r"(?:输往|销往|輸往|銷往|出口到|出口至|输|向|往|至|将\d+家|將\d+家|将[^。;]{0,16}等\d*[家个]?|对|對|将|將)\Z"
    ),
    re.compile(
        rf"(?!以外)(?:的)?[^。;,]{{0,15}}{_ZH_TRADE}|(?:实体|企业|公司|實體|企業)[^。]{{0,20}}(?:列入|纳入|納入)"
        r"|[^。;,]{0,6}(?:移出|踢出|剔除)|地區[^。;,]{0,4}輸出"
    ),
    re.compile(_NEVER),
    re.compile(
        r"(?:政府|商务部|商務部|经济产业省|当局|方|[^。,;、]{0,6}部长?)?[^。,;]{0,8}"
        r"(?:宣布|决定|決定|同意|启动|拟|将|將|已|正式|扩大|擴大|收紧|收緊|放宽|放寬|修订|修訂|更新|推出|升级|升級|批准|泛化|滥用|濫用|通报|公布)"
        r"|(?:政府|商务部|商務部)?(?:限制|禁止|允许|允許|准许|准許|叫停)[^。,;]{0,16}(?:出口|輸出)"
        r"|(?:两国|兩國)?[^。;]{0,16}同意[^。;]{0,20}管制|(?:、[^。,;]{1,6})?(?:对|針對|针对|對)[^。,;]{0,25}(?:管制|限制|禁令|“?芯片战|断供)|[^。,;]{0,4}(?:出口管制|出口管理)|[^。,;《》]{0,16}(?:条例|管理办法)"
    ),
)
_GRAMMARS: Final = {"en": _EN, "ja": _JA, "ko": _KO, "zh-Hans": _ZH, "zh-Hant": _ZH}
_LIST_GAP: Final = re.compile(
    r"(?:[\s,、，;；()（）\d]|\band\b|\bor\b|\bthe\b|\bof\b|people's republic|및|와|과|和|及|与|與|還有|·)*"
)
_HEADLINE: Final = re.compile(
    r"[、,] ?[^。]{0,40}(?:規制|管制|制限|禁止|解除|緩和|強化|厳格化|輸出を許可|收紧|收緊|放宽|列入|"
    r"규제|통제|제한|수출을? ?(?:금지|차단|막|허용|재개))"
)
_NEW_LIST: Final = 24


class Direction(NamedTuple):
    """The role of one name, and where the name stands."""

    code: str
    role: Role
    reading: FieldReading
    found: Found


def directions(reading: FieldReading, language: str) -> list[Direction]:
    """One entry a jurisdiction named in the field, in order; the role is empty where grammar says nothing."""
    grammar = _GRAMMARS.get(language, _EN)
    chinese = language.startswith("zh")
    named = [found for found in reading.found if found.name.concept.kind == "jurisdiction"]
    roles = [_role(reading.scanned, found, grammar, chinese) for found in named]
    heads = bool(named) and not roles[0] and _heads_the_line(reading.scanned, named)
    if heads and roles[1:2] == ["affected"]:
        roles[0] = "implementing"  # not a list: 米国、中国への輸出を禁止
    _share(reading.scanned, named, roles)
    if heads and not roles[0] and not _listed(named):
        roles[0] = "implementing"
    return [Direction(found.name.concept.value, role, reading, found) for found, role in zip(named, roles, strict=True)]


def _role(scanned: str, found: Found, grammar: Grammar, chinese: bool) -> Role:
    label = found.name.label
    if label.role == "toward":
        return "affected"
    if label.role == "press":
        return ""
    before = grammar.affected_before.search(scanned, max(0, found.start - _BACK), found.start)
    after = grammar.affected_after.match(scanned, found.end)
    if (before and after) if chinese else (before and label.role != "adjective") or after:
        return "affected"
    if grammar.implementing_after.match(scanned, found.end):
        # `eases Soviet export controls`: the controls on them, not theirs
        eased = label.role == "adjective" and _EN_OBJECT.search(scanned, max(0, found.start - _BACK), found.start)
        return "affected" if eased else "implementing"
    if grammar.implementing_before.search(scanned, max(0, found.start - _BACK), found.start):
        return "implementing"
    return ""


def _heads_the_line(scanned: str, named: list[Found]) -> bool:
    """The actor of a headline, before a comma in place of its particle: 中国、ガリウムの輸出規制を強化."""
    return named[0].start == 0 and bool(_HEADLINE.match(scanned, named[0].end))


def _listed(named: list[Found]) -> bool:
    return len(named) > 1 and named[1].start == named[0].end + 1


def _share(scanned: str, named: list[Found], roles: list[Role]) -> None:
    """`to Russia, Belarus and Iran`: what is said of one name of a list is said of the others."""
    pairs = [
        (index, index + 1)
        for index in range(len(named) - 1)
        if named[index].end < named[index + 1].start <= named[index].end + _NEW_LIST
        and _LIST_GAP.fullmatch(scanned, named[index].end, named[index + 1].start)
    ]
    for left, right in reversed(pairs):
        roles[left] = roles[left] or roles[right]
    for left, right in pairs:
        roles[right] = roles[right] or roles[left]
