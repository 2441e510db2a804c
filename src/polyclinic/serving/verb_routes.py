"""`POST /v1/VERB`: one endpoint a verb, whose body is what the command prints with `--json`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from polyclinic.serving.desk import desk_of, mark
from polyclinic.serving.forms import FORMS, IMAGES, Form, read_form
from polyclinic.serving.refusals import RefusedError

SAYS = {
    400: "the model does not provide this verb, or the body is malformed",
    401: "an API key is missing or wrong",
    404: "no such model",
    408: "the body came too slowly",
    413: "too many bytes or pixels",
    415: "neither JSON nor form data",
    422: "a field is wrong, or an image cannot be read",
    429: "the queue is full; see Retry-After",
    500: "the worker died of this request",
    504: "no answer within the deadline",
}
# verbs over folders of this machine: nothing that a request names is opened
ELSEWHERE = {
    "curate": "in Python: model.curate(studies, folder)",
    "assess": "polyclinic assess MODEL COLLECTION, or a job of the workbench: POST /v1/workbench/jobs/assess",
}
RESPONSES: dict[int | str, dict[str, Any]] = {status: {"description": text} for status, text in SAYS.items()}


def router() -> APIRouter:
    """All verbs' endpoints."""
    routes = APIRouter(prefix="/v1", tags=["verbs"])
    for verb, form in FORMS.items():
        routes.add_api_route(
            f"/{verb}",
            _endpoint(verb, form),
            methods=["POST"],
            name=verb,
            summary=f"The verb `{verb}`",
            responses=RESPONSES,
            openapi_extra={"requestBody": _body(form)},
            response_model=None,
        )
    for verb, elsewhere in ELSEWHERE.items():
        routes.add_api_route(
            f"/{verb}",
            _refusing(verb, elsewhere),
            methods=["POST"],
            name=verb,
            summary=f"The verb `{verb}`, which a request cannot ask",
            responses={400: {"description": elsewhere}},
            status_code=400,
        )
    return routes


def _refusing(verb: str, elsewhere: str) -> Callable[[], None]:
    def refuse() -> None:
        raise RefusedError(f"{verb} works on a collection, which no request can name", status=400, hint=elsewhere)

    return refuse


def _endpoint(verb: str, form: type[Form]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def ask(request: Request) -> JSONResponse:
        fields, pictures = await read_form(request, form)
        desk = desk_of(request)
        served = desk.served(fields.model)
        headers = mark(request, served)
        return JSONResponse(await desk.ask(served, verb, fields.item, pictures), headers=headers)

    return ask


def _body(form: type[Form]) -> dict[str, Any]:
    """The request's schema, in both types that it may have."""
    schema = form.model_json_schema()
    file = {"type": "string", "format": "binary"}
    uploads = {name: file if name in IMAGES else held for name, held in schema["properties"].items()}
    content = {"application/json": schema, "multipart/form-data": {**schema, "properties": uploads}}
    return {"required": True, "content": {kind: {"schema": held} for kind, held in content.items()}}
