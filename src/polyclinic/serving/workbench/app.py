"""The workbench as one application: its pages, its endpoints, and who may ask them.

It listens on this machine alone. A page of another site cannot reach it: the Host has to be a name of this machine
(against names that were bound anew to it), and whatever changes something has to come from the pages themselves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from polyclinic.errors import PolyclinicError, UnsupportedError, UsageError
from polyclinic.serving.workbench import pages, routes
from polyclinic.serving.workbench.desk import Desk

LOCAL = ("127.0.0.1", "localhost", "[::1]")
MOST_BODY_BYTES = 2**26
Next = Callable[[Request], Awaitable[Response]]


def create_app(desk: Desk) -> FastAPI:
    """The application of a desk."""
    app = FastAPI(title="Polyclinic workbench", docs_url=None, redoc_url=None)
    app.include_router(routes.router(desk))
    app.include_router(pages.router())
    app.add_exception_handler(PolyclinicError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.middleware("http")(_guard)
    return app


async def _guard(request: Request, call_next: Next) -> Response:
    """Refuse other hosts, other origins and bodies that are too large; mark every answer as safe to show."""
    if (refusal := _objection(request)) is not None:
        answer: Response = _problem(*refusal)
    else:
        answer = await call_next(request)
    for name, value in pages.SAFE.items():
        answer.headers.setdefault(name, value)
    return answer


def _objection(request: Request) -> tuple[int, str, str | None] | None:
    host = request.headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in {name.strip("[]") for name in LOCAL}:
        return 403, f"host {host!r} is not this machine", "open the address that `polyclinic open` printed"
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        origin = request.headers.get("origin")
        if origin is not None and origin != f"{request.url.scheme}://{host}":
            return 403, "the request comes from another site", None
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return 415, "expected application/json", None
        length = request.headers.get("content-length", "")
        if not length.isdigit():
            return 411, "a body has to say its length", None
        if int(length) > MOST_BODY_BYTES:
            return 413, f"a body of {int(length)} bytes; the most is {MOST_BODY_BYTES}", None
    return None


async def _refused(request: Request, error: Exception) -> Response:
    """Errors of the package: the caller's fault, something that is not provided, or data that cannot be read."""
    status = 400 if isinstance(error, UsageError) else 501 if isinstance(error, UnsupportedError) else 422
    return _problem(status, str(error), getattr(error, "hint", None))


async def _malformed(request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:3])
    return _problem(422, told or "malformed", None)


def _problem(status: int, error: str, hint: str | None) -> JSONResponse:
    return JSONResponse({"error": error, "hint": hint}, status)
