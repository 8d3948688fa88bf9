"""Commands `subscriptions add|list|show|remove|test`: who is told of what, and what that would have been."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from exportwatch import codec
from exportwatch.cli import pass_settings
from exportwatch.cli.console import line, print_json
from exportwatch.cli.searching import said_of
from exportwatch.clock import rfc3339
from exportwatch.errors import ExportwatchError, Misconfigured
from exportwatch.model import Classified, Subscription
from exportwatch.settings import Settings
from exportwatch.wiring import Wiring

if TYPE_CHECKING:
    from exportwatch.alerts import Message
    from exportwatch.index import Hit
    from exportwatch.query.names import Resolved

_LOOKED_AT: Final = 1000
"""Of the documents that match, so many of the best are looked at for the newest."""

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.group()
def subscriptions() -> None:
    """Be told when something new matches a query."""


@contextmanager
def _wired(settings: Settings) -> Iterator[Wiring]:
    wiring = Wiring(settings, person=True)
    try:
        yield wiring
    finally:
        wiring.close()


@subscriptions.command()
@click.argument("query", metavar="QUERY|ID", nargs=-1)
@click.option("--health", is_flag=True, help="Be told when a source changes its state; ID then names the subscription.")
@click.option("--id", "id", help="A name of a-z, 0-9 and hyphens; made from the query if not given.")
@click.option(
    "--channel",
    "--to",
    "channels",
    metavar="URL",
    multiple=True,
    help="console:, file:/path.jsonl, https://… (a webhook) or mailto:someone@example.org; may be repeated "
    "[default: console:].",
)
@click.option("--all-origins", is_flag=True, help="Fire for backfill and replay too.")
@click.option("--note", default="", help="Anything you want to remember of it.")
@click.option("--replace", is_flag=True, help="Change the subscription of this --id if there is one.")
@json_option
@pass_settings
def add(
    settings: Settings,
    query: tuple[str, ...],
    health: bool,
    id: str | None,
    channels: tuple[str, ...],
    all_origins: bool,
    note: str,
    replace: bool,
    as_json: bool,
) -> None:
    """Subscribe to a query, or to the health of the sources: what is observed from now on is told once.

    \b
    exportwatch subscriptions add --channel file:/tmp/alerts.jsonl '"hydrogen fluoride" AND against:KR'
    exportwatch subscriptions add --id gallium --channel mailto:me@example.org 'gallium OR germanium'
    exportwatch subscriptions add ops --health --channel mailto:me@example.org
    """
    if health and (len(query) > 1 or (query and id)):
        raise Misconfigured("--health is told of every source and takes no query: `subscriptions add ID --health`")
    if not health and not query:
        raise Misconfigured("Missing argument 'QUERY': what to be told of; or --health")
    id = query[0] if health and query else id
    if replace and not id:
        raise Misconfigured("--replace needs the --id of the subscription to change")
    with _wired(settings) as wiring:
        wanted = Subscription(
            id=id or "",
            query="" if health else " ".join(query),
            health=health,
            channels=channels or ("console:",),
            changed=wiring.clock.now(),
            all_origins=all_origins,
            note=note,
        )
        _add(wiring, wanted, replace, as_json)


def _add(wiring: Wiring, wanted: Subscription, replace: bool, as_json: bool) -> None:
    from exportwatch import subscriptions as kept
    from exportwatch.query.names import resolve

    resolved = None if wanted.health else resolve(wanted.query, wiring.taxonomy)
    _check_channels(wiring, wanted.channels)
    made = kept.add(wiring.store, wanted, replace=replace) if wanted.id else _add_named(wiring, wanted, resolved)
    _print_made(made, resolved, wiring, as_json)


def _check_channels(wiring: Wiring, channels: Sequence[str]) -> None:
    from exportwatch.alerts import open_channel

    for channel in channels:
        open_channel(channel, wiring.settings, wiring.clock).close()


def _add_named(wiring: Wiring, wanted: Subscription, resolved: Resolved | None) -> Subscription:
    """Under the first free id that says something of the query."""
    import dataclasses

    from exportwatch import subscriptions as kept

    concepts = [concept for expansion in resolved.expansions for concept in expansion.concepts] if resolved else []
    taken = {subscription.id for subscription in kept.every(wiring.store)}
    named = kept.free_id(wanted.query if resolved else "health", concepts, taken)
    return kept.add(wiring.store, dataclasses.replace(wanted, id=named))


def _print_made(made: Subscription, resolved: Resolved | None, wiring: Wiring, as_json: bool) -> None:
    if as_json:
        print_json(_row(made) | ({"secret": made.secret} if made.secret else {}))
        return
    print(f"subscription {made.id}: {_asked(made)}")
    for note in resolved.notes if resolved else ():
        print(f"  {line(note)}")
    for expansion in resolved.expansions if resolved else ():
        print(f"  {said_of(expansion, wiring.taxonomy)}")
    for channel in made.channels:
        print(f"  tells {line(channel)}")
    if made.secret:
        print(f"  secret of its webhooks, not shown again: {made.secret}")


def _asked(subscription: Subscription) -> str:
    """What it is told of, for a person."""
    return "the health of the sources" if subscription.health else line(subscription.query)


def _row(subscription: Subscription) -> dict[str, Any]:
    """All but the secret."""
    return {
        "id": subscription.id,
        "query": subscription.query,
        "channels": subscription.channels,
        "changed": rfc3339(subscription.changed),
        "all_origins": subscription.all_origins,
        "note": subscription.note,
        "health": subscription.health,
    }


@subscriptions.command(name="list")
@json_option
@pass_settings
def list_(settings: Settings, as_json: bool) -> None:
    """All subscriptions."""
    from exportwatch import subscriptions as kept

    with _wired(settings) as wiring:
        found = kept.every(wiring.store)
    for subscription in found:
        if as_json:
            print_json(_row(subscription))
        else:
            channels = " ".join(map(line, subscription.channels))
            print(f"{subscription.id}  {_asked(subscription)}  {channels}")
    if not found and not as_json:
        print("no subscriptions; `exportwatch subscriptions add QUERY` makes one")


@subscriptions.command()
@click.argument("id")
@json_option
@pass_settings
def show(settings: Settings, id: str, as_json: bool) -> None:
    """One subscription, and how far its messages have come."""
    with _wired(settings) as wiring:
        subscription = _known(wiring, id)
        row = _row(subscription) | _deliveries(wiring, id)
    if as_json:
        print_json(row)
        return
    for name, value in row.items():
        print(f"{name:12} {line(' '.join(value) if isinstance(value, tuple) else str(value))}")


def _known(wiring: Wiring, id: str) -> Subscription:
    from exportwatch import subscriptions as kept

    found = kept.load(wiring.store, id)
    if found is None:
        raise Misconfigured(f"there is no subscription {id[:100]}; `exportwatch subscriptions list` shows all")
    return found


def _deliveries(wiring: Wiring, id: str) -> dict[str, Any]:
    """Numbers of its messages by state, and the last error."""
    from exportwatch.alerts import outbox

    states: Counter[str] = Counter()
    last, error = 0, ""
    for _, stored in wiring.store.scan(f"{outbox.LEDGER}{id}/"):
        for delivery in outbox.ENTRY.decode(stored.value).deliveries:
            states[delivery.state] += 1
            if delivery.error and delivery.state != "sent" and delivery.last > last:
                last, error = delivery.last, delivery.error
    return {name: states[name] for name in ("sent", "pending", "failed")} | {"last_error": error}


@subscriptions.command()
@click.argument("id")
@json_option
@pass_settings
def remove(settings: Settings, id: str, as_json: bool) -> None:
    """End a subscription; messages that are still on their way are not sent."""
    from exportwatch import subscriptions as kept

    with _wired(settings) as wiring:
        _known(wiring, id)
        kept.remove(wiring.store, id)
    if as_json:
        print_json({"removed": id})
    else:
        print(f"removed {id}")


@subscriptions.command()
@click.argument("id_or_query", metavar="ID|QUERY", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Most documents to show.")
@click.option("--send", is_flag=True, help="Send the alert of the newest one to the channels, marked as a test.")
@json_option
@pass_settings
def test(settings: Settings, id_or_query: tuple[str, ...], limit: int, send: bool, as_json: bool) -> int:
    """Which indexed documents would have matched, newest first, and the alert of the newest. Sends nothing."""
    from exportwatch import subscriptions as kept
    from exportwatch.query.names import resolve

    text = " ".join(id_or_query)
    with _wired(settings) as wiring:
        subscription = kept.load(wiring.store, text)
        if send and subscription is None:
            raise Misconfigured(f"--send needs a subscription, and there is none called {line(text)[:100]}")
        if subscription and subscription.health:
            told = _print_events(wiring, subscription, limit, as_json)
            return _send(wiring, told, as_json) if send else 0
        asked = subscription or Subscription(id="test", query=text, channels=("console:",), changed=0)
        resolved = resolve(asked.query, wiring.taxonomy)
        total, found = _newest(wiring, resolved)
        message = _message(wiring, asked, resolved, found[0][1]) if found else None
        _print_found(found[:limit], total, resolved, message, as_json)
        return _send(wiring, message, as_json) if send else 0


def _print_events(wiring: Wiring, asked: Subscription, limit: int, as_json: bool) -> Message:
    """The latest changes of sources, and the alert of the newest; of an example where there was none yet."""
    from exportwatch.alerts import Message, render
    from exportwatch.alerts.health import alert, title
    from exportwatch.cli.seen import event_row, events
    from exportwatch.health import HealthEvent

    now = wiring.clock.now()
    found = sorted((each for some in events(wiring).values() for each in some), key=lambda each: each.at, reverse=True)
    example = HealthEvent(source="example", state="STALE", was="OK", at=now, reason="an example, nothing is wrong")
    made = alert(found[0] if found else example, asked)
    key = f"{secrets.token_hex(16)}-0"
    message = Message(subscription=asked, alert=made, key=key, attempt=1, first_attempted=now, test=True)
    text = render.text(message)
    for number, event in enumerate(found[:limit]):
        if as_json:
            print_json(event_row(event) | {"alert": None if number else text})
        else:
            print(f"{rfc3339(event.at)[:10]}  {line(title(event))}")
    if not as_json:
        print(f"{len(found)} changes of sources would have been told\n\n{text}")
    return message


def _newest(wiring: Wiring, resolved: Resolved) -> tuple[int, list[tuple[Hit, Classified]]]:
    hits = wiring.index.search(resolved.tree, limit=_LOOKED_AT)
    found = [(hit, codec.CLASSIFIED.decode(hit.body)) for hit in hits.hits]
    found.sort(key=lambda pair: (pair[1].document.observed, pair[1].document.published), reverse=True)
    return hits.total, found


def _message(wiring: Wiring, asked: Subscription, resolved: Resolved, classified: Classified) -> Message:
    from exportwatch.alerts import Message
    from exportwatch.query.highlight import highlights
    from indexers.match import alert

    now = wiring.clock.now()
    made = alert(classified, asked, highlights(resolved, classified), wiring.taxonomy, now)
    # A key of its own: a test must not be taken for a repeat of the real message.
    key = f"{secrets.token_hex(16)}-0"
    return Message(subscription=asked, alert=made, key=key, attempt=1, first_attempted=now, test=True)


def _print_found(
    found: list[tuple[Hit, Classified]], total: int, resolved: Resolved, message: Message | None, as_json: bool
) -> None:
    from exportwatch.alerts import render
    from exportwatch.cli.searching import row
    from exportwatch.query.highlight import highlights

    text = render.text(message) if message else ""
    for number, (hit, classified) in enumerate(found):
        document = classified.document
        if as_json:
            shown = row(hit, classified, highlights(resolved, classified))
            print_json(shown | {"observed": rfc3339(document.observed), "alert": None if number else text})
        else:
            print(f"{rfc3339(document.observed)[:10]}  {classified.claims.lang:7}  {line(document.title)[:100]}")
    if not as_json:
        cut = f", the newest {len(found)} shown" if len(found) < total else ""
        print(f"{total} document{'' if total == 1 else 's'} would have matched{cut}")
        if text:
            print(f"\n{text}")


def _send(wiring: Wiring, message: Message | None, as_json: bool) -> int:
    """The exit code: 1 when a channel did not take it, or there was nothing to send."""
    import dataclasses

    from exportwatch.alerts import open_channel

    if message is None:
        raise ExportwatchError("nothing was sent: no document matches")
    failed = 0
    for number, url in enumerate(message.subscription.channels):
        error = ""
        try:
            channel = open_channel(url, wiring.settings, wiring.clock)
            channel.send(dataclasses.replace(message, key=f"{message.key.partition('-')[0]}-{number}"))
            channel.close()
        except ExportwatchError as problem:
            error, failed = str(problem), failed + 1
        if as_json:
            print_json({"channel": url, "sent": not error, "error": error})
        else:
            print(f"{line(url)}: {line(error) or 'sent'}")
    return 1 if failed else 0
