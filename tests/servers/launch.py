"""Brings up a server for tests: an address in the environment, else Docker, else jars from Maven."""

from __future__ import annotations

import os
import subprocess
from typing import Protocol

from tests.servers import elasticsearch, kafka
from tests.servers.jars import Unavailable
from tests.servers.server import Server, docker_answers


class Recipe(Protocol):
    """What kafka.py and elasticsearch.py offer."""

    NAME: str
    VARIABLE: str
    IMAGE: str

    def from_jars(self) -> Server: ...

    def from_image(self) -> Server: ...

    def ready(self, address: str) -> bool: ...


RECIPES: dict[str, Recipe] = {"kafka": kafka, "elasticsearch": elasticsearch}


def launch(name: str) -> Server:
    """A running server of RECIPES; close it in the end. Raises Unavailable saying what to install."""
    recipe = RECIPES[name]
    server = _made(recipe)
    try:
        server.start()
    except BaseException:
        server.close()
        raise
    return server


def _made(recipe: Recipe) -> Server:
    if address := os.environ.get(recipe.VARIABLE):
        return Server(address, recipe.ready)
    refused = ""
    if docker_answers():
        try:
            return recipe.from_image()
        except subprocess.CalledProcessError:
            refused = f" (Docker answers but cannot make a container of {recipe.IMAGE})"
    try:
        return recipe.from_jars()
    except Unavailable as error:
        raise Unavailable(f"{recipe.NAME}: {error}{refused}") from error


def required() -> bool:
    """Whether a server that cannot start is a failure, not a reason to skip."""
    return os.environ.get("SERVERS") == "required" or os.environ.get("CI", "").lower() in ("1", "true")
