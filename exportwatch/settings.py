"""One table of settings; it feeds the options, the environment, DATA/exportwatch.toml, --help and the reference.

Order of precedence: option, environment (EXPORTWATCH_<NAME>), DATA/exportwatch.toml, default. An unknown name is an
error wherever it stands: a typing mistake must not run with a default in silence.
"""

from __future__ import annotations

import difflib
import math
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from exportwatch.errors import Misconfigured

PREFIX: Final = "EXPORTWATCH_"
FILE: Final = "exportwatch.toml"


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the table. `default` may speak of `{data}`; `secret` values are never shown or logged."""

    name: str
    type: type[str] | type[int] | type[float]
    default: str | int | float
    help: str
    secret: bool = False
    hidden: bool = False
    minimum: float | None = None
    pattern: str = ""
    """A regular expression for the whole value; `help` says it in words."""

    @property
    def env(self) -> str:
        return PREFIX + self.name.upper()

    @property
    def option(self) -> str:
        return "--" + self.name.replace("_", "-")


TABLE: Final[tuple[Setting, ...]] = (
    Setting("data", str, "data", "Folder of everything kept on this machine: log, index, store, blobs, locks, config."),
    Setting("bus", str, "sqlite:", "The log: sqlite: (in DATA) or kafka://host:9092[,host:9092]."),
    Setting("index", str, "sqlite:", "The search index: sqlite: (in DATA) or http(s)://elasticsearch:9200."),
    Setting("store", str, "sqlite:", "Small durable state: sqlite: (in DATA) or http(s)://elasticsearch:9200."),
    Setting("blobs", str, "file:", "Large originals by hash: file: (in DATA), file:///folder or s3://bucket/prefix."),
    Setting(
        "namespace",
        str,
        "exportwatch",
        "Prefix of all topic, group and index names: small letters, digits, ._-; at most 64.",
        pattern="[a-z0-9][a-z0-9._-]{0,63}",
    ),
    Setting("elasticsearch_username", str, "", "User for Elasticsearch."),
    Setting("elasticsearch_password", str, "", "Password for Elasticsearch.", secret=True),
    Setting("elasticsearch_ca", str, "", "PEM file of the authority that signed Elasticsearch's certificate."),
    Setting("kafka_security", str, "PLAINTEXT", "Kafka security protocol: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."),
    Setting("kafka_ca", str, "", "PEM file of the authority that signed Kafka's certificate."),
    Setting("kafka_mechanism", str, "SCRAM-SHA-512", "SASL mechanism for Kafka, used with a SASL security protocol."),
    Setting("kafka_username", str, "", "SASL user for Kafka."),
    Setting("kafka_password", str, "", "SASL password for Kafka.", secret=True),
    Setting("batch", int, 200, "Most records a worker takes at once.", minimum=1),
    Setting(
        "max_document_bytes",
        int,
        20 * 1024 * 1024,
        "Originals over this size are kept without their body.",
        minimum=1024,
    ),
    Setting(
        "max_text_characters", int, 1_000_000, "Text of a document beyond this is counted and dropped.", minimum=1000
    ),
    Setting("fetch_seconds", float, 30.0, "Longest a whole fetch may take.", minimum=0.1),
    Setting(
        "fetch_threads",
        int,
        32,
        "Sources that are polled at once; of one host it is one at a time. 1: one after the other.",
        minimum=1,
    ),
    Setting(
        "least_free_bytes",
        int,
        256 * 1024 * 1024,
        "Collectors pause while less than this is free on the disk of DATA; 0: they do not look.",
        minimum=0,
    ),
    Setting(
        "user_agent",
        str,
        "exportwatch/0.1 (export-control monitor)",
        "How collectors introduce themselves; add an address at which a webmaster reaches you. "
        "What stands before the slash is the name that robots.txt is read for.",
    ),
    Setting("obey_robots", int, 1, "1: collectors obey robots.txt; 0: they do not ask for it.", minimum=0),
    Setting(
        "http_proxy",
        str,
        "",
        "Proxy for all that collectors fetch: http://[user:password@]host:port; empty: none. Names are then resolved "
        "by the proxy: it must itself refuse private addresses (we refuse only those written as numbers, and localhost)"
        ". The variables HTTP_PROXY and HTTPS_PROXY are not read, and webhooks do not use it.",
    ),
    Setting(
        "private_addresses",
        str,
        "",
        "Addresses that collectors and webhooks may reach although they are not public: host:port or CIDR, by commas.",
    ),
    Setting("smtp_host", str, "", "Mail server that takes our messages; needed for mailto: channels."),
    Setting("smtp_port", int, 587, "Port of the mail server.", minimum=1),
    Setting("smtp_security", str, "starttls", "How to speak to the mail server: starttls, tls, or none (no password)."),
    Setting("smtp_username", str, "", "User for the mail server."),
    Setting("smtp_password", str, "", "Password for the mail server.", secret=True),
    Setting("mail_from", str, "", "Address that messages come from, and that requests to unsubscribe go to."),
    Setting("public_url", str, "", "Where readers of messages reach the pages, as https://watch.example.org."),
    Setting("fault", str, "", "For tests: NAME[:N], die by SIGKILL at the Nth pass of this fault point.", hidden=True),
)
NAMES: Final = {setting.name: setting for setting in TABLE}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Settings:
    """Every setting, resolved. Made by `load`; passed on, never global."""

    data: str
    bus: str
    index: str
    store: str
    blobs: str
    namespace: str
    elasticsearch_username: str
    elasticsearch_password: str
    elasticsearch_ca: str
    kafka_security: str
    kafka_ca: str
    kafka_mechanism: str
    kafka_username: str
    kafka_password: str
    batch: int
    max_document_bytes: int
    max_text_characters: int
    fetch_seconds: float
    fetch_threads: int
    least_free_bytes: int
    user_agent: str
    obey_robots: int
    http_proxy: str
    private_addresses: str
    smtp_host: str
    smtp_port: int
    smtp_security: str
    smtp_username: str
    smtp_password: str
    mail_from: str
    public_url: str
    fault: str

    @property
    def folder(self) -> Path:
        return Path(self.data)

    def shown(self) -> dict[str, str]:
        """Name -> value for people; secrets masked."""
        return {
            s.name: ("***" if s.secret and getattr(self, s.name) else shown(str(getattr(self, s.name))))
            for s in TABLE
            if not s.hidden
        }

    def environment(self) -> dict[str, str]:
        """As environment variables for a child process of the same settings."""
        return {s.env: str(getattr(self, s.name)) for s in TABLE}

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{k}={v!r}' for k, v in self.shown().items())})"


def shown(url: str) -> str:
    """A URL as it may be shown: without user name and password."""
    return re.sub(r"(?<=//)[^/]*@", "***@", url)


def load(options: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Resolve all settings; raises Misconfigured naming the option, variable, or file and key that is wrong."""
    environ = os.environ if environ is None else environ
    given = {name: (value, NAMES[name].option) for name, value in (options or {}).items() if value is not None}
    from_environ = _environment(environ)
    data = (given.get("data") or from_environ.get("data") or (NAMES["data"].default, ""))[0]
    from_file = _file(Path(str(data)) / FILE)
    merged = {**from_file, **from_environ, **given}
    values: dict[str, Any] = {s.name: _convert(s, *merged[s.name]) if s.name in merged else s.default for s in TABLE}
    return Settings(**values)


