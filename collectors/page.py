"""Fetched -> Parsed for HTML lists without a feed, and the attachments of release pages: pure, run in the sandbox.

A list says little: a row's link, title and date. So every draft is followed, and the page behind it becomes its body.
BeautifulSoup reads with lxml: Python's own parser needs minutes for a page made of `<!--`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from bs4 import BeautifulSoup, Tag

from collectors import dates, ids, urls
from collectors.sources import ListRule, Source, selector
from exportwatch import charset, content, markup
from exportwatch.errors import BadRecord
from exportwatch.model import Draft, Fetched, Parsed, Rejection

VERSION: Final = 1
"""Counts up with every change of what is read from the same bytes."""
MOST_BYTES: Final = 8 * 1024 * 1024
MOST_ROWS: Final = 2_000
MOST_ATTACHMENTS: Final = 20
_MOST_TITLE: Final = 2_000
_MOST_URL: Final = 2_000
_MOST_DATE: Final = 1_000
_PLAIN: Final = "text/plain; charset=utf-8"
# javascript:location.href='/attach/…' and window.open('https://…')
_SCRIPT: Final = re.compile(r"\s*javascript:[^'\"]{0,200}['\"]((?:https?:/)?/[^'\"]+)['\"]", re.IGNORECASE)


def parse(fetched: Fetched, source: Source) -> Parsed:
    """The drafts of a list in its order, one a row. Never raises; the same input gives the same answer.

    Each carries `body` None and the URL of its page in `extra["follow"]`. A selector that finds nothing at all, in any
    row, is one Rejection that names it, and no draft: the site has changed.
    """
    rule = source.list_rule or ListRule(row="a")
    try:
        tree = _tree(_html(fetched, rule))
        return _read(tree, _base(tree, fetched.url), source, rule)
    except BadRecord as error:
        return Parsed(rejections=(Rejection(where=f"{source.id} {fetched.url}", reason=str(error)),))


def attachments(page: Fetched, root: Draft, source: Source) -> Parsed:
    """The attachments of a release page, as drafts to be followed whose `root` it is.

    Only of HTML and where the source selects some. Raises BadRecord for a page that no parser may be given.
    """
    if not source.attachments or content.kind_of(page.body, page.content_type) != "html":
        return Parsed()
    tree = _tree(_decoded(page))
    links = dict(_links(tree, source.attachments, _base(tree, page.url)))
    links = {url: title for url, title in links.items() if url != urls.canonical(page.url) and len(url) <= _MOST_URL}
    names = ids.attachments(root.id, source.publisher, list(links))
    drafts = [_attached(name, url, title, root) for name, (url, title) in zip(names, links.items(), strict=True)]
    rejections = _beyond("attachments", len(drafts), MOST_ATTACHMENTS, f"{source.id} {page.url}")
    return Parsed(drafts=tuple(drafts[:MOST_ATTACHMENTS]), rejections=rejections)


def parse_payload(payload: dict[str, Any]) -> dict[str, Any]:
    """`parse` between plain values, for the sandbox: `{"fetched": …, "source": …}` -> Parsed as a dictionary."""
    return _plain(parse(msgspec.convert(payload["fetched"], Fetched), msgspec.convert(payload["source"], Source)))


def attachments_payload(payload: dict[str, Any]) -> dict[str, Any]:
    """`attachments` between plain values: `{"fetched": …, "draft": …, "source": …}` -> Parsed as a dictionary."""
    page, source = msgspec.convert(payload["fetched"], Fetched), msgspec.convert(payload["source"], Source)
    return _plain(attachments(page, msgspec.convert(payload["draft"], Draft), source))


def _plain(parsed: Parsed) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(parsed, builtin_types=(bytes,))
    return plain


def _html(fetched: Fetched, rule: ListRule) -> str:
    """The list's markup: the body, or the member of a JSON answer that `rule.html` names."""
    if not rule.html:
        return _decoded(fetched)
    try:
        value = msgspec.json.decode(_decoded(fetched))
        for name in rule.html.split("."):
            value = value[name]
    except (msgspec.MsgspecError, KeyError, TypeError, RecursionError, UnicodeError) as error:
        raise BadRecord(f"list.html {rule.html!r}: no such member of a JSON answer") from error
    if not isinstance(value, str):
        raise BadRecord(f"list.html {rule.html!r}: the member is no text")
    return value


def _decoded(fetched: Fetched) -> str:
    if len(fetched.body) > MOST_BYTES:
        raise BadRecord(f"{len(fetched.body):,} bytes are more than a page may have ({MOST_BYTES:,})")
    return charset.decode_page(fetched.body, fetched.content_type)


def _tree(html: str) -> BeautifulSoup:
    markup.check(html)
    try:
        with warnings.catch_warnings():  # about XML, or about a page so short that it might be a file name
            warnings.simplefilter("ignore")
            tree = BeautifulSoup(html, "lxml")
    except MemoryError:
        raise
    except Exception as error:  # as many kinds as there are broken pages
        raise BadRecord(f"page not read: {error!r}"[:500]) from error
    for line_break in tree.find_all("br"):
        line_break.replace_with(" ")
    return tree


def _base(tree: BeautifulSoup, url: str) -> str:
    """What relative links of the page are relative to."""
    element = tree.find("base", href=True)
    return (urls.canonical(_attribute(element, "href"), url) if isinstance(element, Tag) else "") or url


