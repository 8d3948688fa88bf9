"""Calendar days of a field and what they are to a measure: announced, in force from, in force until.

Days in full (2024年9月15日, 令和七年四月一日, September 15, 2024) stand for themselves. Days that lack a year or month,
weekdays, and terms that run from publication are resolved against the day of publication, those but a day of the month
only where grammar gives them a part in a measure. What fits two days alike is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Final, Literal, NamedTuple

from processors import calendar
from processors.mentions import FieldReading

Role = Literal["", "announced", "effective", "expires"]

_MANY: Final = 2_000
_SIGNS: Final = 20_000
_HEAD: Final = 26
_NUMBER: Final = r"(?:\d{1,3}|[〇一二三四五六七八九十百]{1,5})"
_YEAR: Final = r"(?:(?:19|20)\d\d|[〇一二三四五六七八九]{4})"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OF_WEEK: Final = {
    **dict(zip("月火水木金土日", range(7), strict=True)),
    **dict(zip("월화수목금토일", range(7), strict=True)),
}
_OF_WEEK_ZH: Final = dict(zip("一二三四五六日", range(7), strict=True)) | {"天": 6}

# Each kind of day is looked for at a rare sign first: patterns tried at every character would cost more than the scan.
_ISO_YEAR: Final = re.compile(r"[12][09]\d\d[-/.]")
_ISO_NOT_AFTER: Final = frozenset("0123456789./-")
_ISO: Final = re.compile(
    r"(?P<y>(?:19|20)\d\d)(?:-|/|\. ?)(?P<m>1[0-2]|0?[1-9])(?:-|/|\. ?)(?P<d>3[01]|[12]\d|0?[1-9])(?![\d-])"
)
_EAST_SIGN: Final = re.compile(r"[日일号號]")
_EAST_BEFORE: Final = frozenset("0123456789一二三四五六七八九十)） ")
_EAST: Final = re.compile(r"(?P<d>(?<!\d)\d{1,2}|[一二三四五六七八九十]{1,3})(?:[)）] ?| ?)[日일号號]\Z")
_EAST_COUNT: Final = re.compile(r" ?\d+ ?[個个개]")
_EAST_HEAD: Final = re.compile(
    rf"(?:(?P<era>令和|平成|昭和|(?:中華)?民國) ?(?P<ey>元|{_NUMBER}) ?年 ?|(?P<y>{_YEAR}) ?[年년] ?"
    rf"|(?P<ry>今年|本年|来年|明年|翌年|去年|昨年|내년|올해|금년|지난해|작년) ?)?(?P<m>1[0-2]|0?[1-9]|"
    rf"[一二三四五六七八九十]{{1,2}}) ?[月월] ?\Z"
    r"|(?P<rm>来月|翌月|下月|下个月|下個月|次月|내달|다음 ?달|今月|本月|이달|이번 ?달|先月|上月|上個月|上个月|"
    r"지난 ?달) ?\Z"
    r"|(?P<today>今|本)[(（]\Z"
    r"|(?P<lean>오는|지난|去る|来る) ?\Z"
)
_MONTH_SHIFT: Final = {"来": 1, "翌": 1, "下": 1, "次": 1, "내": 1, "다": 1, "先": -1, "上": -1, "지": -1}
_DIGITS: Final = re.compile(r"[0-9]+")
_MONTH_BEFORE: Final = re.compile(rf"\b{_MONTH}\b\.? (?:3[01]|[12]\d|0?[1-9])\Z")
_MONTH_AFTER: Final = re.compile(rf"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?: day of)? {_MONTH}\b")
_MONTH_LETTERS: Final = frozenset("bceghlnprtvy.")
"""What stands before the space before the day: the last letter of a month, or its full stop."""
_ENGLISH_BEFORE: Final = frozenset(" \n\t(,;:-–—\u00a0") | {""}
_ORDINAL: Final = re.compile(r"(?:st|nd|rd|th)\b")
_ENGLISH_YEAR: Final = re.compile(r",? (?:of )?(?P<y>(?:19|20)\d\d)\b|,? (?P<ry>(?:this|next|last) year)\b")
_WEEKDAY: Final = re.compile(
    r"\b(?:(next|last|this|on|from|starting|beginning|as of) )?((?:mon|tues|wednes|thurs|fri|satur|sun)day)\Z"
)
_WEEKDAY_EAST: Final = re.compile(
    r"(?:来週|다음 ?주) ?の?(?P<w>[月火水木金土日월화수목금토일])(?:曜日?|요일)|下(?:个|個)?(?:周|週|星期|礼拜|"
    r"禮拜)(?P<z>[一二三四五六日天])"
)
_UNIT: Final = r"(?P<u>日|天|週間|周|か月|箇月|ヶ月|カ月|月|个月|個月|개월|월|年|일|년|주)"
_TERM: Final = re.compile(
    r"公[布示告]|告示|発出|发[布文]|發[布文]|印发|颁布|頒布|공[포고]|고시|발령|게재|即[日時]|今日|同日|本日|"
    r"当日|今天|당일|이날|같은|즉시|"
    r"来週|다음|下[周週星礼禮个個]|20\d\d"
)
_PUBLISHED: Final = re.compile(
    r"(?:公布|公示|発出|告示)の日から(?:起算して)?(?:(?P<n>"
    + _NUMBER
    + r") ?"
    + _UNIT
    + r"を(?P<ja>経過した日)|(?=施行|適用))"
    r"|(?:公布|公示|告示)(?:の日|日)(?=に施行|より施行)"
    r"|(?:공포|고시|공고|발령|게재) ?(?:(?:한|된) ?날|일|즉시|와 ?동시)(?! ?(?:로부터 ?|부터 ?|이? ?후 ?)\d)"
    r"|(?:공포|고시|공고|발령) ?(?:한 날부터|일로부터|일부터|후|이후) ?(?P<n2>"
    + _NUMBER
    + r") ?(?P<u2>일|개월|월|년|주)"
    r"(?:[이을가] ?)?(?P<ko>경과한|지난|지나|후|뒤)"
    r"|(?:公布|发布|發布|公告|印发|颁布|頒布|发文|發文)(?:之日|之后|後|后|日)起? ?(?P<n3>"
    + _NUMBER
    + r") ?(?P<u3>日|天|个月|個月|年|周|週)"
    r"(?P<zh>[之以]?[后後]|起)"
    r"|(?:公布|发布|發布|公告|印发|颁布|頒布)(?P<n4>" + _NUMBER + r") ?(?P<u4>日|天|个月|個月|年|周|週)[之以]?[后後]"
    r"|(?:公布|发布|發布|公告|印发|颁布|頒布|發文|发文)(?:之)?日(?:起|(?=施行|"
    r"生效))(?! ?(?:[0-9一二三四五六七八九十]))"
    r"|(?:即日|今日)(?:起|から|より|(?=[实實]施|実施|施行))|即時(?=施行|生效|實施)"
    r"|(?:同日|本日|当日|今天|당일|이날|같은 ?날) ?(?:から|より|付で|부터|起)|즉시 ?(?=시행|발효)"
)
_SAME: Final = re.compile(r"同日|당일|이날|같은 ?날")
_UNITS: Final = {
    **dict.fromkeys(("日", "天", "일"), "day"),
    **dict.fromkeys(("週間", "周", "週", "주"), "week"),
    **dict.fromkeys(("か月", "箇月", "ヶ月", "カ月", "月", "个月", "個月", "개월", "월"), "month"),
    **dict.fromkeys(("年", "년"), "year"),
}
_EFFECT: Final = ("effect", "in force", "into force", "appl", "operative")
_ANCHORS: Final = ("publication", "immediate", "at once", "notice", "announcement", "today", "promulgation", " now")
_DAY_WORD: Final = re.compile(r"day\b")
_EFFECT_WORD: Final = re.compile(r"\b(?:effect|effective|in(?:to)? force|appl(?:y|ies)|operative)\b")
_PUBLICATION: Final = re.compile(
    r"\b(?P<n>\d{1,3}|thirty|sixty|ninety|ten|fourteen|fifteen|twenty|forty[ -]five|one|two|three|six|twelve)"
    r" (?:calendar )?(?P<u>day|week|month|year)s? (?:after|following|from)(?: the)?(?: (?:date|day))?(?: of)?"
    r"(?: (?:its|their|this|the|that))?(?: official)? ?(?:publication|notice|announcement|promulgation|today)\b"
    r"|\bthe day (?:following|after)(?: that of)?(?: the| its| their)?(?: date of)? ?(?P<next>publication)"
    r"|\b(?:up)?on(?: the)?(?: date of| day of)?(?: its| their)? publication\b"
    r"|\bimmediately\b|\bat once\b|\bwith immediate effect\b|\beffective (?:today|now)\b"
)
_FISCAL: Final = re.compile(r"(?P<y>(?:20)\d\d)(?:年度| ?회계연도)(?=から|より|부터|に施行)")
_WHOLE: Final = 240
_STOP: Final = re.compile(r"[。！？!?\n;；]|\.(?= |$)")


class Day(NamedTuple):
    """A calendar day (ISO) at a place of the folded text, and its part in a measure where grammar tells."""

    value: str
    start: int
    end: int
    role: Role
    rule: str


def days(reading: FieldReading, published: str) -> list[Day]:
    """The days of a field, in order; `published` is the ISO day that all but full dates are resolved against."""
    text = reading.folded.text
    if not text:
        return []
    known = _iso(published)
    found = [*_written(text), *_eastern(text, known), *_english(text, known)]
    if known:
        found.extend(_weekdays(text, known))
        found.extend(_upon_publication(text, known))
        found.extend(_from_publication(text, known))
    found.sort(key=lambda day: (day.start, -day.end))
    kept = [day for place, day in enumerate(found) if not place or day.start >= found[place - 1].end][:_MANY]
    return [_same(text, day, kept[place - 1]) if place else day for place, day in enumerate(kept)]


def _same(text: str, day: Day, before: Day) -> Day:
    """同日 and 같은 날 are the day named before in the sentence or the one before it; else that of publication."""
    near = day.start - before.end <= _WHOLE and "\n" not in text[before.end : day.start]
    same = _SAME.match(text, day.start)
    return day._replace(value=before.value, rule="date/same-day") if same and near else day


def _iso(published: str) -> date | None:
    try:
        return date.fromisoformat(published)
    except ValueError:
        return None


def _written(text: str) -> Iterator[Day]:
    """2024-09-15, 2024/9/15, 2024. 9. 15."""
    for year in _ISO_YEAR.finditer(text):
        match = _ISO.match(text, year.start())
        if not match or (year.start() and text[year.start() - 1] in _ISO_NOT_AFTER):
            continue
        if found := calendar.day(int(match["y"]), int(match["m"]), int(match["d"])):
            yield Day(found.isoformat(), match.start(), match.end(), role_of(text, *match.span()), "date/day")


def _eastern(text: str, published: date | None) -> Iterator[Day]:
    for sign in islice(_EAST_SIGN.finditer(text), _SIGNS):
        place = sign.start()
        if text[place - 1 : place] not in _EAST_BEFORE or not (
            match := _EAST.search(text, max(0, place - 5), place + 1)
        ):
            continue
        if _EAST_COUNT.match(text, place + 1):
            continue
        head = _EAST_HEAD.search(text, max(0, match.start() - _HEAD), match.start())
        start = head.start() if head else match.start()
        day_of_month = calendar.number(match["d"])
        if not day_of_month:
            continue
        role = role_of(text, start, match.end())
        full = bool(head and (head["era"] or head["y"]))
        found = (
            _full(head, day_of_month)
            if head and full
            else _lacking(head, day_of_month, published, role)
            if published
            else None
        )
        if found:
            yield Day(found.isoformat(), start, match.end(), role, "date/day" if full else "date/resolved")


def _full(head: re.Match[str], day_of_month: int) -> date | None:
    year = calendar.year_of_era(head["era"], head["ey"]) if head["era"] else calendar.number(head["y"])
    return calendar.day(year, calendar.number(head["m"]), day_of_month)


def _lacking(head: re.Match[str] | None, day_of_month: int, published: date, role: Role) -> date | None:
    """A day without year: 来月4日, 明年1月1日, 9月15日; a day of the month alone needs a role."""
    if head and head["rm"]:
        return calendar.in_month(_MONTH_SHIFT.get(head["rm"][0], 0), day_of_month, published)
    if head and head["m"]:
        month = calendar.number(head["m"]) or 0
        if head["ry"]:
            return calendar.in_year(head["ry"], month, day_of_month, published)
        return calendar.nearest(month, day_of_month, published, role)
    if head and head["lean"]:
        return calendar.of_month(day_of_month, published, 1 if head["lean"] in ("오는", "来る") else -1)
    if head and head["today"]:
        return published if published.day == day_of_month else None
    if not role:
        return None
    if role == "announced":
        return calendar.of_month(day_of_month, published, -1)
    return calendar.of_month(day_of_month, published, 0)


def _english(text: str, published: date | None) -> Iterator[Day]:
    for digits in _DIGITS.finditer(text):
        start, end = digits.span()
        if end - start > 2 or text[start - 1 : start] not in _ENGLISH_BEFORE:
            continue
        match = None
        if text[start - 1 : start] == " " and text[start - 2 : start - 1] in _MONTH_LETTERS:
            match = _MONTH_BEFORE.search(text, max(0, start - 16), end)
        if not (match := match or _MONTH_AFTER.match(text, start)):
            continue
        words = match[0]
        month = 1 + next(place for place, name in enumerate(_MONTHS) if name in words)
        day_of_month = int(re.sub(r"\D", "", words))
        ordinal = _ORDINAL.match(text, match.end())
        after = ordinal.end() if ordinal else match.end()
        year = _ENGLISH_YEAR.match(text, after)
        end = year.end() if year else after
        role = role_of(text, match.start(), end)
        found = None
        if year and year["y"]:
            found = calendar.day(int(year["y"]), month, day_of_month)
        elif published and year:
            found = calendar.in_year(year["ry"], month, day_of_month, published)
        elif published:
            found = calendar.nearest(month, day_of_month, published, role)
        if found:
            rule = "date/day" if year and year["y"] else "date/resolved"
            yield Day(found.isoformat(), match.start(), end, role, rule)


def _weekdays(text: str, published: date) -> Iterator[Day]:
    for match in _DAY_WORD.finditer(text):
        named = _WEEKDAY.search(text, max(0, match.start() - 22), match.end())
        if not named:
            continue
        word = named[1] or ""
        start = named.start() if word in ("next", "last", "this") else named.start(2)
        role = role_of(text, start, named.end())
        past = role == "announced" or (role == "expires" and _PAST.search(text, max(0, start - 16), start))
        lean = "next" if word == "next" else "last" if past else "coming" if role == "effective" else ""
        found = calendar.weekday(_WEEKDAYS.index(named[2][:3]), published, lean) if lean and word != "last" else None
        if found:
            yield Day(found.isoformat(), start, named.end(), role, "date/weekday")


def _upon_publication(text: str, published: date) -> Iterator[Day]:
    """60 days after publication, upon publication, with immediate effect: in a sentence about taking effect."""
    if not any(word in text for word in _EFFECT) or not any(word in text for word in _ANCHORS):
        return
    for match in _PUBLICATION.finditer(text):
        low, high = _sentence(text, match.start(), match.end())
        if not _EFFECT_WORD.search(text, low, high):
            continue
        found = published
        if match["n"]:
            found = calendar.after(published, calendar.number(match["n"]) or 0, match["u"]) or published
        elif match["next"]:
            found = calendar.after(published, 1, "day") or published
        yield Day(found.isoformat(), match.start(), match.end(), "effective", "date/publication")


_PAST: Final = re.compile(r"\b(?:expired|lapsed|ended)\b")


def _from_publication(text: str, published: date) -> Iterator[Day]:
    """公布の日から起算して三月を経過した日, 自公布之日起, 공포 후 6개월이 경과한 날, 来週月曜日, 2026年度から."""
    for word in _TERM.finditer(text):
        start = word.start()
        role: Role
        if match := _PUBLISHED.match(text, start):
            found, role, rule = _term(match, published), "effective", "date/publication"
        elif match := _WEEKDAY_EAST.match(text, start):
            index = _OF_WEEK[match["w"]] if match["w"] else _OF_WEEK_ZH[match["z"]]
            found, role, rule = (
                calendar.weekday(index, published, "week after"),
                role_of(text, *match.span()),
                "date/weekday",
            )
        elif match := _FISCAL.match(text, start):
            # A Japanese fiscal year begins in April.
            found = calendar.day(int(match["y"]), 4 if "年度" in match[0] else 1, 1)
            role, rule = "effective", "date/fiscal-year"
        else:
            continue
        if found and role:
            yield Day(found.isoformat(), start, match.end(), role, rule)


def _term(match: re.Match[str], published: date) -> date | None:
    amount = match["n"] or match["n2"] or match["n3"] or match["n4"]
    if not amount:
        return published
    count, unit = calendar.number(amount), _UNITS.get(match["u"] or match["u2"] or match["u3"] or match["u4"] or "")
    # A Korean term counts from the next day, and the day after it has passed is meant.
    extra = 1 if match["ko"] and match["ko"].startswith("경과") else 0
    return calendar.after(published, count, unit, extra) if count and unit else None


# The words around a day that give it its part; those before it end in one of these letters.
_TELLING: Final = frozenset("abcdefghijklmnopqrstuvwxyz:：至到止截为為自从從日は일은한")
_STARTS_AFTER: Final = re.compile(
    r"[ 、,，(（]{0,2}(?:から(?!の|見)|より(?!も|前)|以降|以後|부터|자로|付で|起(?!訴|诉)|开始|開始|に?(?:施行|"
    r"発効|適用|実施)|"
    r"에? ?(?:시행|발효)|生效|施行|实施|實施|0시를? ?기해|零时起|零時起)"
)
_STARTS_BEFORE: Final = re.compile(
    r"(?:effective(?: date)?(?: is| on| from| as of|:)?|\b(?:take|takes|took|taking) effect(?: on| from)?|"
    r"\bin(?:to)? (?:force|effect)(?: on| from| as of)?|\b(?:from|as of|as from|starting|beginning)(?: on)?|"
    r"\bapplies (?:from|as of)|(?:自|从|從|施行日[：:は]?|시행일[은:：]?|生效日期?[为為：:])) ?\Z"
)
_RANGE: Final = re.compile(
    r"[^。.;；\n]{0,6}(?:至|到|から|부터|~|〜|-|\bto\b|\bthrough\b|\band\b|\buntil\b) ?(?:同|오는|明年|"
    r"next )?[\w]{0,5} ?\d"
)
_ENDS_AFTER: Final = re.compile(
    r" ?(?:まで|迄|까지|止|をもって|に(?:失効|満了|終了)|[로에] ?(?:만료|종료)|失效|到期|届满|屆滿|前有效)"
)
_ENDS_BEFORE: Final = re.compile(
    r"(?:\b(?:until|till|through|up to|expires?(?: on)?|expired(?: on)?|lapsed?(?: on)?|ends? on|expir(?:y|"
    r"ation) date(?: is|:)?)|"
    r"至|截至|截止到?|到|有效期(?:至|为|為)|期限(?:至|到)|시한은?|기한은?) ?\Z"
)
_EXPIRED_BEFORE: Final = re.compile(
    r"\b(?:expire[sd]?|lapsed?|ends?|expir\w+ date)(?: is| on|:)* ?\Z|有效期[至为為] ?\Z"
)
_EXPIRED_AFTER: Final = re.compile(r" ?(?:に失効|に満了|[로에] ?만료|失效|到期)")
# Only what lasts can end: comments and bids are also taken until a day.
_LASTS: Final = re.compile(
    r"\b(?:suspen[ds]|paus|valid|extend|effective|in force|remain|waiv|postpon|hold|exempt|licen[cs]e)|停止|"
    r"猶予|延期|有効|凍結|延長|免除|暂停|暫停|"
    r"有效|中止|推迟|推遲|延长|유예|유효|중단|연기|연장|정지|면제|미루|保留|停执|为期|為期|期限"
)
_COMMENTS: Final = re.compile(
    r"\b(?:comment|submi|bid|consultation)|意見|意见|募集|受け付け|受付|접수|의견|報名|报名|申込|신청"
)
_SAID_BEFORE: Final = re.compile(
    r"\b(?:said|says|announced|published|issued|told [a-z]+|unveiled|declared|ordered)(?: [a-z]+){0,2}?(?: on|"
    r" late| early)? ?\Z"
)
_SPAN_AFTER: Final = re.compile(r"[ 、,]?(?:から|より|まで|부터|까지|起|至|以降|자로)")
_SAID_LATER: Final = re.compile(
    r"発表し|発表する|公表し|明らかにし|決めた|決定し|밝혔|발표했|발표하|공고했|공표|고시했|[。\n]"
)
_LATER: Final = 110
_LONGEST_SAYING: Final = 5
_SAID_AFTER: Final = re.compile(
    r"(?:宣布|发布|發布|表示|公告|决定|決定|说|說|回应|發表|指出)|"
    r"[^。\n]{0,14}(?:宣布|发布公告|發布公告)"
)


def role_of(text: str, start: int, end: int) -> Role:
    """What the words beside a day make of it."""
    head = text[max(0, start - 40) : start]
    if head.removesuffix(" ")[-1:] not in _TELLING:
        head = ""  # looking back through all of it is dear
    if (head and _EXPIRED_BEFORE.search(head)) or _EXPIRED_AFTER.match(text, end):
        return "expires"
    if (head and _ENDS_BEFORE.search(head)) or _ENDS_AFTER.match(text, end):
        low, high = _sentence(text, start, end)
        return "expires" if _LASTS.search(text, low, high) and not _COMMENTS.search(text, low, high) else ""
    if _STARTS_AFTER.match(text, end) or (head and _STARTS_BEFORE.search(head)):
        if _RANGE.match(text, end):
            low, high = _sentence(text, start, end)
            return "effective" if _LASTS.search(text, low, high) else ""
        return "effective"
    if (head and _SAID_BEFORE.search(head)) or _said_after(text, end):
        return "announced"
    return ""


def _said_after(text: str, end: int) -> bool:
    """Whether what follows a day, up to the verb of its sentence, says that something was made known on it."""
    if _SAID_AFTER.match(text, end):
        return True
    if _SPAN_AFTER.match(text, end):
        return False
    said = _SAID_LATER.search(text, end, end + _LATER + _LONGEST_SAYING)
    return said is not None and said[0] not in "。\n" and said.start() - end <= _LATER


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Bounds of the sentence around a span, no further than a long sentence reaches."""
    low = max(0, start - _WHOLE)
    for stop in _STOP.finditer(text, low, start):
        low = stop.end()
    stop_after = _STOP.search(text, end, end + _WHOLE)
    return low, stop_after.start() if stop_after else min(len(text), end + _WHOLE)


