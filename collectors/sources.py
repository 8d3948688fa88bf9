"""What a source is: who publishes what where, how to ask for it, how to read it, and what to expect of it.

`collectors.sourcefiles` reads sources from `config/sources/<id>.toml`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

HOUR: Final = 3600
DAY: Final = 24 * HOUR
_ATTRIBUTE: Final = re.compile(r"@([A-Za-z][\w:.-]*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdRule:
    """Where the publisher's own id of a release stands: the groups of `pattern`, joined by hyphens."""

    source: Literal["link", "guid", "title"] = "link"
    """In TOML: `from`. Of an API, its own number is the guid."""
    pattern: str
    title: str = ""
    """A pattern that is looked for in the title first, in its compatibility form (NFKC: １ is 1): a notice's number
    names it under every URL. It should take only titles of the notice itself, not of what is said about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRule:
    """How to understand the dates of a source; in TOML the table `dates`."""

    zone: str = ""
    """Of times of day without an offset: an IANA name or +HH:MM; empty keeps the day alone."""
    precision: Literal["", "day"] = ""
    """`day`: the time of day means nothing (a batch at midnight) and is dropped."""
    id_pattern: str = ""
    """Three groups in the id that are year, month and day: they hold above what the list says."""
    listed: Literal["published", "changed"] = "published"
    """`changed`: the dates of the list say when a page last changed, and are left to the page itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRule:
    """Where the releases stand on a page: CSS selectors, in TOML the table `list`.

    `selector@attribute` takes an attribute instead of the text (of a link, instead of `href`).
    """

    row: str
    """One release each; may be the link itself."""
    link: str = "a[href]"
    """Within a row: the first is the release's. `.`: the page itself is the release, and its own text."""
    title: str = ""
    """Within a row; empty: the text of the link."""
    date: str = ""
    """Within a row, or outside of all rows over those it holds for; empty: the page behind the row may know."""
    html: str = ""
    """For an answer in JSON: the member that holds the markup, `data.html`."""
    pattern: str = ""
    """For links that are no addresses: a regular expression whose groups `address` takes as `\\1`."""
    address: str = ""
    next: str = ""
    """On the page: the link to the next, older one."""
    empty: str = ""
    """What stands on the page when there are no rows: it tells an honest empty list from a page that has changed."""
    attachments: str = ""
    """Within a row: links beside the release's own; what they lead to has the release as its `root`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRule:
    """How to read an answer that is data, in TOML the table `api`.

    A path is member names joined by dots, `a.b|c` the first of several that holds something; lists on the way are
    walked through. An adapter knows its API's paths; those that are given here hold above its own.
    """

    adapter: str
    """A name of `collectors.api.ADAPTERS`: `json` reads by the paths below, the others know their API."""
    rows: str = ""
    link: str = ""
    title: str = ""
    date: str = ""
    id: str = ""
    text: str = ""
    """The release's own text, where the answer holds it."""
    page: str = ""
    """Where the page or file to be followed stands, if not `link`."""
    next: str = ""
    """URL of the next, older answer."""
    count: str = ""
    """How many there are: 0 tells an honest empty answer from a broken one."""
    address: str = ""
    """For links that are only a part of one: a template with `{link}` or `{id}`."""
    keep: dict[str, str] = field(default_factory=dict)
    """Path -> regular expression: a row is kept when one value there fits each of them, whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRule:
    """How to ask for older releases, in TOML the table `pages`. `{page}`, `{from}` and `{to}` are filled in."""

    url: str = ""
    """Empty: the source's own (for a form), or the link that the answer names (`list.next`, `api.next`, a feed's)."""
    form: dict[str, str] = field(default_factory=dict)
    first: int = 2
    """The number of the page after that which `Source.url` shows."""
    step: int = 1
    most: int = 20
    """Pages of one poll; a backfill goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source as its file describes it."""

    id: str
    publisher: str
    """Namespace of the ids of its releases; several sources may share one."""
    url: str
    kind: str
    """Of its documents: press release, notice, law, news …"""
    publisher_kind: Literal["ministry", "agency", "gazette", "news", "mirror"] = "ministry"
    language: str = ""
    """BCP 47 tag that every release of the source is declared to be in; empty: not declared."""
    jurisdiction: str = ""
    """Of the publisher: ISO 3166 alpha-2 or EU; empty for none."""
    licence: str = ""
    """What is known of the terms of use, for people."""
    method: Literal["GET", "POST"] = "GET"
    form: dict[str, str] = field(default_factory=dict)
    """Sent with POST, as application/x-www-form-urlencoded."""
    headers: dict[str, str] = field(default_factory=dict)
    """Sent beside our own, to the URL's own origin only."""
    cookies: bool = False
    """Whether cookies are kept within a poll."""
    warm_up: str = ""
    """A URL asked for first, whose cookies the others need."""
    encoding: str = ""
    """Of the list and its pages, against whatever they declare; empty: as detected."""
    parser: Literal["feed", "page", "api"] = "feed"
    interval: int = HOUR
    """Seconds between polls while the source is lively; the least."""
    slowest: int = 0
    """Seconds between polls while nothing happens; 0: always `interval`."""
    politeness: str = ""
    """Sources with the same key are asked as one host; empty: the host of the URL."""
    pause: float = 1.0
    """Least seconds between two requests to one host while this source is polled."""
    cadence: int = 7 * DAY
    """Seconds within which the source is expected to publish; on its first poll, older releases are backfill."""
    patience: int = 0
    """Seconds without anything new after which the source is STALE; 0: twice its cadence."""
    minimum: int = 1
    """A poll that yields fewer releases has failed, whatever the status code says."""
    maximum: int = 2_000
    """A poll that yields more has failed: the site has changed, or a filter was lost."""
    fallback: str = ""
    """The id of a source that brings the same releases under the same ids, polled only while this one is not well."""
    follow: bool = False
    """Whether the page behind each new entry is fetched and becomes its body; always for a list."""
    main: str = ""
    """CSS selector of a release's text on its page; empty: as recognised. A page on which it finds nothing has changed,
    or is not the release's (`page.usable`)."""
    attachments: str = ""
    """CSS selector of links on a followed page; what they lead to becomes releases of their own, `root` the page."""
    id_rule: IdRule | None = None
    """In TOML: the table `id`. Without it, ids are made from the canonical URL."""
    date_rule: DateRule | None = None
    """In TOML: the table `dates`."""
    list_rule: ListRule | None = None
    """In TOML: the table `list`, for `parser = "page"`."""
    api_rule: ApiRule | None = None
    """In TOML: the table `api`, for `parser = "api"`."""
    page_rule: PageRule | None = None
    """In TOML: the table `pages`. Without it there is nothing older to ask for."""
    enabled: bool = True
    note: str = ""
    """For people; says why a disabled source is disabled."""


def selector(text: str) -> tuple[str, str]:
    """CSS and attribute of `css@attribute`; an empty attribute for none."""
    match = _ATTRIBUTE.search(text)
    return (text[: match.start()], match[1]) if match else (text, "")
