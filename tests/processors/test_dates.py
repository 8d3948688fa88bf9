from __future__ import annotations

import pytest

from exportwatch.text import fold
from processors.dates import days
from processors.lexicon import scan_form
from processors.mentions import FieldReading


def field(text: str) -> FieldReading:
    folded = fold(text)
    return FieldReading("text", text, folded, scan_form(folded.text))


def told(text: str, published: str = "") -> list[tuple[str, str]]:
    """Role and value of each day."""
    return [(day.role, day.value) for day in days(field(text), published)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("signed 2024-09-05", "2024-09-05"),
        ("2024/9/5 현재", "2024-09-05"),
        ("2024. 9. 15. 공고", "2024-09-15"),
        ("２０２４年９月１５日", "2024-09-15"),
        ("令和6年9月15日公布", "2024-09-15"),
        ("令和元年七月、令和元年7月4日", "2019-07-04"),
        ("令和七年四月一日", "2025-04-01"),
        ("㋿七年四月二十一日", "2025-04-21"),
        ("平成三十一年一月八日", "2019-01-08"),
        ("民國113年5月20日", "2024-05-20"),
        ("中華民國一百一十三年五月二十日", "2024-05-20"),
        ("二〇二四年十二月三日", "2024-12-03"),
        ("2024년 9월 15일 서울", "2024-09-15"),
        ("On September 15, 2024, the", "2024-09-15"),
        ("on 15 September 2024", "2024-09-15"),
        ("the 1st day of March 2025", "2025-03-01"),
    ],
)
def test_days_in_full_need_no_day_of_publication(text: str, day: str) -> None:
    assert [value for _, value in told(text)] == [day]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2024年",
            "12345-01-01-99",
            "version 2024.1",
            "9月15日",
            "on July 4",
            "公布の日から施行する。",
            "2024年2月30日",
        ),
        *("공포한 날부터 시행한다.", "自公布之日起施行。", "effective on publication", "13月1日", "10.2.2024.1"),
    ],
)
def test_nothing_is_resolved_without_a_day_of_publication(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("published", "text", "day"),
    [
        ("2025-01-31", "この政令は、令和7年4月1日から施行する。", "2025-04-01"),
        ("2025-01-31", "この省令は、公布の日から施行する。", "2025-01-31"),
        ("2025-01-31", "公布の日から起算して三月を経過した日から施行する。", "2025-04-30"),
        ("2025-02-10", "公布の日から起算して20日を経過した日から施行する。", "2025-03-02"),
        ("2019-06-28", "来月4日から個別審査に切り替える。", "2019-07-04"),
        ("2019-07-01", "韓国向け輸出を4日から個別審査に切り替える。", "2019-07-04"),
        ("2025-12-20", "来年1月6日より適用する。", "2026-01-06"),
        ("2025-12-20", "1月6日より適用する。", "2026-01-06"),
        ("2025-11-20", "届け出制度を2026年度から始める。", "2026-04-01"),
        ("2026-01-06", "公告は即日実施した。", "2026-01-06"),
        ("2026-01-07", "来週月曜日から輸出を止める。", "2026-01-12"),
        ("2025-03-20", "自公布之日起施行。", "2025-03-20"),
        ("2025-03-20", "本公告自公布之日起正式实施。", "2025-03-20"),
        ("2025-03-20", "本办法自公布之日起30日后施行。", "2025-04-19"),
        ("2025-03-20", "自发布之日起六个月后施行。", "2025-09-20"),
        ("2025-04-01", "自2025年4月4日起实施。", "2025-04-04"),
        ("2025-11-07", "决定即日起执行。", "2025-11-07"),
        ("2025-10-30", "明年1月1日起执行。", "2026-01-01"),
        ("2025-03-28", "下周一起实施。", "2025-03-31"),
        ("2024-03-08", "自即日起實施。", "2024-03-08"),
        ("2025-09-23", "公告六十天後上路。", "2025-11-22"),
        ("2024-05-02", "本要點自民國113年5月20日起生效。", "2024-05-20"),
        ("2024-02-20", "이 고시는 공포한 날부터 시행한다.", "2024-02-20"),
        ("2024-02-20", "공포 후 6개월이 경과한 날부터 시행한다.", "2024-08-21"),
        ("2024-02-20", "공포 후 30일이 경과한 날부터 시행한다.", "2024-03-22"),
        ("2019-06-28", "내달 1일부터 시행한다.", "2019-07-01"),
        ("2019-08-12", "오는 28일부터 포괄허가를 주지 않는다.", "2019-08-28"),
        ("2019-08-30", "오는 28일부터 포괄허가를 주지 않는다.", "2019-09-28"),
        ("2025-12-20", "내년 1월 6일부터 적용한다.", "2026-01-06"),
        ("2025-12-20", "2026 회계연도부터 적용한다.", "2026-01-01"),
        ("2025-12-17", "다음 주 월요일부터 막는다.", "2025-12-22"),
        ("2019-07-01", "individual licences are required from 4 July.", "2019-07-04"),
        ("2025-03-25", "This rule is effective March 25, 2025.", "2025-03-25"),
        ("2025-03-25", "This rule is effective upon publication.", "2025-03-25"),
        ("2025-03-03", "It applies 60 days after the date of this notice.", "2025-05-02"),
        ("2025-03-03", "The order takes effect thirty days after publication.", "2025-04-02"),
        ("2025-11-14", "enters into force on the day following that of its publication", "2025-11-15"),
        ("2025-10-30", "As of 1 January next year, exporters need a permit.", "2026-01-01"),
        ("2025-10-30", "The curbs take effect on Monday.", "2025-11-03"),
        ("2025-10-31", "The curbs take effect next Monday.", "2025-11-03"),
        ("2025-11-09", "The pause would take effect at once.", "2025-11-09"),
    ],
)
def test_entry_into_force_against_the_day_of_publication(published: str, text: str, day: str) -> None:
    assert told(text, published) == [("effective", day)]


