"""Fetched -> Parsed for answers that are data: JSON by paths, and the APIs that ministries have; pure, in the sandbox.

json              by the paths of the source's `[api]` table
federal-register  documents and public inspection; an answer without `results` is honest when its count is 0
ecfr              versions of sections: the newest of each is the document, its text is followed as rendered
mofcom-columns    getColumnList of exportcontrol.mofcom.gov.cn
egov-law          one Japanese law in XML; its text becomes the body, as plain text (`collectors.laws`)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from collectors import dates, ids, laws, urls
from collectors.feed import semantic_hash
from collectors.sources import ApiRule, Source
from exportwatch import charset
from exportwatch.content import PLAIN_UTF8
from exportwatch.errors import BadRecord
from exportwatch.model import Draft, Fetched, Parsed, Rejection

VERSION: Final = 1
"""Counts up with every change of what is read from the same bytes."""
MOST_BYTES: Final = 16 * 1024 * 1024
MOST_ROWS: Final = 20_000
"""Before `keep`; after it, `MOST_KEPT`."""
MOST_KEPT: Final = 5_000
_MOST_TITLE: Final = 2_000
_MOST_URL: Final = 2_000
_MOST_VALUE: Final = 2_000
"""Characters that `keep` looks at."""
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One release as an answer names it; everything as written there."""

    link: str
    title: str
    date: str = ""
    id: str = ""
    text: str = ""
    page: str = ""
    """What is followed, if not `link`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an adapter found in one answer, in its order, and the URL of the next, older one."""

    rows: tuple[Row, ...]
    next: str = ""
    beyond: int = 0
    """Rows that were not looked at."""


Adapter = Callable[[Fetched, Source, ApiRule], Answer]
"""Raises BadRecord for an answer that is not what the API gives."""


def parse(fetched: Fetched, source: Source) -> Parsed:
    """The drafts of an answer in its order, one a row. Never raises; the same input gives the same answer.

    With `source.follow`, a draft has `body` None and the URL of its page in `extra["follow"]`; else its body is the
    text that the answer holds, as plain text. An answer that says itself that there is nothing is no rejection.
    """
    rule = source.api_rule or ApiRule(adapter="json")
    where = f"{source.id} {fetched.url}"
    try:
        adapter = ADAPTERS.get(rule.adapter)
        if adapter is None:
            raise BadRecord(f"api.adapter {rule.adapter!r}: none of {', '.join(ADAPTERS)}")
        if len(fetched.body) > MOST_BYTES:
            raise BadRecord(f"{len(fetched.body):,} bytes are more than an answer may have ({MOST_BYTES:,})")
        answer = adapter(fetched, source, rule)
    except BadRecord as error:
        return Parsed(rejections=(Rejection(where=where, reason=str(error)),))
    drafts, rejections = _drafts(answer, fetched.url, source, rule)
    if beyond := answer.beyond + max(len(answer.rows) - MOST_KEPT, 0):
        rejections.append(Rejection(where=where, reason=f"{beyond:,} rows beyond those that are read"))
    return Parsed(
        drafts=tuple(drafts),
        rejections=tuple(rejections),
        next=_next(answer.next, fetched.url),
        semantic_hash=semantic_hash(drafts),
    )


def parse_payload(payload: dict[str, Any]) -> dict[str, Any]:
    """`parse` between plain values, for the sandbox: `{"fetched": …, "source": …}` -> Parsed as a dictionary."""
    parsed = parse(msgspec.convert(payload["fetched"], Fetched), msgspec.convert(payload["source"], Source))
    plain: dict[str, Any] = msgspec.to_builtins(parsed, builtin_types=(bytes,))
    return plain


