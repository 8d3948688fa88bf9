"""Command `health`: whether a role's worker turns, for whoever watches over processes (a container's health check)."""

from __future__ import annotations

import http.client

import click

from exportwatch.alive import FRESH, silence
from exportwatch.cli import pass_settings
from exportwatch.settings import Settings
from exportwatch.supervise import ROLES

_ANSWER_SECONDS = 10.0


@click.command()
@click.argument("role", metavar="ROLE", type=click.Choice(ROLES))
@click.option("--port", type=int, default=8480, show_default=True, help="Where role web listens on this machine.")
@pass_settings
def health(settings: Settings, role: str, port: int) -> int:
    """Say whether a role is alive here; exit code 1 if not.

    A worker is alive while its loop turns, also when all it can do is wait for a server: `topics` and `doctor` say
    how far it is. The pages are alive when they answer.
    """
    well, says = _pages(port) if role == "web" else _worker(settings, role)
    print(f"{role}: {says}")
    return 0 if well else 1


def _worker(settings: Settings, role: str) -> tuple[bool, str]:
    seconds = silence(settings.folder, role)
    if seconds is None:
        return False, f"no worker of this machine has ever run on {settings.folder}"
    return seconds < FRESH, f"last sign of life {seconds:.0f} s ago"


def _pages(port: int) -> tuple[bool, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/openapi.json")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return False, f"does not answer: {error}"
    finally:
        connection.close()
    return status == 200, f"answers {status}"
