"""The socket: an application listened for with uvicorn, with a bound on how long a request's head may take.

uvicorn times out idle connections, but not one whose head comes byte by byte. Bodies have their own bound in the
guard.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from polyclinic.errors import UsageError
from polyclinic.serving.audit import LOGGER
from polyclinic.serving.settings import Settings

KEEP_ALIVE_S = 5
MOST_CONNECTIONS = 1024
LONGEST_HEAD = 64 * 1024


def patient_for(head_s: float) -> type[asyncio.Protocol]:
    """A protocol that closes a connection whose next head is not whole in time."""

    class Patient(H11Protocol):
        """One connection."""

        timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._await_head()

        def handle_events(self) -> None:
            super().handle_events()
            if self.cycle is not None and not self.cycle.response_complete:
                self._stop_timer()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            if not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete):
                self._await_head()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_timer()
            super().connection_lost(exc)

        def _await_head(self) -> None:
            self._stop_timer()
            self.timer = self.loop.call_later(head_s, self.transport.close)

        def _stop_timer(self) -> None:
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None

    return Patient


def bind(settings: Settings) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        UsageError: the address is not this machine's, or taken.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host.strip("[]"), settings.port), family=family, backlog=MOST_CONNECTIONS)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"cannot listen on {settings.host}:{settings.port}", hint="give another --port; 0 takes a free one"
        ) from error


def address(bound: socket.socket) -> str:
    """Where a bound socket is reached."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """A server to run on a bound socket; addresses of requests are not logged, as they may name a patient."""
    config = uvicorn.Config(
        app,
        http=patient_for(settings.client_s),
        ws="none",
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        limit_concurrency=MOST_CONNECTIONS,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        timeout_graceful_shutdown=max(round(settings.deadline_s), 1),
    )
    return uvicorn.Server(config)


def log_audit(file: Path | None) -> None:
    """Write audit lines to a file, or to stderr.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        handler = logging.StreamHandler() if file is None else logging.FileHandler(file, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}", hint="give another --audit") from error
    handler.setFormatter(logging.Formatter("%(message)s"))
    LOGGER.handlers = [handler]
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
