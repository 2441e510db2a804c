"""The models of one server, and the way from a request's form to a model's result."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio.to_thread
from fastapi import Request

from polyclinic.serving.jobs import Job
from polyclinic.serving.refusals import RefusedError
from polyclinic.serving.served import Served
from polyclinic.serving.settings import Settings
from polyclinic.serving.uploads import laid_down


class Desk:
    """Finds the model, lays the images down, asks, and clears the images away."""

    def __init__(self, models: Mapping[str, Served], settings: Settings) -> None:
        self.models = models
        self.settings = settings
        self._folder = tempfile.TemporaryDirectory(prefix="polyclinic-", ignore_cleanup_errors=True)

    def close(self) -> None:
        """End the workers and forget all uploads."""
        for served in self.models.values():
            served.stop()
        self._folder.cleanup()

    def served(self, name: str | None) -> Served:
        """The model of a name; the only one where none is given.

        Raises:
            RefusedError: no such model, or no name where there are several.
        """
        if name is None and len(self.models) == 1:
            return next(iter(self.models.values()))
        if name is None or name not in self.models:
            what = "say which model is meant" if name is None else "no model of this name is served"
            raise RefusedError(what, status=404, hint="served: " + (", ".join(self.models) or "none"))
        return self.models[name]

    async def ask(self, served: Served, verb: str, item: dict[str, Any], pictures: dict[str, bytes]) -> Any:
        """The result of a verb on images that came with the request."""
        if not pictures:
            return await served.ask(Job(verb, item))
        lay = laid_down(pictures, Path(self._folder.name), self.settings.pixels)
        paths = await anyio.to_thread.run_sync(lay.__enter__)
        try:
            return await served.ask(Job(verb, item, paths.get("image"), paths.get("prior")))
        finally:
            lay.__exit__(None, None, None)


def desk_of(request: Request) -> Desk:
    """The desk of the server that took a request."""
    found: Desk = request.app.state.desk
    return found


def mark(request: Request, served: Served) -> dict[str, str]:
    """Headers that say which model an answer is of and what it is not; the audit line says it too."""
    request.state.model = served.name
    return served.notice.words | {"polyclinic-model": quote(served.name)}
