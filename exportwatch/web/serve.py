"""Listening and serving, until SIGTERM or SIGINT; open connections get a few seconds to end."""

from __future__ import annotations

import logging
import socket
from typing import Final

from starlette.types import ASGIApp

from exportwatch.errors import Misconfigured
from exportwatch.web.guard import LOOPBACK

_ENDING_SECONDS: Final = 3
_CONNECTIONS: Final = 128
"""At once; whoever comes beyond is answered 503."""

log = logging.getLogger("exportwatch")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises Misconfigured where that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_CONNECTIONS)
    except (OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Misconfigured(f"--host {host} --port {port}: {reason}; choose another with --host and --port") from error
    # What is accepted inherits it. Without it, a browser's delayed acknowledgement costs every answer 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def shown(host: str) -> str:
    """The host as URLs and Host headers write it."""
    return f"[{host}]" if ":" in host else host


class Server:
    """The pages on a listening socket. `run` has to be called in the main thread, which then takes its signals."""

    def __init__(self, application: ASGIApp, listening: socket.socket, host: str) -> None:
        import uvicorn

        # What the library has to say goes where everything else is said.
        logging.getLogger("uvicorn").handlers[:] = log.handlers
        logging.getLogger("uvicorn").propagate = False
        config = uvicorn.Config(
            application,
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=_ENDING_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._listening = listening
        self._host = host

    def stop(self) -> None:
        """Ask `run` to return, also one that has not begun. Safe in a signal handler."""
        self._server.should_exit = True

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or `stop`; closes the socket."""
        if shown(self._host) not in LOOPBACK:
            log.warning("web: %s is not this machine alone: whoever reaches it can read everything here", self._host)
        log.info("web: serving http://%s:%d/", shown(self._host), self._listening.getsockname()[1])
        with self._listening:
            self._server.run(sockets=[self._listening])