def _environment(environ: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    known = {s.env: s.name for s in TABLE}
    found: dict[str, tuple[Any, str]] = {}
    for variable, value in environ.items():
        if not variable.startswith(PREFIX):
            continue
        if variable not in known:
            raise Misconfigured(f"unknown setting {variable} in the environment{_hint(variable, known)}")
        found[known[variable]] = (value, variable)
    return found


def _file(path: Path) -> dict[str, tuple[Any, str]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Misconfigured(f"{path}: {error}") from error
    for key in table:
        if key not in NAMES or key == "data":
            reason = "cannot stand in its own folder" if key == "data" else "unknown setting"
            raise Misconfigured(f"{path}: {key}: {reason}{_hint(key, NAMES)}")
    return {key: (value, f"{path}: {key}") for key, value in table.items()}


def _hint(name: str, known: Mapping[str, Any]) -> str:
    # Variables are compared without the prefix that they all share: it makes everything look alike.
    bare = {k.removeprefix(PREFIX): k for k in known if k != name}
    close = difflib.get_close_matches(name.removeprefix(PREFIX), bare, n=1)
    return f"; did you mean {bare[close[0]]}?" if close else ""


_KINDS: Final = {str: "a text", int: "a whole number", float: "a number"}


def _convert(setting: Setting, value: Any, where: str) -> str | int | float:
    converted = _read(setting.type, value)
    if converted is None:
        raise Misconfigured(f"{where}: {value!r} is not {_KINDS[setting.type]}")
    if setting.minimum is not None and float(converted) < setting.minimum:
        raise Misconfigured(f"{where}: {value} is below the minimum of {setting.minimum:g}")
    if setting.pattern and not re.fullmatch(setting.pattern, str(converted)):
        raise Misconfigured(f"{where}: {value!r}: {setting.help}")
    return converted


def _read(kind: type[str] | type[int] | type[float], value: Any) -> str | int | float | None:
    """The value as that kind, or None: a file's 1.5 or true is no whole number, and nan is no number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        converted = kind(str(value))
    except ValueError:
        return None
    return converted if isinstance(converted, str) or math.isfinite(converted) else None
