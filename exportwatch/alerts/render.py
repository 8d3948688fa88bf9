"""What a message says, made for each kind of channel. Everything foreign is made safe here.

text(message)      a few plain lines, for the terminal and for mail
html(message)      the same as a page of its own, for mail
subject(message)   one line that no header can be smuggled through
body(message)      one JSON object: what a webhook posts and a file holds; foreign text as it is, escaped as JSON

The first three are made of one View, whose every text is safe and on one line.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from exportwatch.alerts import Message
from exportwatch.clock import rfc3339
from exportwatch.errors import Misconfigured
from exportwatch.model import Quote
from exportwatch.present import AROUND, claim_line, language_name
from exportwatch.safe import line, safe
from exportwatch.web import links

if TYPE_CHECKING:
    from jinja2 import Environment

SUBJECT_CHARACTERS: Final = 180
HEALTH: Final = "the health of the sources"
"""Said in place of a query."""
_TITLE_CHARACTERS: Final = 300
_QUERY_CHARACTERS: Final = 500
_SPACE: Final = re.compile(r"\s+")
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Evidence:
    """Original words, what stands around them, and the English name of what they mean (or empty)."""

    before: str
    words: str
    after: str
    concept: str


@dataclass(frozen=True, slots=True)
class View:
    """All that a person is told. Empty texts are left out."""

    claim: str
    title: str
    lang: str
    """For the attribute; empty where the language is not known."""
    language: str
    """In English."""
    source: str
    date: str
    """The publisher's day, else the day on which it was observed."""
    published: bool
    """Whether the date is the publisher's."""
    document: str
    url: str
    """Of the original: http or https, in ASCII; empty for anything else."""
    page: str
    """Our page of the document; empty without the setting `public_url`."""
    evidence: tuple[Evidence, ...]
    subscription: str
    query: str
    """Empty for one to the health of the sources."""
    note: str
    stop: str
    """The command that ends the subscription."""
    test: bool
    health: bool
    """Whether it is told of a source, not of a document."""


def view(message: Message, public_url: str = "") -> View:
    """What there is to say; `public_url` is a setting, checked by `base`."""
    alert, subscription = message.alert, message.subscription
    day = line(alert.published[:10])
    return View(
        claim=claim_line(alert, alert.published[:10]),
        title=_cut(line(alert.title), _TITLE_CHARACTERS) or "(no title)",
        lang=links.lang(alert.lang),
        language=line(language_name(alert.lang)),
        source=line(alert.source or alert.publisher),
        date=day or rfc3339(alert.observed)[:10],
        published=bool(day),
        document="" if subscription.health else line(alert.document),
        url=link(alert.url),
        page=_page(message, public_url),
        evidence=tuple(_evidence(found) for found in alert.evidence),
        subscription=line(subscription.id),
        query=_cut(line(subscription.query), _QUERY_CHARACTERS),
        note=_cut(line(subscription.note), _TITLE_CHARACTERS),
        stop=f"exportwatch subscriptions remove {line(subscription.id)}",
        test=message.test,
        health=subscription.health,
    )


def text(message: Message, public_url: str = "") -> str:
    """Plain text of a few lines, without a final line feed, safe on a terminal."""
    seen = view(message, public_url)
    why = [
        f"  {found.before}[{found.words}]{f' ({found.concept})' if found.concept else ''}{found.after}"
        for found in seen.evidence
    ]
    lines = [
        "This is a test: somebody tries this subscription's channels." if seen.test else "",
        seen.claim,
        seen.title,
        f"  {_facts(seen)}",
        f"  {seen.url}" if seen.url else "",
        f"  {seen.page}" if seen.page else "",
        *why,
        f"  subscription {seen.subscription}: {seen.query or HEALTH}{f' ({seen.note})' if seen.note else ''}",
        f"  to stop: {seen.stop}",
    ]
    return "\n".join(filter(None, lines))


def html(message: Message, public_url: str = "") -> str:
    """A whole page that needs nothing from anywhere."""
    seen = view(message, public_url)
    return _environment().get_template("mail.html").render(view=seen, date=_date(seen), health=HEALTH)


