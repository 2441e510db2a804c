"""Which commands the pages may start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from polyclinic.errors import UsageError
from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench.app import create_workbench
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.fit_routes import Assessment, Fit, assess_words, fit_words
from polyclinic.serving.workbench.shelf import Shelf

DATA, OUT = Path("/data"), Path("/runs/one")
V1 = "/v1/workbench/jobs"


@pytest.fixture
def client(bench: Bench, tmp_path: Path) -> Iterator[TestClient]:
    app = create_workbench(bench, Settings(), Shelf(tmp_path / "runs"))
    with TestClient(app, base_url="http://127.0.0.1:8600", raise_server_exceptions=False) as made:
        yield made


def test_a_training_is_the_command_that_one_would_type() -> None:
    words = fit_words(Fit(name="one", system="generalist", minutes=2.5, seed=3), DATA, OUT)
    said = "fit generalist /data --out /runs/one --preset nano --split train --seed 3 --minutes 2.5 --json"
    assert list(words) == said.split()


def test_an_assessment_takes_runs_by_name_and_shipped_models(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for file in ("config.json", "model.safetensors"):
        (tmp_path / "mine" / file).touch()
    shelf = Shelf(tmp_path)
    words = assess_words(Assessment(name="c", model="mine", limit=4), DATA, OUT, shelf)
    assert words[:3] == ("assess", str(tmp_path / "mine"), "/data")
    assert "--limit" in words
    assert assess_words(Assessment(name="c", model="generalist-nano"), DATA, OUT, shelf)[1] == "generalist-nano"
    with pytest.raises(UsageError, match="no model"):
        assess_words(Assessment(name="c", model=str(tmp_path / "mine")), DATA, OUT, shelf)


def test_unknown_systems_presets_and_two_budgets_are_refused() -> None:
    with pytest.raises(UsageError, match="no system"):
        fit_words(Fit(name="one", system="--help"), DATA, OUT)
    with pytest.raises(UsageError, match="no preset"):
        fit_words(Fit(name="one", system="generalist", preset="--set"), DATA, OUT)
    with pytest.raises(ValidationError, match="steps or minutes"):
        Fit(name="one", system="generalist", steps=1, minutes=1)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("fit", {"name": "../x", "system": "generalist"}),
        ("fit", {"name": "x", "system": "generalist", "out": "/tmp/x"}),
        ("fit", {"name": "x", "system": "generalist", "data": "/etc"}),
        ("assess", {"name": "x", "model": "/etc"}),
        ("stop", {"name": "../x"}),
        ("resume", {"name": "none"}),
    ],
)
def test_no_path_comes_from_a_request(client: TestClient, kind: str, body: dict[str, Any], tmp_path: Path) -> None:
    assert client.post(f"{V1}/{kind}", json=body).status_code == 422
    assert not (tmp_path / "runs").exists()


def test_the_list_says_what_can_be_started(client: TestClient) -> None:
    told = client.get(V1).json()
    assert told["jobs"] == []
    assert told["runs"] == "runs"
    assert "generalist-nano" in told["models"]
    assert "nano" in told["systems"]["generalist"]


def test_without_a_folder_nothing_starts(bench: Bench) -> None:
    with TestClient(create_workbench(bench, Settings()), base_url="http://127.0.0.1:8600") as client:
        assert client.get(V1).json()["runs"] is None
        refused = client.post(f"{V1}/fit", json={"name": "x", "system": "generalist"})
    assert refused.status_code == 400
    assert "--runs" in refused.json()["error"]["hint"]
