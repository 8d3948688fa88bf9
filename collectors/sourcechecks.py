"""What is wrong with sources that can be read: within one file, and between files. Every complaint names its key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from collectors import api, urls, zones
from collectors.sources import ApiRule, IdRule, ListRule, PageRule, Source, selector
from exportwatch import charset

Complaint = tuple[str, str]
"""The key, with its table and a dot before it where it is in one, and the whole sentence."""

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_LANGUAGE: Final = re.compile(r"(?:[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*)?")
_JURISDICTION: Final = re.compile(r"(?:[A-Z]{2})?")
_SMALLEST: Final = {"interval": 1, "cadence": 1, "patience": 0, "minimum": 0, "maximum": 1, "pause": 0, "slowest": 0}
_OURS: Final = frozenset(
    (
        *("host", "user-agent", "accept-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect"),
        *("content-length", "content-type", "transfer-encoding", "range", "cookie"),
        *("if-none-match", "if-modified-since"),
    )
)
_SECRET: Final = re.compile(
    r"authorization|(?:api|service|subscription|access|private)[-_]?key|token|secret|passw|credential|session[-_]?id",
    re.IGNORECASE,
)
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e]*")
_PLACE: Final = re.compile(r"\{([a-z_]{1,20})\}")
_LONGEST: Final = 366 * 24 * 3600


def complaints(source: Source) -> Iterator[Complaint]:
    """All of one source's, in the order of its fields."""
    yield from _basics(source)
    yield from _expectations(source)
    yield from _request(source)
    yield from _parts(source)
    if source.id_rule is not None:
        yield from _id(source.id_rule)
    yield from _dates(source)
    if source.list_rule is not None:
        yield from _list(source.list_rule)
    if source.api_rule is not None:
        yield from _api(source.api_rule)
    if source.page_rule is not None:
        yield from _pages(source, source.page_rule)


def across(sources: Mapping[str, Source]) -> Iterator[tuple[str, Complaint]]:
    """Those that only several sources together give reason for, each under the id of one of them."""
    asked: dict[tuple[object, ...], str] = {}
    for source in sources.values():
        yield from ((source.id, complaint) for complaint in _fallback(source, sources))
        if not source.enabled:
            continue
        request = (source.method, urls.canonical(source.url), tuple(sorted(source.form.items())))
        if (other := asked.setdefault(request, source.id)) != source.id:
            yield source.id, ("url", f"url: {other} asks for the same; one of them is enough")


def _fallback(source: Source, sources: Mapping[str, Source]) -> Iterator[Complaint]:
    name = source.fallback
    if not name:
        return
    stands_in = sources.get(name)
    if stands_in is None:
        yield "fallback", f"fallback: there is no source {name!r}"
    elif name == source.id:
        yield "fallback", "fallback: a source cannot stand in for itself"
    elif stands_in.publisher != source.publisher:
        reason = f"{name} is of {stands_in.publisher}, not of {source.publisher}: the ids would not be the same"
        yield "fallback", f"fallback: {reason}"
    elif not stands_in.enabled:
        yield "fallback", f"fallback: {name} is not enabled"
    elif stands_in.fallback:
        yield "fallback", f"fallback: {name} has a fallback of its own, {stands_in.fallback}"
    else:
        yield from _same_releases(source, stands_in)


def _same_releases(source: Source, stands_in: Source) -> Iterator[Complaint]:
    """What a release would lose, or be called otherwise, while the other brings it."""
    if source.id_rule != stands_in.id_rule:
        yield "fallback", f"fallback: {stands_in.id} has another table id: the ids would not be the same"
    if source.attachments and source.attachments != stands_in.attachments:
        yield "fallback", f"fallback: {stands_in.id} has not the same attachments: some would be lost"
    if source.follow and stands_in.follow and source.main != stands_in.main:
        yield "fallback", f"fallback: {stands_in.id} has not the same main: the texts would not be the same"