def subject(message: Message) -> str:
    """One line of at most SUBJECT_CHARACTERS that holds no line end, no control, and no encoded word."""
    seen = view(message)
    # Mail programs join what shares a subject: the title tells two documents of one claim apart.
    said = " | ".join(filter(None, (seen.claim, seen.title)))
    test = "Test: " if seen.test else ""
    # Whoever decodes a header, Python's own writer included, would find a line end in =?utf-8?q?=0A?=.
    return _cut((test + said).replace("=?", "= ?"), SUBJECT_CHARACTERS)


def payload(message: Message, public_url: str = "") -> dict[str, Any]:
    """The JSON object of a message; the same in every attempt."""
    alert = message.alert
    return {
        "key": message.key,
        "subscription": message.subscription.id,
        "query": message.subscription.query,
        "test": message.test,
        "claim": claim_line(alert, alert.published[:10]),
        "id": alert.document,
        "title": alert.title,
        "lang": alert.lang,
        "url": link(alert.url),
        "page": _page(message, public_url),
        "source": alert.source,
        "publisher": alert.publisher,
        "published": alert.published,
        "observed": rfc3339(alert.observed),
        "actions": alert.actions,
        "implementing": alert.implementing,
        "affected": alert.affected,
        "item_labels": alert.item_labels,
        "agencies": alert.agencies,
        "evidence": alert.evidence,
        "stop": f"exportwatch subscriptions remove {message.subscription.id}",
    }


def body(message: Message, public_url: str = "") -> bytes:
    """The payload as JSON in UTF-8."""
    return _encode(payload(message, public_url))


def base(public_url: str) -> str:
    """The setting `public_url` without a final slash. Raises Misconfigured for what is no web address."""
    if public_url and not link(public_url):
        raise Misconfigured("public_url: not a web address such as https://watch.example.org")
    return link(public_url).rstrip("/")


def link(url: str) -> str:
    """The URL in ASCII where a person may follow it: http or https, a host, no user name; else empty."""
    if not links.outward(url):
        return ""
    parts = urlsplit(url)
    try:
        port, host = parts.port, (parts.hostname or "").encode("idna").decode("ascii")
    except (UnicodeError, ValueError):
        return ""
    # A name before the host is only ever there to be taken for the host.
    if "@" in parts.netloc or not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+", host):
        return ""
    netloc = (f"[{host}]" if ":" in host else host) + ("" if port is None else f":{port}")
    path, query, fragment = (
        quote(part, safe="%/:?@!$&'()*+,;=~", errors="replace") for part in (parts.path, parts.query, parts.fragment)
    )
    return urlunsplit((parts.scheme, netloc, path, query, fragment))


def _page(message: Message, public_url: str) -> str:
    if not public_url:
        return ""
    if message.subscription.health:
        return public_url + links.source(message.alert.source)
    query = message.subscription.query
    return public_url + links.document(message.alert.document, query if len(query) <= _QUERY_CHARACTERS else "")


def _evidence(found: Quote) -> Evidence:
    before, after = found.text[: found.mark_start], found.text[found.mark_end :]
    return Evidence(
        before=("… " if found.start > found.mark_start else "") + _flat(before).lstrip(),
        words=line(found.text[found.mark_start : found.mark_end]),
        after=_flat(after).rstrip() + (" …" if len(after) >= AROUND else ""),
        concept=line(found.concept),
    )


def _facts(seen: View) -> str:
    facts = (seen.source, _date(seen)) if seen.health else (seen.language, seen.source, _date(seen), seen.document)
    return " · ".join(facts)


def _date(seen: View) -> str:
    return seen.date if seen.published else f"observed {seen.date}"


def _flat(text: str) -> str:
    """Safe and on one line, but with the spaces at its ends, which part it from what follows."""
    return safe(_SPACE.sub(" ", text))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("exportwatch.alerts"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: safe(value) if isinstance(value, str) else value,
    )
