"""OpenAI's request and answer forms, as far as they are served, and the way from a conversation to a question.

Follows the public API reference (chat completions, embeddings). Differs: sampling options are taken and change
nothing, as answers are deterministic; tokens are counted as words; images are data URIs only.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from polyclinic.serving.forms import MOST_NAMES, Text
from polyclinic.serving.refusals import UNPROCESSABLE, RefusedError
from polyclinic.serving.uploads import from_base64

MOST_MESSAGES = 200
Json = dict[str, Any]


class ImageUrl(BaseModel):
    """A data URI."""

    url: str


class Part(BaseModel):
    """One part of a message."""

    type: Literal["text", "image_url"]
    text: str | None = None
    image_url: ImageUrl | None = None


class Message(BaseModel):
    """One turn of a conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """All that is said in it."""
        if not isinstance(self.content, list):
            return self.content or ""
        return "\n".join(part.text for part in self.content if part.text)

    @property
    def images(self) -> list[str]:
        """All data URIs in it."""
        parts = self.content if isinstance(self.content, list) else []
        return [part.image_url.url for part in parts if part.image_url is not None]


class ChatForm(BaseModel):
    """Of `POST /v1/chat/completions`."""

    model_config = ConfigDict(extra="ignore")

    model: str
    messages: Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: bool = False
    n: Annotated[int, Field(ge=1, le=1)] = 1


class EmbeddingsForm(BaseModel):
    """Of `POST /v1/embeddings`."""

    model_config = ConfigDict(extra="ignore")

    model: str
    input: Text | Annotated[list[Text], Field(min_length=1, max_length=MOST_NAMES)]
    encoding_format: Literal["float", "base64"] = "float"

    @property
    def texts(self) -> list[str]:
        """What to embed."""
        return [self.input] if isinstance(self.input, str) else self.input


@dataclass(frozen=True)
class Conversation:
    """The last question, what was said before, and the image that is spoken of."""

    question: str
    history: tuple[tuple[str, str], ...]
    image: bytes


def conversation_of(messages: Sequence[Message]) -> Conversation:
    """Read a conversation; instructions (system, developer) are not followed by these models and are left out.

    Raises:
        RefusedError: the last message asks nothing, or no image came with any of them.
    """
    spoken = [message for message in messages if message.role in ("user", "assistant")]
    if not spoken or spoken[-1].role != "user" or not spoken[-1].text.strip():
        raise RefusedError("the last message is expected to be the user's, with a text", status=UNPROCESSABLE)
    images = [url for message in spoken for url in message.images]
    if not images:
        raise RefusedError(
            "the conversation has no image", status=UNPROCESSABLE, hint='send {"type": "image_url"} with a data URI'
        )
    if not images[-1].startswith("data:"):
        raise RefusedError("image_url is expected to be a data URI", status=UNPROCESSABLE, hint="no address is fetched")
    pairs = tuple(
        (before.text, after.text)
        for before, after in pairwise(spoken)
        if (before.role, after.role) == ("user", "assistant")
    )
    return Conversation(spoken[-1].text, pairs, from_base64(images[-1]))


def completion(model: str, asked: str, answer: Json, about: Json) -> Json:
    """A whole answer; regions, confidence and the notice stand in a field of this project's own."""
    choice = {"index": 0, "message": {"role": "assistant", "content": answer["answer"]}, "finish_reason": "stop"}
    said = {key: value for key, value in answer.items() if key != "answer"}
    usage = _usage(asked, answer["answer"])
    return {**_head(model, "chat.completion"), "choices": [choice], "usage": usage, "polyclinic": {**said, **about}}


def chunks(model: str, answer: Json, about: Json) -> Iterator[str]:
    """The same answer as server-sent events, word by word."""
    head = _head(model, "chat.completion.chunk")
    pieces = re.findall(r"\s*\S+", answer["answer"]) or [""]
    deltas: list[tuple[Json, str | None]] = [({"role": "assistant", "content": ""}, None)]
    deltas += [({"content": piece}, None) for piece in pieces]
    for delta, reason in [*deltas, ({}, "stop")]:
        more = {"polyclinic": about} if reason else {}
        yield _event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}], **more})
    yield "data: [DONE]\n\n"


def embeddings(model: str, texts: Sequence[str], vectors: Sequence[Sequence[float]], packed: bool, about: Json) -> Json:
    """Vectors as numbers, or packed as base64 of little-endian 32-bit floats."""
    rows = [
        {"object": "embedding", "index": i, "embedding": _packed(vector) if packed else list(vector)}
        for i, vector in enumerate(vectors)
    ]
    return {"object": "list", "data": rows, "model": model, "usage": _usage(" ".join(texts), ""), "polyclinic": about}


def _packed(vector: Sequence[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _head(model: str, kind: str) -> Json:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": model}


def _usage(asked: str, answered: str) -> Json:
    read, written = len(asked.split()), len(answered.split())
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _event(value: Json) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