def _basics(source: Source) -> Iterator[Complaint]:
    wanted = {
        "publisher": "" if NAME.fullmatch(source.publisher) else "made of a-z, 0-9 and hyphens",
        "url": "" if urls.canonical(source.url) else "an http or https URL",
        "language": "" if _LANGUAGE.fullmatch(source.language) else "a BCP 47 tag",
        "jurisdiction": "" if _JURISDICTION.fullmatch(source.jurisdiction) else "two capital letters",
        "encoding": "" if not source.encoding or charset.known(source.encoding) else "a charset that is known",
        "note": "" if source.enabled or source.note else "the reason why the source is not enabled",
    }
    for key, what in wanted.items():
        if what:
            yield key, f"{key}: {getattr(source, key)!r} is not {what}"


def _expectations(source: Source) -> Iterator[Complaint]:
    for key, least in _SMALLEST.items():
        if getattr(source, key) < least:
            yield key, f"{key}: {getattr(source, key)!r} is not at least {least}"
    for key in ("interval", "slowest", "cadence", "pause"):
        if getattr(source, key) > _LONGEST:
            yield key, f"{key}: {getattr(source, key)!r} is more than a year, in seconds"
    if source.minimum > source.maximum:
        yield "maximum", f"maximum: {source.maximum} is less than minimum, {source.minimum}"
    if 0 < source.slowest < source.interval:
        yield "slowest", f"slowest: {source.slowest} is less than interval, {source.interval}"


def _request(source: Source) -> Iterator[Complaint]:
    if source.form and source.method != "POST":
        yield "form", 'form: sent with POST only; say method = "POST"'
    for name, value in source.headers.items():
        yield from _header(name, value)
    if source.warm_up and not urls.canonical(source.warm_up):
        yield "warm_up", f"warm_up: {source.warm_up!r} is not an http or https URL"
    if source.warm_up and not source.cookies:
        yield "warm_up", "warm_up: asked for its cookies only; say cookies = true"
    for key in ("url", "warm_up"):
        yield from _no_secret(key, getattr(source, key))
    for name in filter(_SECRET.search, source.form):
        yield "form", f"form: {name} looks like a secret, which does not belong into a source's file"


def _header(name: str, value: str) -> Iterator[Complaint]:
    key = f"headers.{name}"
    if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
        yield key, f"{key}: not a header of printable ASCII"
    elif name.lower() in _OURS or name.lower().startswith("proxy-"):
        yield key, f"{key}: exportwatch sets it itself"
    elif _SECRET.search(name):
        yield key, f"{key}: looks like a secret, which does not belong into a source's file"


def _no_secret(key: str, url: str) -> Iterator[Complaint]:
    try:
        parts = urlsplit(url)
        named = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True) if _SECRET.search(name)]
    except ValueError:
        return
    if "@" in parts.netloc or named:
        what = named[0] if named else "the name and password before the host"
        yield key, f"{key}: {what} looks like a secret, which does not belong into a source's file"


def _parts(source: Source) -> Iterator[Complaint]:
    """Whether the tables are those of the parser, and what is said of pages has pages to be said of."""
    for parser, table, given in (("page", "list", source.list_rule), ("api", "api", source.api_rule)):
        if (source.parser == parser) != (given is not None):
            yield table, f'{table}: a table for parser = "{parser}", and for no other'
    if source.parser == "page" and not source.follow:
        yield "follow", "follow: a list has no text of its own, its pages are always followed"
    for key in ("attachments", "main"):
        if getattr(source, key) and not source.follow:
            yield key, f"{key}: found on followed pages only; say follow = true"
        yield from _selector(key, getattr(source, key))
    if selector(source.main)[1]:
        yield "main", "main: a text is that of an element, not an attribute"


def _id(rule: IdRule) -> Iterator[Complaint]:
    for key, pattern in (("id.pattern", rule.pattern), ("id.title", rule.title)):
        if pattern or key == "id.pattern":
            yield from _pattern(key, pattern, least=1)


def _dates(source: Source) -> Iterator[Complaint]:
    rule = source.date_rule
    if rule is None:
        return
    if rule.zone and not zones.known(rule.zone):
        yield "dates.zone", f"dates.zone: {rule.zone!r} is neither an IANA name (Asia/Tokyo) nor an offset (+09:00)"
    if rule.id_pattern:
        yield from _pattern("dates.id_pattern", rule.id_pattern, least=3, most=3)
    if rule.listed == "changed" and not source.follow:
        yield "dates.listed", "dates.listed: nobody else says when a release was published; say follow = true"