@pytest.mark.parametrize(
    ("published", "text", "day"),
    [
        ("2025-11-09", "The ban is suspended until 10 November 2026.", "2026-11-10"),
        ("2025-11-09", "The pause would last until Nov. 27, 2026, and suspends the ban.", "2026-11-27"),
        ("2020-08-17", "The temporary general license expired on Friday.", "2020-08-14"),
        ("2025-11-09", "许可有效期至2026年11月10日。", "2026-11-10"),
        ("2025-11-09", "暂停实施至明年11月10日。", "2026-11-10"),
        ("2025-11-09", "暫停實施至2026年11月10日。", "2026-11-10"),
        ("2025-11-09", "措置を2026年11月27日まで停止する。", "2026-11-27"),
        ("2020-08-15", "米国の一時許可は、13日に失効した。", "2020-08-13"),
        ("2025-11-09", "수출 금지를 2026년 11월 27일까지 유예한다.", "2026-11-27"),
    ],
)
def test_the_end_of_what_lasts(published: str, text: str, day: str) -> None:
    assert told(text, published) == [("expires", day)]


@pytest.mark.parametrize(
    ("published", "text", "day"),
    [
        ("2019-07-03", "The ministry said on Monday it would tighten the rules.", "2019-07-01"),
        ("2019-08-04", "政府は2日の閣議で政令改正を決めた。", "2019-08-02"),
        ("2024-09-08", "荷兰政府6日宣布新规。", "2024-09-06"),
        ("2024-09-01", "荷兰政府30日宣布新规。", "2024-08-30"),
        ("2019-07-02", "일본 정부는 지난 1일 강화 조치를 발표했다.", "2019-07-01"),
    ],
)
def test_the_day_of_the_announcement(published: str, text: str, day: str) -> None:
    assert told(text, published) == [("announced", day)]


@pytest.mark.parametrize(
    ("published", "text"),
    [
        ("2026-01-07", "公布の日から起算して六月を超えない範囲内において政令で定める日から施行する。"),
        ("2026-01-07", "自公布之日起30日内提交申请。"),
        ("2026-01-07", "Comments are received until July 24."),
        ("2026-01-07", "意見は1月24日まで受け付ける。"),
        ("2026-01-07", "의견을 1월 24일까지 접수한다."),
        ("2026-01-07", "征求意见，截止日期为1月30日。"),
        ("2026-01-07", "The curbs take effect next Friday."),
        ("2026-01-05", "The curbs take effect from Monday."),
        ("2026-01-07", "The review ran from 5 January to 20 January."),
        ("2026-01-07", "Staff met immediately after lunch."),
        ("2026-01-07", "審査は3日間で終わる。30日連続で輸出した。"),
    ],
)
def test_what_is_no_term_or_fits_two_days_has_no_part(published: str, text: str) -> None:
    assert [role for role, _ in told(text, published) if role] == []


def test_a_day_far_from_publication_keeps_its_year_to_itself() -> None:
    assert told("from 4 July", "2026-01-04") == []
    assert told("7月4日", "2026-01-04") == []


def test_offsets_lead_back_to_the_words() -> None:
    text = "ｱ㍻ (1) ２０２４年９月１５日から、施行"
    found = field(text)
    (day,) = days(found, "2024-09-01")
    start, end = found.folded.origin(day.start, day.end)
    assert text[start:end] == "２０２４年９月１５日"


@pytest.mark.parametrize(
    "month",
    [
        "jan",
        "january",
        "feb",
        "february",
        "mar",
        "march",
        "apr",
        "april",
        "may",
        "jun",
        "june",
        "jul",
        "july",
        "aug",
        "august",
        "sep",
        "sept",
        "september",
        "oct",
        "october",
        "nov",
        "november",
        "dec",
        "december",
    ],
)
def test_each_name_of_a_month_is_read_before_the_day(month: str) -> None:
    (day,) = days(field(f"in force from {month} 4, 2024"), "2024-01-01")
    assert (day.value[:4], day.value[8:], day.role) == ("2024", "04", "effective")
    assert days(field(f"in force from {month}. 4, 2024"), "2024-01-01")[0].value == day.value


def test_what_is_said_of_a_day_stands_near_behind_it_in_its_sentence() -> None:
    near, far = "あ" * 110, "あ" * 111
    assert told(f"7月4日{near}明らかにした", "2024-07-05") == [("announced", "2024-07-04")]
    assert told(f"7月4日{far}明らかにした", "2024-07-05") == [("", "2024-07-04")]
    assert told("7月4日に。明らかにした", "2024-07-05") == [("", "2024-07-04")]
    assert told("7월 4일 밝혔다", "2024-07-05") == [("announced", "2024-07-04")]
