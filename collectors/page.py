"""Fetched -> Parsed for HTML lists without a feed, and the attachments of release pages: pure, run in the sandbox.

A list says little: a row's link, title and date. So every draft is followed, and the page behind it becomes its body.
Whether a page that was followed is one at all, `usable` says.
BeautifulSoup reads with lxml: Python's own parser needs minutes for a page made of `<!--`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from bs4 import BeautifulSoup, Tag

from collectors import dates, ids, urls
from collectors.feed import semantic_hash
from collectors.sources import ListRule, Source, selector
from exportwatch import charset, content, markup
from exportwatch.errors import BadRecord
from exportwatch.model import Draft, Fetched, Parsed, Rejection

VERSION: Final = 2
"""Counts up with every change of what is read from the same bytes."""
MOST_BYTES: Final = 8 * 1024 * 1024
MOST_ROWS: Final = 2_000
MOST_ATTACHMENTS: Final = 20
_MOST_TITLE: Final = 2_000
_MOST_URL: Final = 2_000
_MOST_DATE: Final = 1_000
_ITSELF: Final = "."
_FEWEST: Final = 20
"""Characters that a text must have beside a server's complaint to be worth publishing."""
_PLAIN: Final = "text/plain; charset=utf-8"
# What Apache writes in place of a part of the page that it cannot make, with status 200.
_NOT_MADE: Final = re.compile(r"\[an error occurred while processing (?:this|the) directive\]", re.IGNORECASE)
_PAGE: Final = re.compile(r"\.x?html?$", re.IGNORECASE)
_FILE: Final = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|hwpx?|rtf|odt|zip|csv)$", re.IGNORECASE)
# javascript:location.href='/attach/…' and window.open('https://…')
_SCRIPT: Final = re.compile(r"\s*javascript:[^'\"]{0,200}['\"]((?:https?:/)?/[^'\"]+)['\"]", re.IGNORECASE)


def parse(fetched: Fetched, source: Source) -> Parsed:
    """The drafts of a list in its order, one a row. Never raises; the same input gives the same answer.

    Each carries `body` None and the URL of its page in `extra["follow"]`; what is attached in a row comes after it. A
    selector that finds nothing at all, in any row, is one Rejection that names it, and no draft: the site has changed.
    A page that says itself that there is nothing (`list.empty`) gives neither.
    """
    rule = source.list_rule or ListRule(row="a")
    try:
        tree = _tree(_html(fetched, rule, source.encoding))
        return _read(tree, fetched, source, rule)
    except BadRecord as error:
        return Parsed(rejections=(Rejection(where=f"{source.id} {fetched.url}", reason=str(error)),))


def attachments(page: Fetched, root: Draft, source: Source) -> Parsed:
    """The attachments of a release page, as drafts to be followed whose `root` it is.

    Only of HTML and where the source selects some. Raises BadRecord for a page that no parser may be given.
    """
    if not source.attachments or content.kind_of(page.body, page.content_type) != "html":
        return Parsed()
    tree = _tree(_decoded(page, source.encoding))
    drafts = _files(tree, source.attachments, _base(tree, page.url), root, urls.canonical(page.url))
    rejections = _beyond("attachments", len(drafts), MOST_ATTACHMENTS, f"{source.id} {page.url}")
    return Parsed(drafts=tuple(drafts[:MOST_ATTACHMENTS]), rejections=rejections)


def usable(fetched: Fetched, source: Source, *, attachment: bool = False) -> str:
    """Empty for a page, or an `attachment`, that may be published; else why it is none, to be asked for another time.

    A page stands in place of a file (an attachment is no page, unless its address says so), the server's own complaint
    in place of the text, or nothing does. Where `source.main` finds nothing the reason begins with `main`: if that goes
    on, the site has changed. What no parser may be given is usable here: it is kept, and found unreadable later.
    """
    if not fetched.body.strip():
        return "an empty answer"
    if content.kind_of(fetched.body, fetched.content_type) != "html":
        return ""
    paths = [urlsplit(url).path[-6:] for url in (fetched.url, fetched.requested)]
    if any(map(_FILE.search, paths)) or (attachment and not any(map(_PAGE.search, paths))):
        return "a page stands in place of the file"
    try:
        tree = _tree(_decoded(fetched, source.encoding))
    except BadRecord:
        return ""
    parts = tree.select(source.main) if source.main and not attachment else [tree]
    if not parts:
        return f"main {source.main!r} finds nothing on the page"
    text = _line(" ".join(part.get_text(" ") for part in parts))
    said, complaints = _NOT_MADE.subn(" ", text)
    if complaints and len(said.strip()) < _FEWEST:
        return "the server's own error stands in place of the text"
    shown = said.strip() or any(part.select_one("img[src], a[href], iframe, object, embed") for part in parts)
    return "" if shown else "no text on the page"


def parse_payload(payload: dict[str, Any]) -> dict[str, Any]:
    """`parse` between plain values, for the sandbox: `{"fetched": …, "source": …}` -> Parsed as a dictionary."""
    return _plain(parse(msgspec.convert(payload["fetched"], Fetched), msgspec.convert(payload["source"], Source)))


def attachments_payload(payload: dict[str, Any]) -> dict[str, Any]:
    """`attachments` between plain values: `{"fetched": …, "draft": …, "source": …}` -> Parsed as a dictionary."""
    page, source = msgspec.convert(payload["fetched"], Fetched), msgspec.convert(payload["source"], Source)
    return _plain(attachments(page, msgspec.convert(payload["draft"], Draft), source))


def usable_payload(payload: dict[str, Any]) -> str:
    """`usable` between plain values: `{"fetched": …, "source": …, "attachment": …}` -> the reason, or empty."""
    page, source = msgspec.convert(payload["fetched"], Fetched), msgspec.convert(payload["source"], Source)
    return usable(page, source, attachment=bool(payload.get("attachment")))


