"""The application: models, endpoints and the guard put together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from polyclinic import __version__, registry
from polyclinic.errors import PolyclinicError
from polyclinic.models import folder_of, load_model
from polyclinic.serving import openai_routes, verb_routes
from polyclinic.serving.desk import Desk
from polyclinic.serving.forms import wrong_fields
from polyclinic.serving.guard import Guard
from polyclinic.serving.metrics import CONTENT_TYPE, Metrics
from polyclinic.serving.notice import Notice, notice_of
from polyclinic.serving.refusals import RefusedError, refusal_of
from polyclinic.serving.served import Served
from polyclinic.serving.settings import Settings
from polyclinic.serving.workers import InlineWorker, ProcessWorker, Worker
from polyclinic.training.finish import NOTICE


def create_app(models: Mapping[str, object], *, settings: Settings, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """An application that serves models.

    Args:
        models: name -> a `Worker`, a model in this process, or the name or folder of one for a process of its own.
        routers: of more pages and endpoints; they stand behind the same guard and find the models by `desk.desk_of`.
    """
    metrics = Metrics()
    served = {name: _served(name, model, settings, metrics) for name, model in models.items()}
    desk = Desk(served, settings)

    @contextlib.asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(
        title="Polyclinic", version=__version__, description=NOTICE, docs_url=None, redoc_url=None, lifespan=life
    )
    app.state.desk, app.state.metrics, app.state.settings = desk, metrics, settings
    for router in (_about(), verb_routes.router(), openai_routes.router(), *routers):
        app.include_router(router)
    app.add_exception_handler(PolyclinicError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_middleware(Guard, settings=settings, metrics=metrics)
    return app


def _served(name: str, model: object, settings: Settings, metrics: Metrics) -> Served:
    """A model behind its queue; one in this process is ready at once, another is started by `Served.start`."""
    worker: Worker
    notice = Notice()
    if isinstance(model, str):
        worker, notice = ProcessWorker(partial(load_model, model)), notice_of(folder_of(model))
    else:
        worker = model if isinstance(model, ProcessWorker) else InlineWorker(model)
    served = Served(name, worker, notice=notice, settings=settings, metrics=metrics)
    if isinstance(worker, InlineWorker):
        served.start()
    return served


def _about() -> APIRouter:
    """What the server says of itself."""
    routes = APIRouter(tags=["server"])

    @routes.get("/health")
    async def health() -> dict[str, str]:
        """Whether the server answers."""
        return {"status": "ok", "version": __version__, "notice": NOTICE}

    @routes.get("/metrics")
    async def metrics(request: Request) -> PlainTextResponse:
        """Counts and times for Prometheus."""
        return PlainTextResponse(request.app.state.metrics.text(), media_type=CONTENT_TYPE)

    @routes.get("/v1/systems")
    def systems() -> list[dict[str, Any]]:
        """All systems: as `polyclinic systems --json`."""
        return [registry.described(entry) for entry in registry.systems().values()]

    return routes


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, PolyclinicError)
    refusal = refusal_of(error)
    return JSONResponse(refusal.body, refusal.status, refusal.headers)


async def _malformed(request: Request, error: Exception) -> Response:
    """A field of the address or body that FastAPI itself checks; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    refusal = wrong_fields(error.errors())
    return JSONResponse(refusal.body, refusal.status)


async def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    refusal = RefusedError("nothing is served here", status=error.status_code, hint="/openapi.json lists what is")
    return JSONResponse(refusal.body, error.status_code, error.headers)
