"""The OpenAPI description: schemathesis makes requests of it, good and bad, and none breaks the server."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from fakes import Fake
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from polyclinic.serving.app import create_app
from polyclinic.serving.forms import FORMS
from polyclinic.serving.settings import Settings

ANSWERED = (200, 400, 401, 404, 405, 408, 413, 415, 422, 429)


@pytest.fixture(scope="module")
def app() -> Iterator[Any]:
    made = create_app({"fake": Fake()}, settings=Settings())
    yield made
    made.state.desk.close()


def broken(app: Any, most_examples: int) -> list[str]:
    """Operations that answered with something else than they may."""
    description = schemathesis.openapi.from_dict(app.openapi())
    found = []
    for result in description.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=most_examples,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            status = asyncio.run(_status(app, case))
            if status not in ANSWERED:
                found.append(f"{case.method} {case.path}: {status}")

        ask()
    return found


async def _status(app: Any, case: Any) -> int:
    sent = case.as_transport_kwargs(base_url="http://localhost")
    kept = {name: sent[name] for name in ("params", "json", "data", "files", "headers") if sent.get(name) is not None}
    if isinstance(kept.get("data"), bytes | str):
        kept["content"] = kept.pop("data")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        try:
            return (await http.request(sent["method"], sent["url"], **kept)).status_code
        except (httpx.InvalidURL, TypeError, ValueError, UnicodeError):  # what httpx itself will not send
            return 400


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