# A year or month that an act happened in, not one that a law or notice bears.
_THEN: Final = re.compile(
    r"(?:\b(?:in|since|during|by|of|early|late) (?P<em>" + _MONTH + r")?\.?(?: of)? ?(?P<ey>(?:19|"
    r"20)\d\d)?\b(?! ?(?:\d|c\.?f\.?r))"
    r"|(?<!\d)(?P<y>(?:19|20)\d\d) ?[年년](?! ?(?:第|法|度|公告|공고|까지|まで|から))(?: ?(?P<m>1[0-2]|"
    r"[1-9]) ?[月월])?"
    r"|(?P<last>지난|去年|昨年|작년|지난해|上年)? ?(?<!\d)(?P<m2>1[0-2]|[1-9]) ?[月월](?! ?\d| ?末|中|内|"
    r"份?(?:起|から|부터|より)))"
)
_THEN_SIGN: Final = re.compile(rf"[0-9]| (?:in|since|during|early|late|of) {_MONTH}")
_LONG_AGO: Final = 45


def tells_of_the_past(text: str, low: int, high: int, published: str) -> bool:
    """Whether a stretch of folded text dates what it tells to a month or year well before publication."""
    known = _iso(published)
    if not known or not _THEN_SIGN.search(text, low, high):
        return False
    ended = [day for match in _THEN.finditer(text, low, high) if (day := _end_of(match, known))]
    return bool(ended) and all((known - day).days > _LONG_AGO for day in ended)


def _end_of(match: re.Match[str], published: date) -> date | None:
    """The last day of the month or year that is named; a month alone is the last one of that name."""
    month_word, year_word = match["em"], match["ey"] or match["y"]
    month = int(match["m"] or match["m2"] or 0)
    if month_word:
        month = 1 + next(place for place, name in enumerate(_MONTHS) if month_word.startswith(name))
    if year_word:
        year = int(year_word)
    elif month and (month_word or match["last"]):
        year = published.year if month < published.month else published.year - 1
    else:
        return None
    return calendar.last_day(year, month or 12)
