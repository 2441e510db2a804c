"""Who may ask, how much, how fast; what every answer carries and what the audit line leaves out."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from polyclinic.serving.app import create_app
from polyclinic.serving.audit import LOGGER, fingerprint
from polyclinic.serving.settings import Settings

pytestmark = pytest.mark.anyio
KEY = "0123456789abcdef"


@pytest.fixture
def audited(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    caplog.set_level(logging.INFO, LOGGER.name)
    return lambda: [json.loads(record.message) for record in caplog.records if record.name == LOGGER.name]


async def test_a_key_is_asked_for(client: Any) -> None:
    async with client(keys=(KEY,), host="0.0.0.0") as http:
        assert (await http.get("/health")).status_code == 200
        bare = await http.get("/v1/models")
        assert (bare.status_code, bare.headers["www-authenticate"]) == (401, "Bearer")
        for wrong in (f"Bearer {KEY}x", "Bearer ", f"Basic {KEY}", "Bearer \xe9\xff"):
            answer = await http.get("/v1/models", headers={"authorization": wrong.encode("latin-1")})
            assert answer.status_code == 401
        assert (await http.get("/metrics")).status_code == 401
        assert (await http.get("/v1/models", headers={"authorization": f"Bearer {KEY}"})).status_code == 200
        assert (await http.get("/v1/models", headers={"x-api-key": KEY})).status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost", 200),
        ("https://friend.example", 200),
        ("https://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("http://localhost:81", 403),
        ("null", 403),
    ],
)
async def test_origins(client: Any, origin: str, status: int) -> None:
    async with client(origins=("https://friend.example",)) as http:
        assert (await http.get("/v1/models", headers={"origin": origin})).status_code == status


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("same-origin", "cors", 200),
        ("none", "navigate", 200),  # typed into the address bar
        ("cross-site", "navigate", 200),  # a link that was followed
        ("cross-site", "no-cors", 403),  # a picture or a script for a page of somebody else
        ("same-site", "no-cors", 403),  # the same machine's page on another port
    ],
)
async def test_what_a_browser_fetches_for_another_origin(client: Any, site: str, mode: str, status: int) -> None:
    async with client() as http:
        answer = await http.get("/v1/models", headers={"sec-fetch-site": site, "sec-fetch-mode": mode})
    assert answer.status_code == status


async def test_a_name_bent_to_this_machine_is_refused(client: Any) -> None:
    async with client() as http:
        assert (await http.get("/health", headers={"host": "evil.example"})).status_code == 403
        for own in ("127.0.0.1:8000", "[::1]:8000", "localhost"):
            assert (await http.get("/health", headers={"host": own})).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/nothing", "/v1/models", "/v1/answer"])
async def test_every_answer_is_safe_to_open(client: Any, path: str) -> None:
    async with client() as http:
        for answer in (await http.get(path), await http.get(path, headers={"origin": "https://evil.example"})):
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["content-type"].startswith("application/json")


async def test_script_in_a_request_comes_back_as_json_only(client: Any, picture: str) -> None:
    async with client() as http:
        answer = await http.post("/v1/find", json={"image": picture, "phrase": "<script>alert(1)</script>"})
        assert answer.headers["content-type"] == "application/json"
        wrong = await http.post("/v1/find", json={"image": picture, "<script>": 1})
    assert wrong.headers["content-type"] == "application/json"


async def test_large_bodies(client: Any) -> None:
    async def drips() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    async with client(upload_bytes=1000) as http:
        said = {"content-type": "application/json"}
        assert (await http.post("/v1/answer", content=b"x" * 1001, headers=said)).status_code == 413
        assert (await http.post("/v1/answer", content=drips(), headers=said)).status_code == 413
        assert (await http.post("/v1/answer", content=b"x" * 1000, headers=said)).status_code == 400


async def test_a_body_of_many_megabytes_is_taken(client: Any, picture: str) -> None:
    async with client() as http:
        padded = json.dumps({"image": picture, "question": "q"}) + " " * 2**24
        answer = await http.post("/v1/answer", content=padded, headers={"content-type": "application/json"})
    assert answer.status_code == 200


async def test_all_bodies_together_are_bounded_and_given_back(client: Any, picture: str) -> None:
    async with client(held_bytes=len(picture) + 100) as http:
        ask = {"image": picture, "question": "sleep"}
        found = await asyncio.gather(*(http.post("/v1/answer", json=ask) for _ in range(3)))
        assert sorted(answer.status_code for answer in found) == [200, 429, 429]
        assert (await http.post("/v1/answer", json=ask)).status_code == 200


async def test_a_slow_body_times_out(client: Any) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    async with client(client_s=0.1) as http:
        answer = await http.post("/v1/answer", content=slow(), headers={"content-type": "application/json"})
    assert answer.status_code == 408


async def test_the_audit_line_names_no_patient(
    client: Any, picture: str, audited: Callable[[], list[dict[str, Any]]]
) -> None:
    async with client(keys=(KEY,)) as http:
        ask = {"image": picture, "question": "Is Jane Doe ill?"}
        allowed = {"authorization": f"Bearer {KEY}"}
        await http.post("/v1/answer?name=Doe", json=ask, headers=allowed)
        await http.get("/v1/models/Doe", headers=allowed)
        await http.get("/Doe")
    first, second, third = audited()
    assert (first["route"], first["status"], first["model"]) == ("/v1/answer", 200, "fake")
    assert first["key"] == fingerprint(KEY) != KEY
    assert first["bytes"] > len(picture)
    assert (second["route"], second["status"]) == ("/v1/models/{name:path}", 404)
    assert (third["route"], third["status"], third["key"]) == ("none", 401, None)
    assert "Doe" not in json.dumps([first, second, third])


async def test_a_bug_is_answered_and_logged_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    routes = APIRouter()

    @routes.get("/broken")
    async def broken() -> None:
        raise ValueError("Jane Doe")

    app = create_app({}, settings=Settings(), routers=[routes])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        answer = await http.get("/broken")
    app.state.desk.close()
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "internal_server_error")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "test_guard.py" in caplog.text
    assert "Jane" not in answer.text + caplog.text
