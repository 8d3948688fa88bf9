"""Parties: who was listed, delisted, fined or licensed, by name, in the sentences and lists that say so.

A name counts only in the place that grammar gives it (`adds … to the Entity List`, 将…列入…名单) or, in a
numbered list of a notice that lists, with a company's form or the word of an institution. Precision goes before
recall: names of states, offices, lists and goods, kinds of companies and counts of them are no parties.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from exportwatch.model import Field
from processors.companies import EAST_FORM, ENDS_IN_FORM, FIRST_FORM, FORM, HAS_BODY, normalised
from processors.events import Event
from processors.mentions import FieldReading, Found

MOST: Final = 500
_SENTENCES: Final = 200
_BARE: Final = 7
_LONGEST: Final = 120
_LINES: Final = 2_000
_BEFORE: Final = 320
_AFTER: Final = 240
_FATES: Final = {"list": "listed", "delist": "delisted", "enforce": "fined", "license": "licensed"}
_LISTS: Final = re.compile(r"list\b|清单|清單|名单|名單|リスト|명단|리스트|거래자", re.IGNORECASE)
_LIST_WORDS: Final = re.compile(
    r"[Ll]ist|designat|[清名][单單]|リスト|名簿|명단|리스트|목록|거래|名列|在列|榜上|added|removed"
)
_OF_GOODS: Final = re.compile(r"control|commerce|military goods|管制清单|管制清單|品目|품목", re.IGNORECASE)

_WORD: Final = r"[A-Z0-9][\w&'’/-]*\.?"
_ENGLISH_NAME: Final = re.compile(
    rf"[A-Z][\w&'’-]*(?:(?:,? {FORM})(?![\w])|(?:(?: of| for| &| de|"
    rf" fur)(?: the)?)? {_WORD})*(?:,? {FORM}(?![\w]))?"
)
# A name before another noun tells what that is (Huawei affiliates).
_MODIFIES: Final = re.compile(
    r"(?:['’]s)? (?!(?:and|or|to|on|onto|off|from|in|of|as|along|over|was|were|is|are|has|have|had|will|"
    r"agreed|agrees|an?|the|its)\b)"
    r"(?!a license|paid|pays|pleaded)[a-z]"
)
# Words in capitals that are no name, or not its first word.
_STOP_WORD: Final = re.compile(
    r"(?:The|A|An|This|These|Those|It|Its|He|She|They|We|In|On|At|By|For|From|To|Of|And|Or|But|As|If|After|"
    r"Before|When|While"
    r"|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)(?:day)?[.,]*"
    r"|(?:January|February|March|April|May|June|July|August|September|October|November|December|Entity|"
    r"Entities|Lists?"
    r"|Unverified|Denied|Persons|Military|End|Users?|Commerce|Trade|Government|Ministry|Department|Annex|"
    r"Supplement|Part"
    r"|Section|Chinese|American|Japanese|Korean|Russian|Iranian|Western|Asian|European|State|National|Export"
    r"|Administration|Regulations|New|President|Minister|Firms|Companies|Order|Rule|Federal|Register)[.,]*"
)
_ENGLISH_SLOTS: Final = (
    (
        "listed",
        r"\b(?:add(?:s|ed|ing)?|plac(?:e|es|ed|ing)|put(?:s|ting)?|nam(?:e|es|ed|ing))\b(?P<names>[^;]{2,240}?)"
        r"\b(?:to|on|onto)\b[^.;]{0,80}?\b(?:[Ll]ists?|blacklist)\b",
    ),
    ("listed", r"\b(?:blacklist(?:s|ed|ing)?|designat(?:es|ed|ing))\b(?P<names>[^;]{2,120})"),
    (
        "delisted",
        r"\b(?:remov(?:e|es|ed|ing)|delist(?:s|ed|ing)?|t(?:ake|akes|aken|ook)|dropp?(?:s|ed)?)"
        r"\b(?P<names>[^;]{2,240}?)"
        r"\b(?:from|off)\b[^.;]{0,80}?\b(?:[Ll]ists?|blacklist)\b",
    ),
    (
        "fined",
        r"\b(?:fined|penali[sz]ed|debarred|indicted|fines)\b(?! (?:in|at|for|to|by|with|over|last|on)\b)"
        r"(?P<names>[^;]{2,120}?)"
        r"(?:\$|\b(?:for|over|after|million|of)\b|\Z)",
    ),
    (
        "fined",
        r"\b(?:denied|denies|denying|revok(?:ed|es)|suspend(?:ed|s)) (?:the )?export privileges (?:of|to|"
        r"for)\b(?P<names>[^;]{2,160})",
    ),
    (
        "licensed",
        r"\b(?:grant(?:s|ed)?|issu(?:es|ed)|gave|gives|allow(?:s|ed)?|authori[sz](?:es|ed)|clear(?:s|ed)?)\b"
        r"(?P<names>[^;]{2,120}?)\b(?:an? |export |its )?(?:licen[cs]es?|permits?|authori[sz]ations?|permission|"
        r"to (?:ship|export|sell))\b",
    ),
)
_ENGLISH_SUBJECTS: Final = (
    ("listed", r"\b(?:(?:was|were|is|are|has been|have been|being) (?:added|placed|put|blacklisted|designated))\b"),
    ("delisted", r"\b(?:(?:was|were|is|are|has been|have been) (?:removed|delisted|taken off|dropped))\b"),
    (
        "fined",
        r"\b(?:agreed to pay|agrees to pay|will pay|must pay|paid|pays|to pay|pleaded guilty|pleads guilty|"
        r"(?:was|were|has been) "
        r"(?:fined|sentenced|penali[sz]ed|convicted|indicted|charged|debarred|denied export privileges))\b",
    ),
    (
        "licensed",
        r"\b(?:(?:was|were|has been|have been) (?:granted|issued|given|cleared|licen[cs]ed)|(?:has |have )?"
        r"(?:received|obtained|won|got)(?: an?| the| US| U\.S\.)*(?: export)? (?:licen[cs]es?|permits?|approval|"
        r"authori[sz]ation))\b",
    ),
)
_CHINESE: Final = r"[\u3400-\u9fffA-Za-z0-9·・&＆（）()\-－]"
_CHINESE_SLOTS: Final = (
    (
        "listed",
        r"(?:将|將|把)(?P<names>[^，。；;！？]{2,160}?)(?:正式)?(?:列入|纳入|納入|加入|增列入|列为|列為|"
        r"添加到|拉入)[^，。；]{0,16}?"
        r"(?:实体清单|實體清單|管控名单|管控名單|关注名单|關注名單|实体名单|實體名單|黑名单|黑名單|未经核实清单|"
        r"未經核實|观察名单|制裁名单|最终用户清单|军事最终用户|(?<![国國])名单|(?<![国國])名單)",
    ),
    (
        "listed",
        r"的(?P<names>[^，。的]{2,40}(?:公司|株式会社|集团|集團|研究所|研究院|大学|大學))，(?:列入|"
        r"纳入|納入)",
    ),
    ("listed", r"(?P<names>[\u3400-\u9fffA-Za-z]{2,8}?)(?:名列其中|榜上有名|在列)"),
    (
        "delisted",
        r"(?:将|將|把)(?P<names>[^，。；;！？]{2,160}?)(?:从|從)?[^，。；将]{0,14}?(?:清单|清單|名单|"
        r"名單)?(?:中)?(?:移出|移除|剔除|删除)",
    ),
    (
        "fined",
        r"(?:对|對)(?P<names>[^，。；;！？的]{2,80}?)(?:处以|處以|处|處|作出|罚款|罰款|开出|科处|科處|予以)"
        r"[^。；]{0,24}?(?:罚|罰|处分|處分)",
    ),
    (
        "fined",
        r"(?:\A|[，。；：])(?P<names>[^，。；;！？的对對]{2,60}?)(?:因[^。；]{2,60}?)?(?:被|遭)(?:处以|處以|"
        r"处|處|罚|罰|判处|"
        r"科)[^。；]{0,24}?(?:罚款|罰款|罚金|罰鍰|万元|萬元)",
    ),
    ("licensed", r"(?:批准|核准|准许|准許)(?P<names>[^，。；;！？的]{2,60}?)的?[^，。]{0,8}?(?:申请|申請)"),
)
_JAPANESE_NAME: Final = r"[\u3400-\u9fff々ァ-ヺーA-Za-zＡ-Ｚａ-ｚ0-9・&＆.（）()]{2,40}"
# Each begins where its run of characters begins, so that long runs are read once.
_JAPANESE_NAMES: Final = (
    rf"(?<![\u3400-\u9fff々ァ-ヺーA-Za-z0-9])(?P<names>{_JAPANESE_NAME}(?:(?:、|と|や|及び|"
    rf"および){_JAPANESE_NAME}){{0,20}})"
    r"(?:など|ら|等)?(?:の?[^、。をにがは]{0,14})?"
)
_JAPANESE_SLOTS: Final = (
    ("listed", rf"{_JAPANESE_NAMES}を、?[^。を]{{0,40}}?(?:リスト|名簿)(?:に|へ)(?:追加|掲載|加え|載せ|入れ|登載)"),
    ("listed", rf"{_JAPANESE_NAMES}[がは]、?[^。]{{0,40}}?(?:リスト|名簿)(?:に|へ)(?:追加され|掲載され|加えられ|載)"),
    ("delisted", rf"{_JAPANESE_NAMES}を、?[^。を]{{0,40}}?(?:リスト|名簿)から(?:削除|除外|外|除)"),
    (
        "fined",
        rf"{_JAPANESE_NAMES}(?:に|に対し(?:て)?)、?[^。に]{{0,30}}?(?:制裁金|罰金|課徴金|行政処分|輸出禁止|行政制裁)",
    ),
    ("fined", rf"{_JAPANESE_NAMES}を、?[^。を]{{0,30}}?(?:書類送検|行政処分|起訴|罰金)"),
    (
        "licensed",
        rf"{_JAPANESE_NAMES}(?:に|への)、?[^。]{{0,20}}?(?:輸出)?[^。]{{0,6}}?(?:許可を(?:出|与え)|許可した|"
        rf"承認した|認めた)",
    ),
)
_KOREAN_NAME: Final = r"(?:㈜ ?|\(주\) ?|주식회사 )?[가-힣A-Za-z0-9&]{2,24}(?:\(주\)|㈜| 주식회사)?"
_KOREAN_MORE: Final = rf"(?:(?:, ?|·|[과와] | 및 ){_KOREAN_NAME}){{0,12}}?"
_KOREAN_NAMES: Final = rf"(?<![가-힣A-Za-z0-9])(?P<names>{_KOREAN_NAME}{_KOREAN_MORE})"
_KOREAN_LIST: Final = r"(?:명단|리스트|목록|블랙리스트)"
_KOREAN_SLOTS: Final = (
    (
        "listed",
        rf"{_KOREAN_NAMES} 등(?: [^.]{{1,24}}?)?[을를] (?:(?![을를] )"
        rf"[^.]){{0,30}}?{_KOREAN_LIST}에 ?(?:올렸|올린|올리|올려|추가|포함|등재|넣)",
    ),
    (
        "listed",
        rf"{_KOREAN_NAMES}[을를] (?:(?![을를] )[^.]){{0,30}}?{_KOREAN_LIST}"
        rf"에 ?(?:올렸|올린|올리|올려|추가|포함|등재|넣)",
    ),
    (
        "listed",
        rf"{_KOREAN_NAMES}[이가은는] [^.]{{0,50}}?{_KOREAN_LIST}에 ?(?:올랐|추가됐|"
        rf"추가되|포함됐|등재됐)",
    ),
    ("listed", rf"우려거래자로 [^.]{{0,24}}?(?P<names>{_KOREAN_NAME})[을를] [^.]{{0,12}}?지정"),
    (
        "listed",
        rf"{_KOREAN_NAMES}[을를] [^.]{{0,12}}?(?:우려거래자|거래제한 대상)(?:로|"
        rf"으로) ?(?:새로 )?지정",
    ),
    (
        "delisted",
        rf"{_KOREAN_NAMES}(?: 등[^.]{{0,20}}?)?[을를] (?:(?![을를] )"
        rf"[^.]){{0,30}}?{_KOREAN_LIST}에서 ?(?:제외|삭제|뺐|빼|해제)",
    ),
    (
        "fined",
        rf"{_KOREAN_NAMES}에(?:게| 대해)? [^.]{{0,24}}?(?:과징금|벌금|과태료|"
        rf"행정처분|수출제한 처분)",
    ),
    (
        "licensed",
        rf"{_KOREAN_NAMES}의 [^.]{{0,16}}?(?:최종사용자|VEU)[^.]{{0,4}}?지정",
    ),
    (
        "licensed",
        rf"{_KOREAN_NAMES}(?:에|에게|의) [^.을를]{{0,30}}?(?:수출 ?허가|반입)"
        rf"[^.]{{0,16}}?(?:내줬|허용|승인|발급)",
    ),
)
_SLOTS: Final = {
    "en": tuple((fate, re.compile(pattern)) for fate, pattern in _ENGLISH_SLOTS),
    "ja": tuple((fate, re.compile(pattern)) for fate, pattern in _JAPANESE_SLOTS),
    "ko": tuple((fate, re.compile(pattern)) for fate, pattern in _KOREAN_SLOTS),
    "zh": tuple((fate, re.compile(pattern)) for fate, pattern in _CHINESE_SLOTS),
}
_SUBJECTS: Final = tuple((fate, re.compile(pattern)) for fate, pattern in _ENGLISH_SUBJECTS)
_DIVIDERS: Final = {
    "zh": re.compile(r"[、,，]|以及|和(?!記|记|平)|与|與|及"),
    "ja": re.compile(r"、|と|や|及び|および"),
    "ko": re.compile(r", ?|·|[과와] | 및 "),
}
_GENERIC: Final = re.compile(
    r"某|주범|협력사|向\Z|企业|企業|实体|實體|机构|機構\Z|个人|個人|物项|物項|货品|貨品|产品|產品|技术\Z|设备|"
    r"清单|名单|团体|団体|品目|部品|装置|国\Z|相关|有关|"
    r"[0-9一二三四五六七八九十百数數多两兩]+(?:家|个|個|名|社|곳|개|명|件|か国)|上述|该|其他|其它|部分|两家|"
    r"両社|各社|同社|当社|我が|"
    r"기업|업체|회사\Z|정부|품목|부품|장비|소재|국적자|개인|단체|기관|국가|양사|제품|이들|해당|이란\Z|(?:나라|"
    r"미국|중국|일본|한국)\Z|것\Z|공장\Z"
)
_PREFIX: Final = re.compile(
    r"\A(?:(?:米国|中国|韓国|台湾|ロシア|米|中|韓|露)(?:の|系)?(?:企業|大手|通信機器|半導体)?(?=[ァ-ヺA-Z])|"
    r"(?:包括|例如|涉事企业|美国企业|美國企業|其中)|"
    r"[^、。]{0,20}の(?=[\u3400-\u9fffァ-ヺ]{2}))"
)
_ROW: Final = re.compile(
    r"^[ \t　]*(?:[(（]?\d{1,3}[)）.、．]|[-•·*●○]|[①-⑳]|[(（][a-z一二三四五六七八九十]{1,2}[)）]|[a-z][.)])"
    r"[ \t　]*(?P<row>[^\n]{2,160})",
    re.M,
)
_ROW_END: Final = re.compile(
    r"[;；（(]|, (?:a\.k\.a|aka|located|which|including|with|for|under)|[,，、。]| [-–—] |\t|  |：|:"
)
_DENIED_BEFORE: Final = re.compile(
    r"(?:\b(?:not|never|declined to|refused to|whether to|n[’']t) |未|没有|"
    r"沒有|不会|不會|否认|否認)\Z"
)
_DENIED_AFTER: Final = re.compile(
    r"[していれさ]{0,4}(?:ない|ません|なかった)|[가-힣]{0,3}지 ?(?:않|못)|"
    r"[가-힣]{0,2} 계획(?:이|은) 없| not\b"
)
_STOPS: Final = re.compile(r"[。！？\n.!?]")
_ENDS_AFTER_STOP: Final = re.compile(r"[\"”’]? +[A-Z\"“가-힣]|\Z")
_ABBREVIATED: Final = ("Inc", "Ltd", "Co", "Corp", "U.S", "No", "Dr", "Mr", "St", "Ms")


class Party(NamedTuple):
    """A name at a place of the field as given, and what befell its bearer."""

    field: Field
    start: int
    end: int
    fate: str
    concept: str

    @property
    def rule(self) -> str:
        return f"parties/{self.fate}"


def parties(readings: Sequence[FieldReading], happened: Sequence[Event], language: str) -> list[Party]:
    """Who was listed, delisted, fined or licensed, by name, in order of place; at most `MOST`."""
    acts = [event for event in happened if event.action in _FATES and event.happens]
    clear = [event for event in acts if event.action in _FATES and event.lead and not event.recalled]
    fates = {"listed", "delisted", *(_FATES[event.action] for event in acts)}
    known = {reading.field: _Taken(reading) for reading in readings}
    found: dict[tuple[Field, int], Party] = {}
    for reading, low, high in _stretches(readings, happened, bool(clear)):
        taken = known[reading.field]
        for start, end, fate in _named(reading.original[low:high], language, fates):
            _keep(found, taken, Party(reading.field, low + start, low + end, fate, ""), language)
    for party in _rows(readings[-1], clear):
        _keep(found, known[party.field], party, language)
    return [found[key] for key in sorted(found)]


def _keep(found: dict[tuple[Field, int], Party], taken: _Taken, party: Party, language: str) -> None:
    quote = taken.reading.original[party.start : party.end]
    key = (party.field, party.start)
    if language != "en" and not _shown(quote) and (_wants_form(party, language) or len(quote) > _BARE):
        return
    if key not in found and len(found) < MOST and not taken.covers(party.start, party.end):
        found[key] = party._replace(concept=normalised(quote))


class _Taken:
    """The places of a field that are known as something else than a party."""

    def __init__(self, reading: FieldReading) -> None:
        self.reading = reading
        self._spans = [reading.folded.origin(found.start, found.end) for found in reading.found]
        self._starts = [start for start, _ in self._spans]

    def covers(self, start: int, end: int) -> bool:
        """Whether a name of the taxonomy covers more than half of this stretch; only what is near is looked at."""
        first = bisect_left(self._starts, start - _LONGEST)
        return any(
            2 * (min(last, end) - max(begin, start)) > end - start
            for begin, last in self._spans[first : bisect_left(self._starts, end)]
        )


def _wants_form(party: Party, language: str) -> bool:
    """Where anything may stand in the slot: Korean particles follow all nouns, and goods are licensed too."""
    return language == "ko" or party.fate in ("fined", "licensed")


def _shown(name: str) -> bool:
    """Whether a form, an institution or a foreign spelling shows this to be a name."""
    return bool(ENDS_IN_FORM.search(name) or HAS_BODY.search(name) or EAST_FORM.search(name) or _FOREIGN.match(name))


_FOREIGN: Final = re.compile(r"[ァ-ヺA-Z][ァ-ヺーA-Z&]|[A-Z][a-z]")
_ADDED: Final = re.compile(r"\b(?:are|were|is|was|been) (?:added|removed)\b")


def _stretches(
    readings: Sequence[FieldReading], happened: Sequence[Event], notice: bool
) -> Iterator[tuple[FieldReading, int, int]]:
    """Each sentence with such an act or the name of a list once, in the text as given; not where the act is denied."""
    seen: set[tuple[Field, int]] = set()
    denied = {(e.reading.field, e.sentence) for e in happened if e.action in _FATES and not e.happens}
    for reading in readings:
        folded = reading.folded
        places = [
            folded.origin(event.start, event.end)
            for event in happened
            if event.reading is reading
            and event.action in _FATES
            and event.happens
            and (reading.field, event.sentence) not in denied
        ]
        places += [
            folded.origin(found.start, found.end)
            for found in reading.found
            if found.name.concept.kind == "programme"
            and _of_parties(reading, found)
            and not any(low <= found.start < high for which, (low, high) in denied if which == reading.field)
        ]
        places += [match.span() for match in _ADDED.finditer(reading.original)] if notice else []
        for start, end in places:
            low, high = _sentence(reading.original, start, end)
            if (reading.field, low) not in seen and len(seen) < _SENTENCES:
                seen.add((reading.field, low))
                yield reading, low, high


def _of_parties(reading: FieldReading, found: Found) -> bool:
    """Whether this names a list that parties stand on, not one of goods."""
    name = reading.scanned[found.start : found.end + 6]
    return bool(_LISTS.search(name)) and not _OF_GOODS.search(name)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Bounds of the sentence around an act, no further than names are looked for; a full stop after Inc. ends none."""
    low, high = max(0, start - _BEFORE), min(len(text), end + _AFTER)
    for stop in _STOPS.finditer(text, low, start):
        if _ends(text, stop.start()):
            low = stop.end()
    for stop in _STOPS.finditer(text, end, high):
        if _ends(text, stop.start()):
            return low, stop.end()
    return low, high


