"""The endpoints as a page, or somebody who is none, asks them; behind the server's guard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench.app import create_workbench
from polyclinic.serving.workbench.bench import Bench
from polyclinic.store.collection import open_collection
from polyclinic.study import Mask

from .conftest import HERE, HOSTILE, SIZE, V1, square


def runs(mask: np.ndarray) -> dict[str, Any]:
    coded = Mask.from_array(mask)
    return {"size": list(coded.size), "counts": list(coded.counts)}


def drawn(**changed: Any) -> dict[str, Any]:
    return {"study": "a-2", "image": 0, "name": "heart", "base": 0, "planes": {"0": runs(square(SIZE, 2, 6))}} | changed


def test_the_list_comes_in_pages(client: TestClient) -> None:
    told = client.get(f"{V1}/studies", params={"text": "nodule", "limit": 1}).json()
    assert told["total"] == 2
    assert [row["id"] for row in told["rows"]] == ["a-2"]
    assert "searched" not in told["rows"][0]
    alike = client.get(f"{V1}/studies", params={"like": "a-1"}).json()
    assert alike["rows"][0]["likeness"] == pytest.approx(1.0)


def test_a_study_comes_with_its_visits_and_without_run_lengths(client: TestClient) -> None:
    told = client.get(f"{V1}/study", params={"study": "a-2"}).json()
    assert [visit["id"] for visit in told["visits"]] == ["a-1", "a-2"]
    assert told["study"]["regions"][0]["mask"] is True


def test_planes_are_numbers(client: TestClient) -> None:
    facts = client.get(f"{V1}/image", params={"study": "b-1"}).json()
    assert (facts["form"], facts["shape"], facts["directions"]) == ("volume", [6, 20, 30], ["S", "P", "L"])
    answer = client.get(f"{V1}/plane", params={"study": "b-1", "axis": "y", "index": 3, "channel": 0})
    told = json.loads(answer.headers["x-plane"])
    values = np.frombuffer(answer.content, told["type"]).reshape(told["shape"])
    assert np.array_equal(values[0], np.arange(3600).reshape(6, 20, 30)[:, 3])


@pytest.mark.parametrize("path", ["thumbnail", "plane"])
def test_pixels_are_kept_by_a_browser_for_this_opening_alone(client: TestClient, root: Path, path: str) -> None:
    query = {"study": "a-1"}
    first = client.get(f"{V1}/{path}", params=query)
    tag = {"if-none-match": first.headers["etag"]}
    assert "no-cache" in first.headers["cache-control"]
    assert client.get(f"{V1}/{path}", params=query, headers=tag).status_code == 304
    other = Bench(lambda: open_collection(root))
    other.wait(10)
    with TestClient(create_workbench(other, Settings()), base_url=HERE) as again:
        assert again.get(f"{V1}/{path}", params=query, headers=tag).content == first.content


def test_a_correction_is_there_when_one_asks_again(client: TestClient) -> None:
    assert client.post(f"{V1}/corrections", json=drawn()).status_code == 200
    (overlay,) = client.get(f"{V1}/overlays", params={"study": "a-2"}).json()
    assert (overlay["corrected"], overlay["mask"]) == (True, runs(square(SIZE, 2, 6)))
    assert client.get(f"{V1}/corrections").json() == {"studies": ["a-2"], "collection": "set-corrected"}
    assert client.get(f"{V1}/studies", params={"text": "a-2"}).json()["rows"][0]["corrected"] is True


def test_prompts_give_regions(client: TestClient) -> None:
    (region,) = client.post(f"{V1}/segment", json={"study": "a-1", "words": "nodule", "points": [[3, 3]]}).json()
    assert region["box"] == [2, 2, 5, 5]
    (box,) = client.post(f"{V1}/find", json={"study": "a-1", "words": "nodule"}).json()
    assert box["score"] == 0.5


@pytest.mark.parametrize(
    "ident", ["../set", "/etc/passwd", "..%2f..%2fetc", "a-1/../a-2", "\x00", "images/a-1.png", ""]
)
@pytest.mark.parametrize("path", ["study", "image", "plane", "overlays", "thumbnail"])
def test_no_path_is_opened(client: TestClient, path: str, ident: str) -> None:
    answer = client.get(f"{V1}/{path}", params={"study": ident})
    assert answer.status_code == 422
    assert b"root:" not in answer.content


@pytest.mark.parametrize("path", ["../README.md", "..%2f..%2fapp.py", "%2e%2e/%2e%2e/etc/passwd", "index.js/../../x"])
def test_only_built_files_are_given(client: TestClient, path: str) -> None:
    assert client.get(f"/assets/{path}").status_code == 404


def test_words_of_the_data_come_as_json_that_no_browser_runs(client: TestClient) -> None:
    answer = client.get(f"{V1}/study", params={"study": "a-1"})
    assert HOSTILE in answer.json()["study"]["report"]["sections"]["findings"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    refused = client.get(f"{V1}/study", params={"study": HOSTILE})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/json")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "http://127.0.0.1:8601"}, 403),
        ({"origin": "http://127.0.0.1"}, 403),
        ({"origin": "http://localhost:8600"}, 403),
        ({"host": "elsewhere.example"}, 403),
        ({"origin": HERE}, 200),
        ({}, 200),
    ],
)
def test_pages_of_others_change_nothing(client: TestClient, bench: Bench, headers: dict[str, str], status: int) -> None:
    assert client.post(f"{V1}/corrections", json=drawn(), headers=headers).status_code == status
    assert len(bench.corrections) == (status == 200)


@pytest.mark.parametrize(
    "body",
    [
        drawn(name=""),
        drawn(study="nobody"),
        drawn(base=-1),
        drawn(path="/etc/passwd"),
        drawn(form="exe"),
        drawn(planes={"0": {"size": [20, 30], "counts": [5]}}),
        drawn(planes={"0": {"size": [10**9, 10**9], "counts": [10**18]}}),
        drawn(planes={"x": runs(square(SIZE, 0, 1))}),
        {},
    ],
)
def test_malformed_corrections_are_refused_and_nothing_is_written(
    client: TestClient, root: Path, body: dict[str, Any]
) -> None:
    answer = client.post(f"{V1}/corrections", json=body)
    assert answer.status_code == 422
    assert not (root.with_name("set-corrected") / "studies.jsonl").exists()


def test_bodies_that_are_no_json_or_too_large_are_refused(bench: Bench) -> None:
    with TestClient(create_workbench(bench, Settings(upload_bytes=1000)), base_url=HERE) as client:
        assert client.post(f"{V1}/corrections", content=b"{" * 500).status_code == 422
        assert client.post(f"{V1}/corrections", content=b"[" + b"1," * 999).status_code == 413


def test_a_page_before_the_first_or_beyond_reason_is_refused(client: TestClient) -> None:
    for query in ({"offset": -1}, {"limit": 0}, {"limit": 10**9}, {"text": "x" * 600}):
        assert client.get(f"{V1}/studies", params=query).status_code == 422
