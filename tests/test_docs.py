"""The documents say what is true: commands, settings, links, versions and the generated reference."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import exportwatch
from collectors import sourcefiles
from exportwatch.cli import main
from exportwatch.cli.reference import pages, rooms
from exportwatch.errors import Misconfigured
from exportwatch.settings import NAMES, PREFIX, TABLE

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))
FENCED = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4}(\S.*)", re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")
PROGRAM = click.Context(main, info_name="exportwatch")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def code(path: Path) -> Iterator[str]:
    """Every line of code in a document: fenced (continued lines joined), indented or inline."""
    text = path.read_text(encoding="utf-8")
    for block in FENCED.findall(text):
        yield from block.replace("\\\n", " ").splitlines()
    rest = FENCED.sub("", text)
    yield from INDENTED.findall(rest)
    yield from INLINE.findall(rest)


def calls(program: str, path: Path) -> Iterator[list[str]]:
    """The arguments of every call of a program in a document."""
    for line in code(path):
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            continue
        for part in _split(words):
            while part and re.fullmatch(r"[A-Z_]+=.*", part[0]):
                part = part[1:]
            if part and part[0].rpartition("/")[2] == program:
                yield part[1:]


def _split(words: list[str]) -> Iterator[list[str]]:
    """The simple commands of a line."""
    part: list[str] = []
    for word in words:
        if word in ("|", "&&", "||", ";", "&"):
            yield part
            part = []
        else:
            part.append(word)
    yield part


def options_of(command: click.Command) -> dict[str, bool]:
    """Option name -> whether it takes a value."""
    found = {"--help": False, "-h": False}
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            for name in (*parameter.opts, *parameter.secondary_opts):
                found[name] = not parameter.is_flag
    return found


def mistake(arguments: list[str]) -> str | None:
    """What is wrong with a call of exportwatch, or None."""
    command: click.Command = main
    rest = [word for word in arguments if not re.fullmatch(r"…|\[.*\]", word)]
    while rest:
        word = rest.pop(0)
        if word in ("--", ">", "2>"):
            return None
        if word.startswith("-") and word != "-":
            name, _, value = word.partition("=")
            options = options_of(command)
            if name not in options:
                return f"no option {name}"
            if options[name] and not value:
                if not rest:
                    return f"{name} without a value"
                rest.pop(0)
        elif isinstance(command, click.Group) and not word.isupper():
            found = command.get_command(PROGRAM, word)
            if found is None:
                return f"no command {word}"
            command = found
    return None


CALLS = [(name_of(path), arguments) for path in DOCUMENTS for arguments in calls("exportwatch", path)]


@pytest.mark.parametrize(("where", "arguments"), CALLS, ids=[f"{where} {' '.join(each)}" for where, each in CALLS])
def test_a_command_in_the_documents_exists(where: str, arguments: list[str]) -> None:
    assert mistake(arguments) is None


def test_a_wrong_command_would_be_found() -> None:
    assert mistake(["serach", "METI"]) == "no command serach"
    assert mistake(["subscriptions", "ad", "METI"]) == "no command ad"
    assert mistake(["--dta", "x", "search", "METI"]) == "no option --dta"
    assert mistake(["--data", "x", "search", "--jsonl", "METI"]) == "no option --jsonl"
    assert mistake(["--data", "x", "search", "--limit", "3", "--", "--METI"]) is None
    assert {"import", "search"} <= {word for where, call in CALLS if where == "README.md" for word in call}


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):.*  ## ", makefile, re.MULTILINE))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_a_make_target_in_the_documents_exists(path: Path) -> None:
    named = {word for call in calls("make", path) for word in call if re.fullmatch("[a-z-]+", word)}
    assert named <= targets()


def test_the_makefile_has_the_agreed_targets() -> None:
    agreed = {"install", "lint", "type", "test", "test-servers", "bench", "docs", "demo", "lock", "help"}
    assert targets() >= agreed
    phony = re.search(r"^\.PHONY: (help .*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == targets()


def test_ci_runs_the_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    (command,) = [line for line in script if line.startswith("make ") and "test" in line]
    assert command.split()[1:] in list(calls("make", ROOT / "README.md"))
    assert command.split()[1:] in list(calls("make", ROOT / "CONTRIBUTING.md"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_a_setting_named_in_the_documents_exists(path: Path) -> None:
    known = {setting.env for setting in TABLE}
    assert set(re.findall(rf"\b{PREFIX}[A-Z_]+", path.read_text(encoding="utf-8"))) <= known


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_a_link_to_a_file_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert broken == []


def test_the_source_that_is_shown_to_contributors_is_one() -> None:
    (shown,) = re.findall(r"^```toml\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.M | re.S)
    source = sourcefiles.make("shown", tomllib.loads(shown), "CONTRIBUTING.md")
    assert (source.publisher, source.parser, source.minimum) == ("jp-meti", "page", 5)
    with pytest.raises(Misconfigured, match=r"CONTRIBUTING\.md"):
        sourcefiles.make("shown", tomllib.loads(f"intervall = 1\n{shown}"), "CONTRIBUTING.md")


def test_the_reference_is_as_the_code_makes_it() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in REFERENCE.iterdir()}
    assert written == pages(), "run `make docs`"


ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_the_architecture_says_of_each_file_of_the_stages_what_the_file_says_of_itself() -> None:
    assert rooms(ARCHITECTURE) == ARCHITECTURE, "run `make docs`, and put new lines into their place"
    named = re.findall(r"^- \[\w+\]\(\.\./(\w+/\w+\.py)\): \S", ARCHITECTURE, re.MULTILINE)
    stages = ("collectors", "processors", "indexers")
    files = [path for stage in stages for path in (ROOT / stage).glob("*.py") if path.name != "__init__.py"]
    assert sorted(named) == sorted(map(name_of, files))


def test_a_file_of_a_stage_that_is_new_gone_twice_or_said_otherwise_would_be_found() -> None:
    lines = [line for line in ARCHITECTURE.splitlines(keepends=True) if line.startswith("- [")]
    line = next(line for line in lines if "/polite.py" in line)
    last = next(line for line in reversed(lines) if "/collectors/" in line)
    for wrong in ("", line + line, line.replace("The one door", "A door"), line.replace("polite", "impolite") + line):
        assert line in rooms(ARCHITECTURE.replace(line, wrong))
    assert rooms(ARCHITECTURE.replace(line, "")) == ARCHITECTURE.replace(line, "").replace(last, last + line)
    assert rooms(ARCHITECTURE.replace(line, line.replace("polite", "impolite") + line)) == ARCHITECTURE


def test_the_reference_names_every_setting_that_is_not_hidden_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| `--", pages()["settings.md"], re.MULTILINE)
    assert rows == [name for name, setting in NAMES.items() if not setting.hidden]


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert project["version"] == exportwatch.__version__ == headings[0]


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    assert len(DECISIONS) >= 6


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_a_decision_has_its_four_parts_on_one_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.name[:4]}: ")
    assert re.findall("^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Alternatives", "Consequences"]
    assert len(text.split()) <= 550
