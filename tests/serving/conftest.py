"""A tiny deterministic model, and clients of a server that serves it in this process."""

from __future__ import annotations

import base64
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fakes import Fake, png

from polyclinic.serving.app import create_app
from polyclinic.serving.audit import LOGGER
from polyclinic.serving.settings import Settings

Client = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def picture() -> str:
    return base64.b64encode(png()).decode()


@pytest.fixture
def png_bytes() -> Callable[..., bytes]:
    return png


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _audit_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that ran in a test leaves no handler on a stream that is closed."""
    monkeypatch.setattr(LOGGER, "handlers", [])
    monkeypatch.setattr(LOGGER, "propagate", True)


@pytest.fixture
def client() -> Iterator[Client]:
    """Make a client of a server with these models and settings."""
    desks = []

    @asynccontextmanager
    async def make(models: dict[str, Any] | None = None, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app({"fake": Fake()} if models is None else models, settings=Settings(**settings))
        desks.append(app.state.desk)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as found:
            yield found

    yield make
    for desk in desks:
        desk.close()