def _list(rule: ListRule) -> Iterator[Complaint]:
    for key in ("row", "link", "title", "date", "next", "empty", "attachments"):
        if not (key == "link" and rule.link == "."):
            yield from _selector(f"list.{key}", getattr(rule, key))
    if selector(rule.row)[1]:
        yield "list.row", "list.row: a row is an element, no attribute"
    if rule.link == "." and not rule.title:
        yield "list.title", "list.title: a page that is its own release needs a selector for its title"
    if bool(rule.pattern) != bool(rule.address):
        yield "list.pattern", "list.pattern and list.address belong together"
    elif rule.pattern:
        wrong = list(_pattern("list.pattern", rule.pattern, least=0))
        yield from wrong or _template(rule)


def _template(rule: ListRule) -> Iterator[Complaint]:
    groups = re.compile(rule.pattern).groups
    try:
        match = re.compile(f"{rule.pattern}|").match("")
        assert match is not None
        match.expand(rule.address)
    except (re.error, IndexError) as error:
        yield "list.address", f"list.address: {error}; list.pattern has {groups} groups"


def _api(rule: ApiRule) -> Iterator[Complaint]:
    if rule.adapter not in api.ADAPTERS:
        yield "api.adapter", f"api.adapter: {rule.adapter!r} is none of {', '.join(api.ADAPTERS)}"
    for key in ("rows", "link", "title"):
        if rule.adapter == "json" and not getattr(rule, key) and not (key == "link" and rule.address):
            yield f"api.{key}", f"api.{key} is missing"
    for path, pattern in rule.keep.items():
        yield from _pattern("api.keep", pattern, least=0, shown=f"api.keep.{path}")
    yield from _places("api.address", rule.address, ("link", "id"))


def _pages(source: Source, rule: PageRule) -> Iterator[Complaint]:
    yield from _places("pages.url", rule.url, ("page", "from", "to"))
    for value in rule.form.values():
        yield from _places("pages.form", value, ("page", "from", "to"))
    if rule.url and not urls.canonical(_PLACE.sub("1", rule.url)):
        yield "pages.url", f"pages.url: {rule.url!r} is not an http or https URL"
    if rule.form and source.method != "POST":
        yield "pages.form", 'pages.form: sent with POST only; say method = "POST"'
    varies = _PLACE.search(rule.url) or any(map(_PLACE.search, rule.form.values()))
    if (rule.url or rule.form) and not varies:
        yield "pages", "pages: neither url nor form holds {page}, {from} or {to}: every page would be the same"
    for key, least in (("first", 0), ("step", 1), ("most", 1)):
        if getattr(rule, key) < least:
            yield f"pages.{key}", f"pages.{key}: {getattr(rule, key)} is not at least {least}"


def _places(key: str, text: str, known: tuple[str, ...]) -> Iterator[Complaint]:
    for name in _PLACE.findall(text):
        if name not in known:
            yield key, f"{key}: {{{name}}} is none of {', '.join(f'{{{each}}}' for each in known)}"


def _pattern(key: str, pattern: str, *, least: int, most: int = 20, shown: str = "") -> Iterator[Complaint]:
    shown = shown or key
    try:
        groups = re.compile(pattern).groups
    except (re.error, RecursionError, OverflowError) as error:
        yield key, f"{shown}: {error}"
        return
    if not least <= groups <= most:
        number = f"{least}" if least == most else f"at least {least}" if groups < least else f"at most {most}"
        what = "one group" if number == "at least 1" else f"{number} groups"
        yield key, f"{shown}: not a regular expression with {what.replace('one', 'at least one')}"


def _selector(key: str, text: str) -> Iterator[Complaint]:
    if not text:
        return
    import soupsieve

    css, _ = selector(text)
    try:
        soupsieve.compile(css)
    except (soupsieve.SelectorSyntaxError, ValueError, RecursionError) as error:
        yield key, f"{key}: {text!r} is no CSS selector: {str(error).splitlines()[0]}"