def _ends(text: str, place: int) -> bool:
    if text[place] in "。！？\n":
        return True
    return bool(_ENDS_AFTER_STOP.match(text, place + 1)) and not text.endswith(_ABBREVIATED, max(0, place - 4), place)


def _named(sentence: str, language: str, fates: set[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and fate of each name in its slot of a sentence."""
    family = language.partition("-")[0]
    if not _LIST_WORDS.search(sentence):
        fates = fates - {"listed", "delisted"}
    for fate, pattern in _SLOTS.get(family, ()):
        if fate not in fates:
            continue
        for match in pattern.finditer(sentence):
            if _DENIED_BEFORE.search(sentence[: match.start()]) or _DENIED_AFTER.match(sentence, match.end()):
                continue
            low, high = match.span("names")
            names = _english(sentence, low, high) if family == "en" else _eastern(sentence, low, high, family)
            for start, end in names:
                yield start, end, fate
    if family == "en":
        for fate, pattern in _SUBJECTS:
            verb = pattern.search(sentence) if fate in fates else None
            if verb and not _DENIED_AFTER.match(sentence, verb.end()):
                next_one = verb.start()
                for start, end in reversed([*_english(sentence, 0, verb.start())]):
                    beside = sentence[end:next_one].strip(" ,") in ("", "and", "also", "and also")
                    if beside:
                        next_one = start
                    if beside or ENDS_IN_FORM.search(sentence[start:end]):
                        yield start, end, fate


def _english(sentence: str, low: int, high: int) -> Iterator[tuple[int, int]]:
    for match in _ENGLISH_NAME.finditer(sentence, low, high):
        start, end = match.span()
        words = sentence[start:end].split()
        while words and _STOP_WORD.fullmatch(words[0]):
            start += len(words[0]) + 1
            words = words[1:]
        name = sentence[start:end].rstrip(" ,") if words else ""
        if name.endswith(".") and not ENDS_IN_FORM.search(name):
            name = name.rstrip(".")
        name = name.removesuffix("'s").removesuffix("’s")
        if (form := FIRST_FORM.search(name)) and not FIRST_FORM.match(name, form.end()):
            name = name[: form.end()]
        formed = ENDS_IN_FORM.search(name) or HAS_BODY.search(name)
        if not formed and (_MODIFIES.match(sentence, start + len(name)) or sentence[:start].endswith("(")):
            continue
        if len(name) > 2 and name[0].isupper() and not all(map(_STOP_WORD.fullmatch, name.split())):
            yield start, start + len(name)


def _eastern(sentence: str, low: int, high: int, family: str) -> Iterator[tuple[int, int]]:
    names = sentence[low:high]
    cut = re.search(r"等|など|在内|（以下|及其", names) if family == "zh" else None
    if cut:
        high = low + cut.start()
    place = low
    for part in [*_DIVIDERS[family].finditer(sentence, low, high), None]:
        end = part.start() if part else high
        start = place
        place = part.end() if part else high
        if prefix := _PREFIX.match(sentence[start:end]):
            start += prefix.end()
        name = re.split(r"[（(](?!주|株)", sentence[start:end])[0].strip()
        start += len(sentence[start:end]) - len(sentence[start:end].lstrip())
        plain = len(name) <= 24 and not _GENERIC.search(name) and "的" not in name and "の" not in name
        if len(name) >= 2 and plain and not name.isdigit():
            yield start, start + len(name)


def _rows(reading: FieldReading, clear: Sequence[Event]) -> Iterator[Party]:
    """Numbered names of a notice that lists, delists or denies, where a form or institution shows them to be names."""
    if not clear:
        return
    fate = _FATES[max(clear, key=lambda event: event.weight).action]
    for number, match in enumerate(_ROW.finditer(reading.original)):
        if number >= _LINES:
            return
        name = _row_name(match["row"])
        shown = ENDS_IN_FORM.search(name) or HAS_BODY.search(name) or EAST_FORM.search(name)
        if shown and name[:1].isalnum() and not name[:1].islower() and len(name) <= 100 and not _GENERIC.search(name):
            yield Party(reading.field, match.start("row"), match.start("row") + len(name), fate, "")


def _row_name(row: str) -> str:
    """The name at the head of a row; a comma before the company's form is part of it."""
    place = 0
    while end := _ROW_END.search(row, place):
        if end[0] == "," and (form := re.compile(rf", {FORM}(?!\w)").match(row, end.start())):
            place = form.end()
            continue
        if end[0] in "（(" and re.match(r"[（(](?:주|株)[)）]", row[end.start() :]):
            place = end.start() + 3
            continue
        return (
            row[: end.start()].rstrip(" .")
            if not row[: end.start()].endswith(("Ltd.", "Inc.", "Co."))
            else row[: end.start()]
        )
    return row.rstrip(" ")
