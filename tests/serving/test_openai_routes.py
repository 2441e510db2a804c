"""The official OpenAI client works unchanged: over the wire, against a server on a socket of its own."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator

import openai
import pytest
from fakes import Fake

from polyclinic.serving.app import create_app
from polyclinic.serving.listening import address, bind, server
from polyclinic.serving.openai_forms import Message, chunks, conversation_of, embeddings
from polyclinic.serving.refusals import RefusedError
from polyclinic.serving.settings import Settings

KEY = "0123456789abcdef"


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    settings = Settings(port=0, keys=(KEY,))
    with bind(settings) as bound:
        running = server(create_app({"fake": Fake()}, settings=settings), settings)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield address(bound)
        running.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def api(live: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{live}/v1", api_key=KEY, max_retries=0) as client:
        yield client


@pytest.fixture
def uri(png_bytes: Callable[..., bytes]) -> str:
    return f"data:image/png;base64,{base64.b64encode(png_bytes(42)).decode()}"


def seen(text: str, uri: str) -> dict[str, object]:
    return {
        "role": "user",
        "content": [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": uri}}],
    }


def test_a_question_with_history(api: openai.OpenAI, uri: str) -> None:
    messages = [
        {"role": "system", "content": "Be kind."},
        seen("first", uri),
        {"role": "assistant", "content": "one"},
        {"role": "user", "content": "second"},
    ]
    found = api.chat.completions.create(model="fake", messages=messages, temperature=0.2)
    assert found.choices[0].message.content == "second 42 after 1"
    assert found.choices[0].finish_reason == "stop"
    assert found.usage.total_tokens == 5
    assert "not a medical device" in found.model_extra["polyclinic"]["notice"]


def test_an_answer_as_a_stream(api: openai.OpenAI, uri: str) -> None:
    with api.chat.completions.create(model="fake", messages=[seen("why?", uri)], stream=True) as stream:
        events = list(stream)
    assert "".join(event.choices[0].delta.content or "" for event in events) == "why? 42 after 0"
    assert [event.choices[0].finish_reason for event in events[-2:]] == [None, "stop"]
    assert len({event.id for event in events}) == 1


def test_embeddings_in_both_encodings(api: openai.OpenAI) -> None:
    packed = api.embeddings.create(model="fake", input=["a", "bcd"])  # the client asks for base64 by itself
    plain = api.embeddings.create(model="fake", input="bcd", encoding_format="float")
    assert [row.embedding for row in packed.data] == [[1, 1], [3, 1]]
    assert plain.data[0].embedding == [3, 1]


def test_models(api: openai.OpenAI) -> None:
    assert [model.id for model in api.models.list()] == ["fake"]
    assert api.models.retrieve("fake").owned_by == "polyclinic"
    with pytest.raises(openai.NotFoundError, match="no model of this name"):
        api.models.retrieve("other")


def test_errors_are_the_clients_own(api: openai.OpenAI, live: str, uri: str) -> None:
    with pytest.raises(openai.UnprocessableEntityError, match="no image"):
        api.chat.completions.create(model="fake", messages=[{"role": "user", "content": "hello"}])
    with pytest.raises(openai.UnprocessableEntityError, match="data URI"):
        api.chat.completions.create(model="fake", messages=[seen("q", "http://127.0.0.1/x.png")])
    with pytest.raises(openai.UnprocessableEntityError, match="n:"):
        api.chat.completions.create(model="fake", messages=[seen("q", uri)], n=2)
    with (
        openai.OpenAI(base_url=f"{live}/v1", api_key="wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.models.list()


def test_the_last_image_is_spoken_of_and_pairs_are_history(uri: str) -> None:
    other = "data:image/png;base64,AAAA"
    said = [seen("a", uri), {"role": "assistant", "content": "b"}, seen("c", other)]
    found = conversation_of([Message.model_validate(message) for message in said])
    assert (found.question, found.history, found.image) == ("c", (("a", "b"),), b"\0\0\0")
    with pytest.raises(RefusedError, match="the user's"):
        conversation_of([Message.model_validate(message) for message in said[:2]])


def test_events_and_vectors_by_hand() -> None:
    events = list(chunks("m", {"answer": "a  b"}, {"notice": "n"}))
    assert events[-1] == "data: [DONE]\n\n"
    assert sum('"content": "' in event for event in events) == 3  # the role's empty one, and two words
    (row,) = embeddings("m", ["t"], [[1.0]], True, {})["data"]
    assert row["embedding"] == base64.b64encode(b"\0\0\x80?").decode()
