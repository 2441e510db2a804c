"""Every verb over HTTP: the command line's JSON, from base64 data and from uploads, alone and joined."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import Fake, png

from polyclinic.serving.forms import FORMS
from polyclinic.serving.notice import Notice, notice_of
from polyclinic.serving.verb_routes import ELSEWHERE
from polyclinic.verbs import PROTOCOLS

pytestmark = pytest.mark.anyio


def numbers(values: list[Any], kind: str) -> dict[str, Any]:
    """An image as the server sends it."""
    array = np.array(values, np.dtype(kind).newbyteorder("<"))
    return {"shape": list(array.shape), "type": kind, "data": base64.b64encode(array.tobytes()).decode()}


@pytest.mark.parametrize(
    ("verb", "fields", "expected"),
    [
        (
            "answer",
            {"question": "what?"},
            {"answer": "what? 100 after 0", "confidence": 0.5, "scores": {}, "regions": []},
        ),
        ("report", {"language": "zh"}, {"language": "zh", "sections": {"findings": "mean 100, 1 images"}}),
        (
            "find",
            {"phrase": "a"},
            {"phrase": "a", "count": 1, "regions": [{"name": "a", "box": [0, 0, 1, 1], "score": 0.9}]},
        ),
        ("risk", {}, {"times_days": [365, 730], "survival": [0.9, 0.8], "score": 100}),
        ("explain", {"target": "t"}, {"heat": [[1, 0], [0, 1]], "concepts": {"t": 1}}),
        ("classify", {"names": ["x"]}, {"x": 100 / 255}),
        ("classify", {}, {"bright": 100 / 255, "dark": 100 / 255}),
        ("embed", {}, [{"id": "image", "vector": [100.0, 0.0]}]),
        ("generate", {}, {"images": [numbers([[[100, 100], [100, 100]]], "uint8")]}),
        ("forecast", {"in_days": 30}, {"in_days": 30, "image": numbers([[[100, 30]]], "float32")}),
    ],
)
async def test_a_verb(client: Any, picture: str, verb: str, fields: dict[str, Any], expected: Any) -> None:
    async with client() as http:
        found = await http.post(f"/v1/{verb}", json={"image": picture, **fields})
    assert (found.status_code, found.json()) == (200, expected)
    assert "not a medical device" in found.headers["polyclinic-notice"]
    assert found.headers["polyclinic-phantom-trained"] == "unknown"
    assert found.headers["polyclinic-model"] == "fake"


async def test_images_are_made_of_a_text(client: Any, picture: str) -> None:
    async with client() as http:
        found = (await http.post("/v1/generate", json={"prompt": "four", "n": 2, "seed": 1})).json()
        assert found["images"] == [numbers(np.full((1, 2, 2), value).tolist(), "uint8") for value in (5, 6)]
        for wrong in ({}, {"prompt": "four", "image": picture}, {"prompt": "four", "n": 17}):
            assert (await http.post("/v1/generate", json=wrong)).status_code == 422


async def test_a_forecast_counts_from_the_last_visit(client: Any) -> None:
    files = {"image": png(20), "prior": png(10)}
    async with client() as http:
        found = await http.post("/v1/forecast", files=files, data={"in_days": "30", "since_prior_days": "100"})
        assert found.json()["image"] == numbers([[[10, 20, 130]]], "float32")
        assert (await http.post("/v1/forecast", files=files, data={"in_days": "30"})).status_code == 422


async def test_a_signal_is_decoded(client: Any) -> None:
    async with client() as http:
        expected = {"text": "(2, 3) 21"}
        signal = [[1, 2, 3], [4, 5, 6]]
        assert (await http.post("/v1/decode", json={"signal": signal})).json() == expected
        assert (await http.post("/v1/decode", files={"signal": (None, json.dumps(signal))})).json() == expected
        for malformed in ("[[", "[" * 100_000):
            assert (await http.post("/v1/decode", files={"signal": (None, malformed)})).status_code == 400
        for wrong in ([[1, 2], [3]], [[1e39]], [[]], []):
            assert (await http.post("/v1/decode", json={"signal": wrong})).status_code == 422


async def test_every_verb_has_an_endpoint_and_says_who_does_not_provide_it(client: Any, picture: str) -> None:
    asked = {"question": "q", "phrase": "p", "target": "t", "in_days": 1.0, "signal": [[0.0]], "image": picture}
    async with client({"bare": object()}) as http:
        for verb in PROTOCOLS:
            known = FORMS[verb].model_fields if verb in FORMS else {}
            body = {name: value for name, value in asked.items() if name in known}
            found = await http.post(f"/v1/{verb}", json=body)
            said = found.json()["error"]
            assert (found.status_code, said["type"]) == (400, "bad_request"), verb
            assert f"does not provide '{verb}'" in said["message"] or verb in ELSEWHERE
            assert said["hint"]


async def test_segment_gives_label_values_and_masks(client: Any, picture: str) -> None:
    async with client() as http:
        found = (await http.post("/v1/segment", json={"image": picture, "prompts": ["a", "b"]})).json()
    assert found["labels"] == {"a": 1, "b": 2}
    assert found["regions"][0] == {"name": "a", "mask": {"size": [2, 2], "counts": [0, 1, 2, 1]}}


async def test_a_text_is_embedded(client: Any, picture: str) -> None:
    async with client() as http:
        assert (await http.post("/v1/embed", json={"text": "four"})).json() == [{"id": "four", "vector": [4, 1]}]
        assert (await http.post("/v1/embed", json={})).status_code == 422
        assert (await http.post("/v1/embed", json={"text": "four", "image": picture})).status_code == 422


async def test_an_upload_with_a_prior_and_lists(client: Any) -> None:
    files = {"image": ("../../etc/passwd", png(10)), "prior": ("b.png", png(20))}
    async with client() as http:
        found = await http.post("/v1/report", files=files)
        assert found.json()["sections"]["findings"] == "mean 10, 2 images"
        sent = {"question": "q", "region": "1,2,3,4", "options": ["yes", "no"]}
        found = await http.post("/v1/answer", files={"image": png(7)}, data=sent)
    assert found.json()["answer"] == "q 7 after 0"
    assert found.json()["regions"] == [{"box": [1, 2, 3, 4]}]


async def test_many_at_a_time_get_each_their_own_answer(client: Any) -> None:
    async with client() as http:
        asks = [(f"q{i}", i * 20) for i in range(9)]
        found = await asyncio.gather(
            *(http.post("/v1/answer", files={"image": png(v)}, data={"question": q}) for q, v in asks)
        )
    assert [answer.json()["answer"] for answer in found] == [f"{q} {v} after 0" for q, v in asks]


async def test_one_bad_request_spoils_no_other_of_its_batch(client: Any, picture: str) -> None:
    async with client() as http:
        questions = ["sleep", "good", "raise", "refuse"]
        found = await asyncio.gather(
            *(http.post("/v1/answer", json={"image": picture, "question": q}) for q in questions)
        )
    assert [answer.status_code for answer in found] == [200, 200, 500, 422]
    assert "Jane" not in found[2].text
    assert found[3].json()["error"]["hint"] == "but that"


async def test_which_model(client: Any, picture: str) -> None:
    async with client({"a": Fake(), "b": object()}) as http:
        ask = {"image": picture, "question": "q"}
        assert (await http.post("/v1/answer", json=ask)).status_code == 404
        assert (await http.post("/v1/answer", json={**ask, "model": "c"})).status_code == 404
        assert (await http.post("/v1/answer", json={**ask, "model": "a"})).status_code == 200
        unable = await http.post("/v1/answer", json={**ask, "model": "b"})
        assert (unable.status_code, unable.json()["error"]["type"]) == (400, "bad_request")


async def test_what_the_server_says_of_itself(client: Any, picture: str) -> None:
    async with client() as http:
        assert (await http.get("/health")).json()["status"] == "ok"
        (model,) = (await http.get("/v1/models")).json()["data"]
        assert model["id"] == "fake"
        assert "answer" in model["verbs"]
        assert "generalist" in [system["id"] for system in (await http.get("/v1/systems")).json()]
        await http.post("/v1/find", json={"image": picture, "phrase": "p"})
        text = (await http.get("/metrics")).text
        assert 'polyclinic_requests_total{route="POST /v1/find",status="200"} 1' in text
        assert 'polyclinic_batch_size_bucket{model="fake",verb="find",le="1.0"} 1' in text
        assert (await http.get("/nothing/here")).json()["error"]["code"] == 404


@pytest.mark.parametrize(
    ("record", "expected"),
    [('{"note": "Procedural phantoms, not patients"}', True), ('{"note": "others"}', False), ("{", None), ("[]", None)],
)
def test_phantom_training_is_read_from_the_record(tmp_path: Path, record: str, expected: bool | None) -> None:
    (tmp_path / "run.json").write_text(record)
    assert notice_of(tmp_path) == Notice(expected)
    assert json.loads(json.dumps(Notice(expected).plain))["phantom_trained"] is expected
