"""Command `sources parse`: what saved bytes would yield, without network or storage."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click
import msgspec

from exportwatch import charset, configfiles
from exportwatch.cli import pass_settings
from exportwatch.cli.console import line, print_json
from exportwatch.errors import ExportwatchError, Misconfigured
from exportwatch.settings import Settings

if TYPE_CHECKING:
    from collectors.preview import Line, Preview
    from collectors.sources import Source

_MOST_URL: Final = 4_000
_GZIP: Final = b"\x1f\x8b"
_PIECE: Final = 64 * 1024


@click.command()
@click.argument("file", metavar="FILE|-", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--url", required=True, help="The address that served the bytes.")
@click.option("--content-type", default="", metavar="TYPE", help="As it was served [default: by the bytes].")
@click.option("--encoding", default="", metavar="CHARSET", help="Their charset, against what they declare.")
@click.option("--source", "name", metavar="ID", help="Read them as what this source serves: its list, its pages.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_settings
def parse(
    settings: Settings, file: Path, url: str, content_type: str, encoding: str, name: str | None, as_json: bool
) -> int:
    """What saved bytes would yield: a feed's entries, a source's list, or one page. No network, nothing kept.

    \b
    exportwatch sources parse feed.xml --url https://example.org/feed
    curl -s https://example.org/news | exportwatch sources parse - --url https://example.org/news --json
    """
    if encoding and not charset.known(encoding):
        raise Misconfigured(f"--encoding: {line(encoding)[:100]!r} is not a charset that is known")
    if not url or len(url) > _MOST_URL or any(ord(c) < 33 or 0xD800 <= ord(c) < 0xE000 for c in url):
        raise Misconfigured(f"--url: not an address of 1 to {_MOST_URL:,} characters without spaces")
    source, named = _source(settings, name, url, encoding)
    preview = _preview(settings, _body(file, settings.max_document_bytes), url, content_type, source, named)
    for rejection in preview.rejections:
        print(f"exportwatch: {line(rejection.where)}: {line(rejection.reason)}", file=sys.stderr)
    _print_preview(preview, settings.max_text_characters, as_json)
    return 1 if preview.rejections and not preview.lines else 0


def _body(file: Path, most: int) -> bytes:
    """The bytes of a file, or of standard input."""
    try:
        if str(file) == "-":
            body = sys.stdin.buffer.read(most + 1)
        else:
            with file.open("rb") as stream:
                body = stream.read(most + 1)
    except FileNotFoundError as error:
        raise Misconfigured(f"{file}: no such file") from error
    except (OSError, ValueError) as error:
        raise ExportwatchError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(body) > most:
        raise ExportwatchError(f"{file}: more than {most:,} bytes, the setting max_document_bytes")
    body = _unpacked(file, body, most)
    if not body.strip():
        raise ExportwatchError(f"{file}: empty")
    return body


def _unpacked(file: Path, body: bytes, most: int) -> bytes:
    """Without the one layer of gzip in which curl saves what a server sends so. No feed or page begins as gzip does."""
    if not body.startswith(_GZIP):
        return body
    from collectors import decode

    try:
        pieces = (body[place : place + _PIECE] for place in range(0, len(body), _PIECE))
        return decode.decode(pieces, "gzip", most)
    except decode.TooLarge as error:
        raise ExportwatchError(f"{file}: more than {most:,} bytes unpacked, the setting max_document_bytes") from error
    except decode.Undecodable as error:
        raise ExportwatchError(f"{file}: {error}; save it again, with `curl --compressed`") from error


def _source(settings: Settings, name: str | None, url: str, encoding: str) -> tuple[Source, bool]:
    """The source whose rules hold, and whether the bytes are its own beyond doubt."""
    from collectors import preview

    if name is not None:
        found = known(settings, name)
        return replace(found, encoding=encoding or found.encoding), True
    anybody = preview.anybody(url, encoding)
    near = _of_host(settings, url)
    if near is None:
        return anybody, False
    if near.url == url:
        return replace(near, encoding=encoding or near.encoding), True
    of_host = replace(anybody, publisher=near.publisher, id_rule=near.id_rule, date_rule=near.date_rule)
    return of_host, False


def known(settings: Settings, name: str) -> Source:
    """The source of this id. Raises Misconfigured for an unknown one, and for its file if that is none."""
    from collectors import sourcefiles

    paths = {path.stem: path for path in configfiles.files("sources", settings.folder)}
    if name not in paths:
        raise Misconfigured(f"there is no source {line(name)[:100]!r}; `exportwatch sources` shows all")
    return sourcefiles.read(paths[name])


def _of_host(settings: Settings, url: str) -> Source | None:
    """The source that serves this URL: by the URL itself, else the one of its host whose id rule knows it best."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    paths = {path.stem: path for path in configfiles.files("sources", settings.folder)}
    # Few files name the host, and reading all of them would take longer than reading the bytes.
    near = [path for path in paths.values() if host and host in path.read_text(encoding="utf-8", errors="replace")]
    if not near:
        return None
    from collectors import sourcefiles

    found = [sourcefiles.read(path) for path in near]
    served = [source for source in found if urlsplit(source.url).hostname == host]
    return max(served, key=lambda source: (source.url == url, _known_length(source, url)), default=None)


def _known_length(source: Source, url: str) -> int:
    """How much of the URL the source's id rule knows: a rule that is more particular knows more."""
    match = re.search(source.id_rule.pattern, url) if source.id_rule and source.id_rule.source == "link" else None
    return match.end() - match.start() if match else 0


def _preview(settings: Settings, body: bytes, url: str, content_type: str, source: Source, named: bool) -> Preview:
    """In a child that may be killed. Raises BadRecord when it was."""
    from collectors.preview import Preview
    from exportwatch.clock import SystemClock
    from exportwatch.model import Fetched
    from exportwatch.sandbox import Killed, Sandbox

    headers = {"content-type": content_type} if content_type else {}
    fetched = Fetched(url=url, status=200, headers=headers, body=body, observed=SystemClock().now())
    payload = {"fetched": fetched, "source": source, "named": named}
    with Sandbox() as sandbox:
        answer = sandbox.run("collectors.preview:read_payload", msgspec.to_builtins(payload, builtin_types=(bytes,)))
    if isinstance(answer, Killed):
        raise Killed(f"{url}: the parser had to be stopped: {answer.reason}")
    return msgspec.convert(answer, Preview)


def _print_preview(preview: Preview, most: int, as_json: bool) -> None:
    from processors.language import detect

    rows = [_row(each, detect(each.title, each.text, each.lang), most) for each in preview.lines]
    if as_json:
        for row in rows:
            print_json(row)
        return
    for row in rows:
        print(f"{row['published'][:10] or 'no date':10}  {row['lang']:7}  {line(row['title']) or '(no title)'}")
        print(f"            {line(row['url'] or row['id'])}  {len(row['text']):,} characters")
    number = len(rows)
    print(f"a {preview.kind}: {number} release{'' if number == 1 else 's'}", file=sys.stderr)


def _row(seen: Line, lang: str, most: int) -> dict[str, Any]:
    """As the contract has it; the text as long as that of a document may be."""
    return {
        "id": seen.id,
        "url": seen.url,
        "title": seen.title,
        "published": seen.published,
        "published_precision": seen.published_precision,
        "lang": lang,
        "text": seen.text[:most],
    }
