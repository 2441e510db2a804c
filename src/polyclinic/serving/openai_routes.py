"""The OpenAI-compatible endpoints: chat completions, embeddings, models."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from polyclinic.serving.desk import desk_of, mark
from polyclinic.serving.forms import checked, read_json
from polyclinic.serving.openai_forms import ChatForm, EmbeddingsForm, chunks, completion, conversation_of, embeddings
from polyclinic.serving.served import Served
from polyclinic.serving.verb_routes import RESPONSES


def router() -> APIRouter:
    """All of them."""
    routes = APIRouter(prefix="/v1", tags=["openai"])
    for path, ask, form in (("/chat/completions", chat, ChatForm), ("/embeddings", embed, EmbeddingsForm)):
        routes.add_api_route(
            path,
            ask,
            methods=["POST"],
            responses=RESPONSES,
            response_model=None,
            openapi_extra={"requestBody": _body(form)},
        )
    routes.add_api_route("/models", models, methods=["GET"], response_model=None)
    routes.add_api_route("/models/{name:path}", model, methods=["GET"], responses={404: RESPONSES[404]})
    return routes


async def chat(request: Request) -> Response:
    """Answer the last message of a conversation about its last image."""
    form = checked(ChatForm, await read_json(request))
    desk = desk_of(request)
    served = desk.served(form.model)
    headers = mark(request, served)
    said = conversation_of(form.messages)
    item = {"question": said.question, "history": said.history}
    answer = await desk.ask(served, "answer", item, {"image": said.image})
    if not form.stream:
        return JSONResponse(completion(served.name, said.question, answer, served.notice.plain), headers=headers)
    events = chunks(served.name, answer, served.notice.plain)
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def embed(request: Request) -> Response:
    """Vectors of texts; each is a request of its own in the queue."""
    form = checked(EmbeddingsForm, await read_json(request))
    desk = desk_of(request)
    served = desk.served(form.model)
    headers = mark(request, served)
    asked = [desk.ask(served, "embed", {"text": text}, {}) for text in form.texts]
    rows = await asyncio.gather(*asked)
    packed = form.encoding_format == "base64"
    vectors = [row[0]["vector"] for row in rows]
    return JSONResponse(embeddings(served.name, form.texts, vectors, packed, served.notice.plain), headers=headers)


async def models(request: Request) -> dict[str, Any]:
    """The models that are served."""
    return {"object": "list", "data": [_plain(served) for served in desk_of(request).models.values()]}


async def model(request: Request, name: str) -> dict[str, Any]:
    """One of them."""
    return _plain(desk_of(request).served(name))


def _plain(served: Served) -> dict[str, Any]:
    head = {"id": served.name, "object": "model", "created": 0, "owned_by": "polyclinic"}
    return {**head, "verbs": served.verbs, **served.notice.plain}


def _body(form: type[BaseModel]) -> dict[str, Any]:
    schema = form.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return {"required": True, "content": {"application/json": {"schema": schema}}}