def _plain(parsed: Parsed) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(parsed, builtin_types=(bytes,))
    return plain


def _html(fetched: Fetched, rule: ListRule, encoding: str) -> str:
    """The list's markup: the body, or the member of a JSON answer that `rule.html` names."""
    if not rule.html:
        return _decoded(fetched, encoding)
    try:
        value = msgspec.json.decode(_decoded(fetched, encoding))
        for name in rule.html.split("."):
            value = value[name]
    except (msgspec.MsgspecError, KeyError, TypeError, RecursionError, UnicodeError) as error:
        raise BadRecord(f"list.html {rule.html!r}: no such member of a JSON answer") from error
    if not isinstance(value, str):
        raise BadRecord(f"list.html {rule.html!r}: the member is no text")
    return value


def _decoded(fetched: Fetched, encoding: str) -> str:
    if len(fetched.body) > MOST_BYTES:
        raise BadRecord(f"{len(fetched.body):,} bytes are more than a page may have ({MOST_BYTES:,})")
    return charset.decode_page(fetched.body, fetched.content_type, encoding)


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


def _read(tree: BeautifulSoup, fetched: Fetched, source: Source, rule: ListRule) -> Parsed:
    base = fetched.url if rule.link == _ITSELF else _base(tree, fetched.url)
    rows = tree.select(rule.row)
    if not rows and rule.empty and tree.select_one(rule.empty):
        return Parsed()
    if not rows:
        raise BadRecord(f"list.row {rule.row!r} finds nothing on the page")
    drafts, rejections = _drafts(tree, rows[:MOST_ROWS], base, source, rule)
    if rule.link == _ITSELF:
        drafts = [_itself(draft, fetched, source) for draft in drafts]
    _refuse_blind([draft for draft in drafts if not draft.root], rule)
    rejections += _beyond("rows", len(rows), MOST_ROWS, f"{source.id} {base}")
    return Parsed(
        drafts=tuple(drafts),
        rejections=tuple(rejections),
        next=_next(tree, base, rule),
        semantic_hash=semantic_hash(drafts),
    )


def _drafts(
    tree: BeautifulSoup, rows: list[Tag], base: str, source: Source, rule: ListRule
) -> tuple[list[Draft], list[Rejection]]:
    """A draft a row, what is attached in the row after it."""
    headings = _headings(tree, rows, rule)
    drafts: dict[str, Draft] = {}
    attached: dict[str, list[Draft]] = {}
    rejections: list[Rejection] = []
    for number, row in enumerate(rows, start=1):
        draft = _draft(row, headings.get(id(row), ""), base, source, rule)
        if isinstance(draft, str):
            rejections.append(Rejection(where=f"{source.id} row {number}", reason=draft))
        elif (known := drafts.get(draft.id)) is None or (not known.title and draft.url == known.url):
            drafts[draft.id] = draft
            attached[draft.id] = _files(row, rule.attachments, base, draft, draft.url)[:MOST_ATTACHMENTS]
        elif draft.url != known.url:
            reason = f"repeats the id {draft.id} of a row before it"
            rejections.append(Rejection(where=f"{source.id} row {number} ({draft.url[:200]})", reason=reason))
    return [each for draft in drafts.values() for each in (draft, *attached[draft.id])], rejections


def _itself(draft: Draft, fetched: Fetched, source: Source) -> Draft:
    """The page that was fetched as the draft's body."""
    url = urls.canonical(fetched.url)
    content_type = f"text/html; charset={source.encoding}" if source.encoding else fetched.content_type
    return replace(draft, url=url, content_type=content_type or "text/html", body=fetched.body, extra={})


def _next(tree: BeautifulSoup, base: str, rule: ListRule) -> str:
    """The page of older releases: on the same host, and not this one again."""
    css, attribute = selector(rule.next)
    links = tree.select(css) if css else ()
    found = (urls.canonical(_attribute(link, attribute or "href"), base) for link in links)
    host, here = urlsplit(urls.canonical(base)).netloc, urls.canonical(base)
    return next((url for url in found if url and url != here and urlsplit(url).netloc == host), "")


def _refuse_blind(drafts: Sequence[Draft], rule: ListRule) -> None:
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
    link = row if rule.link == _ITSELF else row.select_one(css) or (row if row.css.match(css) else None)
    if link is None:
        return f"list.link {rule.link!r} finds nothing in it"
    raw = base if rule.link == _ITSELF else _attribute(link, attribute or "href")
    url = _address(raw, base, rule)
    if not url:
        return f"its link is no http(s) URL: {raw[:200]!r}"
    if len(url) > _MOST_URL:
        return f"its link has {len(url):,} characters"
    title = _title(row, link, rule)
    native = ids.release(source, url, title=title)
    published, precision = dates.dated((_date(row, rule), heading), source.date_rule, native)
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


def _files(within: Tag, chosen: str, base: str, root: Draft, own: str) -> list[Draft]:
    """A draft a link that the selector chooses, but for the page's `own`."""
    links = {url: title for url, title in _links(within, chosen, base) if url != own and len(url) <= _MOST_URL}
    names = ids.attachments(root.id, root.publisher, list(links))
    return [_attached(name, url, title, root) for name, (url, title) in zip(names, links.items(), strict=True)]


def _links(within: Tag, chosen: str, base: str) -> Iterator[tuple[str, str]]:
    """URL and title of the links that a selector chooses, itself or around them; a later one gives way."""
    css, attribute = selector(chosen)
    name = attribute or "href"
    seen: set[str] = set()
    for element in within.select(css) if css else ():
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
