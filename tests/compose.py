"""docker-compose.yml as Docker Compose reads it: anchors, merged mappings, variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from exportwatch.supervise import ROLES

FILE = Path(__file__).parents[1] / "docker-compose.yml"
SECRETS = ("EXPORTWATCH_ELASTICSEARCH_PASSWORD", "ELASTIC_PASSWORD", "EXPORTWATCH_SMTP_PASSWORD")
_VARIABLE = re.compile(r"\$\{(\w+):([?-])([^}]*)\}")


def read() -> dict[str, Any]:
    """The file, variables not yet replaced."""
    parsed: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return parsed


def roles() -> dict[str, dict[str, Any]]:
    """Role -> its service."""
    services = read()["services"]
    return {role: services[role] for role in ROLES if role in services}


def environment(service: str, **variables: str) -> dict[str, str]:
    """The environment of a service; KeyError for a variable that it cannot do without."""

    def replace(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if value := variables.get(name):
            return value
        if kind == "?":
            raise KeyError(f"{name}: {rest}")
        return str(rest)

    if not variables:
        variables = {"ELASTIC_PASSWORD": "secret"}
    found = read()["services"][service]["environment"]
    return {name: _VARIABLE.sub(replace, str(value)) for name, value in found.items()}