def _drafts(answer: Answer, base: str, source: Source, rule: ApiRule) -> tuple[list[Draft], list[Rejection]]:
    drafts: dict[str, Draft] = {}
    rejections: list[Rejection] = []
    for number, row in enumerate(answer.rows[:MOST_KEPT], start=1):
        draft = _draft(row, base, source, rule)
        if isinstance(draft, str):
            rejections.append(Rejection(where=f"{source.id} row {number}", reason=draft))
        elif (known := drafts.setdefault(draft.id, draft)) != draft:
            reason = f"repeats the id {draft.id} of a row before it ({known.url[:200]})"
            rejections.append(Rejection(where=f"{source.id} row {number} ({draft.url[:200]})", reason=reason))
    return list(drafts.values()), rejections


def _draft(row: Row, base: str, source: Source, rule: ApiRule) -> Draft | str:
    """A draft, or the reason why there is none."""
    link = _addressed(row, rule)
    url = urls.canonical(link, base) if link else ""
    if not url or len(url) > _MOST_URL:
        return f"its link is no http(s) URL: {row.link[:200]!r}"
    title = " ".join(row.title.split())[:_MOST_TITLE]
    page = urls.canonical(row.page, base) if row.page else ""
    follow = page or url if source.follow else ""
    if not (title or row.text or follow):
        return "it has neither title nor text"
    native = ids.release(source, url, row.id, title)
    published, precision = dates.dated((row.date,), source.date_rule, native)
    return Draft(
        id=native,
        publisher=source.publisher,
        source=source.id,
        kind=source.kind,
        url=url,
        title=title,
        published=published,
        published_precision=precision,
        lang=source.language,
        content_type=PLAIN_UTF8,
        body=None if follow else row.text.encode("utf-8", "replace"),
        extra={"follow": follow, "content": row.text, "content_type": PLAIN_UTF8} if follow else {},
    )


def _addressed(row: Row, rule: ApiRule) -> str:
    if not rule.address:
        return row.link
    return rule.address.replace("{link}", row.link).replace("{id}", quote(row.id, safe=""))


def _next(link: str, base: str) -> str:
    """On the host that was asked; what leads elsewhere is nobody's next page."""
    url = urls.canonical(link, base) if link else ""
    return url if url != base and urlsplit(url).netloc == urlsplit(urls.canonical(base)).netloc else ""


def _json(fetched: Fetched, source: Source) -> Any:
    """Raises BadRecord for what is no JSON: a page in its place, most often."""
    try:
        return msgspec.json.decode(charset.decode_page(fetched.body, fetched.content_type, source.encoding))
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BadRecord(f"no JSON: {str(error)[:200]}") from error


def by_paths(fetched: Fetched, source: Source, rule: ApiRule) -> Answer:
    """What the paths of the rule lead to. Raises BadRecord where the rows are missing and no count says why."""
    answer = _json(fetched, source)
    found = _member(answer, rule.rows)
    if found is _ABSENT or found is None:
        if rule.count and _value(answer, rule.count) == "0":
            return Answer(rows=())
        raise BadRecord(f"api.rows {rule.rows!r}: no such member of the answer")
    if not isinstance(found, list):
        raise BadRecord(f"api.rows {rule.rows!r}: the member is no list")
    rows = [_row(each, rule) for each in found[:MOST_ROWS] if _kept(each, rule)]
    _refuse_blind(rows, rule)
    following = _value(answer, rule.next) if rule.next else ""
    return Answer(rows=tuple(rows), next=following, beyond=max(len(found) - MOST_ROWS, 0))


def _row(row: Any, rule: ApiRule) -> Row:
    paths = {name: getattr(rule, name) for name in ("link", "title", "date", "id", "text", "page")}
    return Row(**{name: _value(row, path) if path else "" for name, path in paths.items()})


def _kept(row: Any, rule: ApiRule) -> bool:
    return all(
        any(re.fullmatch(pattern, value[:_MOST_VALUE]) for value in _values(row, path))
        for path, pattern in rule.keep.items()
    )


def _refuse_blind(rows: list[Row], rule: ApiRule) -> None:
    """A path that leads nowhere in any row is broken: the API has changed."""
    for name in ("link", "title", "date", "id"):
        path = getattr(rule, name)
        if path and rows and not any(getattr(row, name) for row in rows):
            raise BadRecord(f"api.{name} {path!r} finds nothing in any row")


