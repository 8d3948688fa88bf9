"""What a feed says, whatever its dialect: nothing cleaned, nothing guessed; links are absolute, dates as written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOST_ENTRIES: Final = 5_000
"""Of one feed; those beyond are not read."""
TOO_MUCH: Final = "too much to read"
"""How the reason begins where a feed is given up for what reading it would cost."""


class NotAFeed(Exception):
    """The bytes are no feed; caught in collectors.feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text construct of a feed: as given, and whether it is markup."""

    value: str = ""
    html: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One entry as the feed gives it; what it does not give is empty."""

    title: Text = Text()
    link: str = ""
    """Of the entry's page; absolute, but of any scheme."""
    guid: str = ""
    published: str = ""
    updated: str = ""
    content: Text = Text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The entries in the feed's order, and what the feed says of itself."""

    entries: tuple[FeedEntry, ...] = ()
    dialect: str = ""
    """`rss20`, `rss10`, `atom10`, `cdf`, `json11` …; `rss` or `atom` where the version is not known."""
    title: Text = Text()
    link: str = ""
    language: str = ""
    ttl_seconds: int = 0
    """For which the publisher asks us to stay away; 0 for no wish."""
    skip_hours: tuple[int, ...] = ()
    """Of the day in GMT, 0 to 23, in which there is nothing new."""
    skip_days: tuple[str, ...] = ()
    """Of the week, as the feed names them, in which there is nothing new."""
    next: str = ""
    """URL of the next older page."""
    encoding: str = ""
    """The Python codec that gave the text."""
