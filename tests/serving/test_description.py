"""The OpenAPI description: schemathesis makes requests of it, good and bad, and none breaks the server."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from descriptions import ANSWERED, broken
from fakes import Fake
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyclinic.serving.app import create_app
from polyclinic.serving.forms import FORMS
from polyclinic.serving.settings import Settings


@pytest.fixture(scope="module")
def app() -> Iterator[Any]:
    made = create_app({"fake": Fake()}, settings=Settings())
    yield made
    made.state.desk.close()


def test_no_request_of_the_description_breaks_the_server(app: Any) -> None:
    assert broken(app, 8) == []


@pytest.mark.slow
def test_many_requests_of_the_description_break_nothing(app: Any) -> None:
    assert broken(app, 300) == []


def test_every_verb_stands_in_it_with_both_types(app: Any) -> None:
    paths = app.openapi()["paths"]
    for verb in FORMS:
        content = paths[f"/v1/{verb}"]["post"]["requestBody"]["content"]
        assert content.keys() == {"application/json", "multipart/form-data"}
        assert "429" in paths[f"/v1/{verb}"]["post"]["responses"]


@given(
    verb=st.sampled_from(sorted(FORMS)),
    field=st.sampled_from(["question", "phrase", "names", "prompts", "region", "score", "language", "prior", "text"]),
    value=st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_behind_a_good_image_is_answered_or_refused(
    app: Any, png_bytes: Callable[..., bytes], verb: str, field: str, value: Any
) -> None:
    good = {"image": base64.b64encode(png_bytes()).decode(), "question": "q", "phrase": "p"}
    known = {name: held for name, held in (good | {field: value}).items() if name in FORMS[verb].model_fields}

    said = {"content-type": "application/json"}

    async def ask() -> int:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return (await http.post(f"/v1/{verb}", content=json.dumps(known), headers=said)).status_code

    assert asyncio.run(ask()) in ANSWERED