def _member(value: Any, path: str) -> Any:
    for name in path.split(".") if path else ():
        value = value.get(name, _ABSENT) if isinstance(value, dict) else _ABSENT
    return value


def _value(value: Any, paths: str) -> str:
    """The first that is not empty at the first path that leads to one."""
    return next((found for path in paths.split("|") for found in _values(value, path) if found.strip()), "")


def _values(value: Any, path: str) -> Iterator[str]:
    """All texts and numbers at a path, lists walked through."""
    name, _, rest = path.partition(".")
    for each in value if isinstance(value, list) else (value,):
        if path and isinstance(each, dict):
            yield from _values(each.get(name), rest)
        elif not path and isinstance(each, (str, int, float)) and not isinstance(each, bool):
            yield str(each)
        elif not path and isinstance(each, list):
            yield from _values(each, "")


def _known(**paths: str) -> Adapter:
    """An adapter that reads by these paths, but for those that the source's file gives."""

    def adapter(fetched: Fetched, source: Source, rule: ApiRule) -> Answer:
        own: dict[str, Any] = {name: path for name, path in paths.items() if not getattr(rule, name)}
        return by_paths(fetched, source, replace(rule, **own))

    return adapter


_ECFR_TEXT: Final = "/api/renderer/v1/content/enhanced/{date}/title-{title}?{which}"
_ECFR_PAGE: Final = "/current/title-{title}/{which}"


def ecfr(fetched: Fetched, source: Source, rule: ApiRule) -> Answer:
    """One row a section or appendix: its newest version that is not removed, under `<title>-<identifier>`."""
    answer = _json(fetched, source)
    versions = _member(answer, "content_versions")
    if not isinstance(versions, list):
        raise BadRecord("content_versions: no such list in the answer")
    newest: dict[tuple[str, str], Any] = {}
    for version in versions[:MOST_ROWS]:
        name = (_value(version, "type"), _value(version, "identifier"))
        if all(name) and _kept(version, rule) and _value(version, "date") >= _value(newest.get(name), "date"):
            newest[name] = version
    if versions and not newest and not rule.keep:
        raise BadRecord("content_versions: no version has a type and an identifier")
    rows = [_section(version) for version in newest.values() if version.get("removed") is not True]
    return Answer(rows=tuple(rows), beyond=max(len(versions) - MOST_ROWS, 0))


def _section(version: Any) -> Row:
    values = {name: _value(version, name) for name in ("identifier", "type", "title", "date", "name")}
    asked = "appendix" if values["type"] == "appendix" else "section"
    identifier, title = values["identifier"], quote(values["title"], safe="")
    text = urlencode({asked: identifier}, quote_via=quote)
    return Row(
        link=_ECFR_PAGE.format(title=title, which=f"{asked}-{quote(identifier)}"),
        page=_ECFR_TEXT.format(date=quote(values["date"], safe=""), title=title, which=text),
        title=values["name"],
        date=_value(version, "amendment_date|date"),
        id=f"{values['title']}-{identifier}".replace(" ", "-"),
    )


def egov_law(fetched: Fetched, source: Source, rule: ApiRule) -> Answer:
    """One row: the law, its text in the body."""
    law = laws.read(charset.decode_page(fetched.body, fetched.content_type, source.encoding))
    return Answer(rows=(Row(link=fetched.requested or fetched.url, title=law.title, id=law.id, text=law.text),))


ADAPTERS: Final[Mapping[str, Adapter]] = {
    "json": by_paths,
    "federal-register": _known(
        rows="results",
        link="html_url",
        title="title",
        date="publication_date",
        id="document_number",
        page="body_html_url|raw_text_url|pdf_url",
        next="next_page_url",
        count="count",
    ),
    "mofcom-columns": _known(
        rows="pageInfo.rows", link="url", title="title", date="publishTimeStr", id="id", count="pageInfo.total"
    ),
    "ecfr": ecfr,
    "egov-law": egov_law,
}
