"""How to ask for a list and for its older pages: pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from collectors.fetch import Method
from collectors.sources import PageRule, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for."""

    url: str
    method: Method = "GET"
    form: dict[str, str] = field(default_factory=dict)


def first(source: Source) -> Request:
    """The newest page, as the source's file says."""
    return Request(url=source.url, method=source.method, form=source.form)


def older(source: Source, number: int, following: str, *, begin: str, end: str) -> Request | None:
    """The page after `number` pages (1: after the newest), or None where there is none.

    `following` is what that page says of where it goes on; `begin` and `end` are days, for addresses that take some.
    """
    rule = source.page_rule
    if rule is None or not (rule.url or rule.form):
        return Request(url=following) if following else None
    values = {"{page}": str(rule.first + rule.step * (number - 1)), "{from}": begin, "{to}": end}
    form = {**source.form, **{name: _filled(text, values) for name, text in rule.form.items()}}
    method: Method = source.method if rule.form or not rule.url or source.method == "GET" else "POST"
    return Request(url=_filled(rule.url or source.url, values), method=method, form=form)


def newest(source: Source, *, begin: str, end: str) -> Request:
    """The newest page of a span of days: by its own address, where the source's pages have such addresses."""
    rule = source.page_rule
    if rule is not None and spans(rule):
        request = older(source, 0, "", begin=begin, end=end)
        assert request is not None
        return request
    return first(source)


def spans(rule: PageRule) -> bool:
    """Whether pages can be asked for by days."""
    return any("{from}" in text or "{to}" in text for text in (rule.url, *rule.form.values()))


def most(source: Source) -> int:
    """Pages of one poll."""
    return (source.page_rule or PageRule()).most


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text