def _read(tree: BeautifulSoup, base: str, source: Source, rule: ListRule) -> Parsed:
    rows = tree.select(rule.row)
    if not rows:
        raise BadRecord(f"list.row {rule.row!r} finds nothing on the page")
    where = f"{source.id} {base}"
    headings = _headings(tree, rows, rule)
    drafts: dict[str, Draft] = {}
    rejections: list[Rejection] = []
    for number, row in enumerate(rows[:MOST_ROWS], start=1):
        draft = _draft(row, headings.get(id(row), ""), base, source, rule)
        if isinstance(draft, str):
            rejections.append(Rejection(where=f"{source.id} row {number}", reason=draft))
        elif (known := drafts.get(draft.id)) is None or (not known.title and draft.url == known.url):
            drafts[draft.id] = draft
        elif draft.url != known.url:
            reason = f"repeats the id {draft.id} of a row before it"
            rejections.append(Rejection(where=f"{source.id} row {number} ({draft.url[:200]})", reason=reason))
    _refuse_blind(drafts.values(), rule)
    rejections += _beyond("rows", len(rows), MOST_ROWS, where)
    return Parsed(drafts=tuple(drafts.values()), rejections=tuple(rejections))


def _refuse_blind(drafts: Iterable[Draft], rule: ListRule) -> None:
    """A selector that finds nothing in any row is broken: its rows would all look changed."""
    for key, css, found in (
        ("date", rule.date, any(draft.published for draft in drafts)),
        ("title", rule.title, any(draft.title for draft in drafts)),
    ):
        if css and drafts and not found:
            raise BadRecord(f"list.{key} {css!r} finds no {key} in any row")


def _headings(tree: BeautifulSoup, rows: list[Tag], rule: ListRule) -> dict[int, str]:
    """For each row, by identity, the date that stands over it and outside of all rows (`dt` over `dd`)."""
    if not rule.date:
        return {}
    css, attribute = selector(rule.date)
    among = {id(row) for row in rows}
    heading, found = "", {}
    for element in tree.select(f":is({rule.row}, {css})"):
        if id(element) in among:
            found[id(element)] = heading
        elif not any(id(parent) in among for parent in element.parents):
            value = _date_text(element, attribute)
            heading = value if dates.find(value)[0] else heading
    return found


def _draft(row: Tag, heading: str, base: str, source: Source, rule: ListRule) -> Draft | str:
    """A draft, or the reason why there is none."""
    css, attribute = selector(rule.link)
    link = row.select_one(css) or (row if row.css.match(css) else None)
    if link is None:
        return f"list.link {rule.link!r} finds nothing in it"
    raw = _attribute(link, attribute or "href")
    url = _address(raw, base, rule)
    if not url:
        return f"its link is no http(s) URL: {raw[:200]!r}"
    if len(url) > _MOST_URL:
        return f"its link has {len(url):,} characters"
    published, precision = dates.find(_date(row, rule) or heading)
    return Draft(
        id=ids.release(source, url),
        publisher=source.publisher,
        source=source.id,
        kind=source.kind,
        url=url,
        title=_title(row, link, rule),
        published=published,
        published_precision=precision,
        lang=source.language,
        extra=_following(url),
    )


def _following(url: str) -> dict[str, str]:
    return {"follow": url, "content": "", "content_type": _PLAIN}


def _address(raw: str, base: str, rule: ListRule | None = None) -> str:
    if rule is not None and rule.pattern:
        match = re.search(rule.pattern, raw[:_MOST_URL])
        raw = match.expand(rule.address) if match else ""
    elif script := _SCRIPT.match(raw[: 2 * _MOST_URL]):
        raw = script[1]
    return urls.canonical(raw, base) if raw else ""


def _title(row: Tag, link: Tag, rule: ListRule) -> str:
    css, attribute = selector(rule.title)
    element = row.select_one(css) if css else link
    if element is None:
        return ""
    return (_line(_attribute(element, attribute)) if attribute else _text(element))[:_MOST_TITLE]


def _date(row: Tag, rule: ListRule) -> str:
    """The first text in the row that the selector finds and that holds a date."""
    if not rule.date:
        return ""
    css, attribute = selector(rule.date)
    values = (_date_text(element, attribute) for element in row.select(css))
    return next((value for value in values if dates.find(value)[0]), "")


def _date_text(element: Tag, attribute: str) -> str:
    value = _attribute(element, attribute or "datetime")
    return (value if value or attribute else _text(element))[:_MOST_DATE]


def _links(tree: BeautifulSoup, chosen: str, base: str) -> Iterator[tuple[str, str]]:
    """URL and title of the links that a selector chooses, itself or around them; a later one gives way."""
    css, attribute = selector(chosen)
    name = attribute or "href"
    seen: set[str] = set()
    for element in tree.select(css):
        for link in [element] if element.has_attr(name) else element.select(f"[{name}]"):
            url = _address(_attribute(link, name), base)
            if url and url not in seen:
                seen.add(url)
                yield url, (_text(link) or _line(_attribute(link, "title")) or url.rpartition("/")[2])[:_MOST_TITLE]


def _attached(name: str, url: str, title: str, root: Draft) -> Draft:
    return Draft(
        id=name,
        publisher=root.publisher,
        source=root.source,
        kind=root.kind,
        url=url,
        title=title,
        published=root.published,
        published_precision=root.published_precision,
        lang=root.lang,
        root=root.id,
        extra=_following(url),
    )


def _beyond(what: str, found: int, most: int, where: str) -> tuple[Rejection, ...]:
    if found <= most:
        return ()
    return (Rejection(where=where, reason=f"{found - most:,} {what} beyond the first {most:,} are not read"),)


def _attribute(element: Tag, name: str) -> str:
    value = element.get(name)
    return value if isinstance(value, str) else ""


def _text(element: Tag) -> str:
    return _line(element.get_text())


def _line(text: str) -> str:
    return " ".join(text.split())
