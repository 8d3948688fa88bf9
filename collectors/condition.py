"""How a source does, judged from what a poll of it found: pure.

What is judged is the answer itself (`of_failure`, `of_answer`) and, where that is well, time (`of_time`): a source that
answers but brings nothing new. `event` says whether that is a change to be told.
"""

from __future__ import annotations

import datetime
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from collectors.fetch import FetchFailed
from collectors.sources import Source
from collectors.state import SourceState
from exportwatch import charset, content
from exportwatch.clock import day_start, rfc3339
from exportwatch.health import WELL, HealthEvent, HealthState
from exportwatch.model import Draft, Fetched, Parsed

DAY_SECONDS: Final = 24 * 3600
REFUSALS: Final = frozenset({401, 403, 407, 429, 451})
SHRUNK_SHARE: Final = 3
"""Fewer than one in so many of what is usual is SHRUNK."""
USUAL_LEAST: Final = 6
"""Below so many, what is usual says nothing."""
GARBLED_SHARE: Final = 5
"""More than one garbled title in so many, and nothing of the poll is believed."""
PATIENCE: Final = 2
"""A source is STALE when nothing new came for so many times its cadence, if its file says no other patience."""
EVIDENCE_BYTES: Final = 1024 * 1024
_MOST_REASON: Final = 1000
_HUMAN_BYTES: Final = 128 * 1024
_HUMAN: Final = re.compile(
    r"captcha|request access|access denied|access to this page has been denied|errors\.edgesuite\.net"
    r"|just a moment\.\.\.|checking your browser|cf-challenge|cf_chl_|attention required|unusual traffic"
    r"|are you (?:a )?(?:human|robot)|not a robot|verify you are human|incapsula incident|request unsuccessful"
    r"|request rejected|アクセスが(?:拒否|制限)|画像認証|私はロボットではありません"
    r"|보안문자|자동입력\s?방지|접근이\s?(?:차단|거부|제한)"
    r"|비정상적인\s?접근|验证码|驗證碼|访问(?:被拒绝|被拦截|过于频繁|受限)|存取(?:被拒|遭拒)|安全验证|人机验证|滑动验证",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a source does, and why, for a person: what was found and what was expected."""

    state: HealthState = "OK"
    reason: str = ""
    publishes: bool = True
    """Whether what was read may be published all the same."""
    fails: bool = False
    """Whether the poll has failed: nothing is remembered as complete, and the next one waits longer each time."""

    @property
    def well(self) -> bool:
        return self.state in WELL


OK: Final = Condition()


def of_failure(failure: FetchFailed) -> Condition:
    """Of a list that was not had."""
    refused = failure.kind in ("robots", "blocked") or failure.status in REFUSALS
    state: HealthState = "BLOCKED" if refused else "ENCODING" if failure.kind == "coding" else "DOWN"
    if failure.kind == "too large":
        state = "SCHEMA"
    return _failed(state, str(failure))


def of_trouble(reason: str) -> Condition:
    """Of a list that no parser could read to its end."""
    return _failed("SCHEMA", reason)


def of_answer(source: Source, usual: Sequence[int], fetched: Fetched, parsed: Parsed, garbled: int) -> Condition:
    """Of a list that was read. `usual`: how many releases its last polls found; `garbled`: titles that cannot be."""
    found = len(parsed.drafts)
    expected = f"{found} releases, at least {source.minimum} are expected"
    first = f": {parsed.rejections[0].reason}" if parsed.rejections else ""
    if not found and (human := asks_for_a_human(fetched)):
        return _failed("BLOCKED", f"a page that says {human!r} in place of the releases; {expected}{first}")
    if not found and parsed.rejections:
        return _failed("SCHEMA", f"{expected}{first}")
    if not found and source.minimum:
        return _failed("EMPTY", expected)
    if found > source.maximum:
        return _failed("SCHEMA", f"{found} releases, at most {source.maximum} are expected: a filter was lost")
    if garbled * GARBLED_SHARE > found:
        return _failed("ENCODING", f"{garbled} of {found} titles are garbled: {_example(parsed.drafts, source)}")
    return _of_number(source, usual, found, expected + first)


def _of_number(source: Source, usual: Sequence[int], found: int, expected: str) -> Condition:
    middle = statistics.median(usual) if usual else 0
    if found < source.minimum:
        return Condition(state="SHRUNK", reason=expected[:_MOST_REASON], fails=True)
    if found and middle >= USUAL_LEAST and found * SHRUNK_SHARE < middle:
        return Condition(state="SHRUNK", reason=f"{found} releases, {middle:g} are usual", fails=True)
    return OK


def of_time(source: Source, state: SourceState, now: int) -> Condition:
    """Of a source whose answer is well: OK, MOVED, or STALE."""
    reference = max(state.newest, state.last_new)
    if reference and now - reference > (source.patience or PATIENCE * source.cadence) * 1000:
        days = (now - reference) / 1000 / DAY_SECONDS
        reason = f"nothing new since {rfc3339(reference)[:10]}, for {days:.3g} days"
        return Condition(
            state="STALE", reason=f"{reason}; it is expected every {source.cadence / DAY_SECONDS:.3g} days"
        )
    if state.moved:
        return Condition(state="MOVED", reason=f"it has moved for good, to {state.moved}: change `url` in its file")
    return OK


def garbled(drafts: Iterable[Draft], source: Source) -> dict[str, str]:
    """Of the drafts whose title cannot be what the publisher wrote: id -> why."""
    reasons = {draft.id: charset.mojibake(draft.title, draft.lang or source.language) for draft in drafts}
    return {name: reason for name, reason in reasons.items() if reason}


def asks_for_a_human(fetched: Fetched) -> str:
    """The words of a small page that is shown to programs in place of what they asked for; else empty."""
    if len(fetched.body) > _HUMAN_BYTES or content.kind_of(fetched.body, fetched.content_type) != "html":
        return ""
    match = _HUMAN.search(charset.decode_page(fetched.body, fetched.content_type))
    return match[0] if match else ""


def instant(draft: Draft) -> int:
    """When it was published, in milliseconds; a day by its beginning in UTC; 0 where nobody knows."""
    try:
        if draft.published_precision == "day":
            return day_start(draft.published)
        return int(datetime.datetime.fromisoformat(draft.published).timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0


def newest(drafts: Iterable[Draft], now: int) -> int:
    """The latest instant of publication that is not in the future; 0 for none."""
    tomorrow = now + DAY_SECONDS * 1000
    return max((at for at in map(instant, drafts) if at <= tomorrow), default=0)


def event(
    source: Source, before: SourceState, condition: Condition, at: int, *, moved: str = "", fallback: str = ""
) -> HealthEvent | None:
    """What is to be told of a condition; None where it is as it was, or is well at the first poll."""
    was = before.health
    same = condition.state == was and (condition.state != "MOVED" or moved == before.moved)
    if same or (condition.state == "OK" and was == ""):
        return None
    state: HealthState = "RECOVERED" if condition.state == "OK" else condition.state
    reason = condition.reason or f"it is well again, after {was} since {rfc3339(before.since)}"
    return HealthEvent(
        source=source.id,
        state=state,
        was=was,
        at=at,
        reason=reason[:_MOST_REASON],
        url=moved if condition.state == "MOVED" else source.url,
        fallback="" if condition.well else fallback,
    )


def _failed(state: HealthState, reason: str) -> Condition:
    return Condition(state=state, reason=reason[:_MOST_REASON], publishes=False, fails=True)


def _example(drafts: Iterable[Draft], source: Source) -> str:
    found = garbled(drafts, source)
    return next(f"{draft.title[:60]!r}: {found[draft.id]}" for draft in drafts if draft.id in found)
