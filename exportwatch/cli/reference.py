"""`python -m exportwatch.cli.reference FOLDER`: the reference pages, made from the code (`make docs`).

And what architecture.md beside the folder says of each file of the stages.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click

from exportwatch.bus import DAY, TOPICS
from exportwatch.cli import COMMANDS, main
from exportwatch.metrics import COUNTERS
from exportwatch.query.fields import FIELDS, by_name
from exportwatch.settings import FILE, TABLE

_ROOT: Final = Path(__file__).parents[2]
_STAGES: Final = ("collectors", "processors", "indexers")
_ROOM: Final = re.compile(rf"^- \[\w+\]\(\.\./({'|'.join(_STAGES)})/(\w+)\.py\): .*\n", re.MULTILINE)
_NOTICE: Final = "<!-- Written by `make docs`; change the code instead. -->"


def pages() -> dict[str, str]:
    """File name -> Markdown text of every page of the reference."""
    return {name: make() for name, make in _PAGES.items()}


def _table(*rows: tuple[str, ...]) -> str:
    """A Markdown table; the first row is its head."""
    head, *body = (tuple(cell.replace("|", "\\|") for cell in row) for row in rows)
    rule = tuple("---" for _ in head)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *body))


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", _NOTICE, *(part.strip() for part in parts)]) + "\n"


def _commands() -> str:
    context = click.Context(main, info_name="exportwatch")
    intro = (
        "`exportwatch [SETTINGS] COMMAND …`. Settings ([settings.md](settings.md)) stand before the command. Exit code"
        " 0: done; 1: failed; 2: wrong usage or configuration, or (commands for people) a server that does not answer."
    )
    sections = [section for name in COMMANDS for section in _command(name, main.get_command(context, name), context)]
    return _page("Commands", intro, *sections)


def _command(name: str, command: click.Command | None, parent: click.Context) -> Iterator[str]:
    """One section a command, then those of its own commands."""
    assert command is not None, f"command {name} is not there"
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    options = [p.get_help_record(context) for p in command.params if isinstance(p, click.Option)]
    title = context.command_path.removeprefix("exportwatch ")
    parts = [f"## {title}", f"    {usage}", *_paragraphs(command.help or "")]
    if rows := [(f"`{record[0]}`", record[1]) for record in options if record]:
        parts.append(_table(("option", "meaning"), *rows))
    yield "\n\n".join(parts)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            yield from _command(inner, command.get_command(context, inner), context)


def _paragraphs(text: str) -> list[str]:
    """The paragraphs of a help text; those that click must not wrap (`\\b`) are examples."""
    found = inspect.cleandoc(text).split("\n\n")
    return [textwrap.indent(p.removeprefix("\b\n"), "    ") if p.startswith("\b") else p for p in found]


def _settings() -> str:
    intro = (
        f"Each setting can be given as an option before the command, as an environment variable, or as a key in"
        f" `{FILE}` in the data folder; the first of these that names it counts. An unknown name is refused."
    )
    rows = [
        (
            f"`{s.name}`",
            f"`{s.option}`",
            f"`{s.env}`",
            _default(s.default),
            s.help + (" Never shown." if s.secret else ""),
        )
        for s in TABLE
        if not s.hidden
    ]
    exception = f"`data` cannot stand in `{FILE}`, which lies in the folder it names."
    return _page("Settings", intro, _table(("key", "option", "variable", "default", "meaning"), *rows), exception)


def _default(value: str | int | float) -> str:
    return "none" if value == "" else f"`{value}`"


def _metrics() -> str:
    intro = "What a worker counts. It logs the counts that are not zero when it stops, as `name=value`."
    return _page(
        "Metrics", intro, _table(("counter", "meaning"), *((f"`{name}`", text) for name, text in COUNTERS.items()))
    )


def _topics() -> str:
    intro = (
        "Names carry the setting `namespace` as a prefix (`exportwatch.releases`), and so do the groups. The embedded"
        " log has one partition a topic. Workers create what is missing when they start."
    )
    head = ("topic", "partitions on Kafka", "kept", "largest record", "read by groups")
    rows = [
        (
            f"`{t.name}`",
            str(t.partitions),
            _kept(t.compacted, t.retention),
            f"{t.record_bytes:,} bytes",
            ", ".join(f"`{group}`" for group in t.groups) or "nobody",
        )
        for t in TOPICS.values()
    ]
    return _page("Topics", intro, _table(head, *rows))


def _kept(compacted: bool, retention: int | None) -> str:
    if compacted:
        return "compacted, for ever"
    return "for ever" if retention is None else f"{retention // DAY} days"


def _fields() -> str:
    intro = (
        "Fields of the query language: `field:value`, `field:( … )`, `field:[low TO high]`. A field holds for the"
        " document; inside `measure:( … )` those marked so hold for one and the same measure."
    )
    rows = [
        (
            ", ".join(f"`{name}`" for name in (f.name, *f.aliases)),
            _FIELD_TYPES[f.type],
            "yes" if f.measure else "",
            f.help,
        )
        for f in FIELDS.values()
        if by_name(f.name)
    ]
    return _page("Fields", intro, _table(("field", "compared", "one measure", "meaning"), *rows))


_FIELD_TYPES: Final = {"tokens": "by words", "keyword": "as a whole", "day": "as a day"}
_PAGES: Final[dict[str, Callable[[], str]]] = {
    "commands.md": _commands,
    "settings.md": _settings,
    "metrics.md": _metrics,
    "topics.md": _topics,
    "fields.md": _fields,
}


def rooms(text: str) -> str:
    """A document with a line for each file of the stages: in its place, with the first line of its docstring.

    A file that has no place yet comes to the end of its folder's last list; one that is gone loses its line.
    """
    known = {
        (stage, path.stem): _room(stage, path) for stage in _STAGES for path in sorted((_ROOT / stage).glob("*.py"))
    }
    text = _ROOM.sub(lambda found: known.pop((found[1], found[2]), ""), text)
    for (stage, _), line in known.items():
        places = [found.end() for found in _ROOM.finditer(text) if found[1] == stage]
        text = text[: places[-1]] + line + text[places[-1] :] if places and line else text
    return text


def _room(stage: str, path: Path) -> str:
    """`- [polite](../collectors/polite.py): The one door …`; empty for a file that says nothing."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return f"- [{path.stem}](../{stage}/{path.name}): {said.splitlines()[0]}\n" if said else ""


def _write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    architecture = folder.parent / "architecture.md"
    if architecture.exists():
        architecture.write_text(rooms(architecture.read_text(encoding="utf-8")), encoding="utf-8")
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write(Path(sys.argv[1]))
