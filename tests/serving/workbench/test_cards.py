"""Stored assessments as cards: scores with intervals, worst cases first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from polyclinic.errors import ReadError, RecordError
from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench.app import create_workbench
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.cards import card, listed, read_scores
from polyclinic.serving.workbench.shelf import Shelf

CLOSED = "questions.closed.balanced_accuracy"
SCORE = {"value": 0.7, "low": 0.6, "high": 0.8, "n": 3, "baseline": 0.5, "blind": None}


def question(study: str, predicted: str) -> dict[str, Any]:
    return {"study": study, "subject": study[0], "kind": "closed", "reference": "yes", "predicted": predicted}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "runs/card"
    (made / "predictions").mkdir(parents=True)
    scores = {CLOSED: SCORE, "questions.closed.presence.balanced_accuracy": SCORE}
    (made / "scores.json").write_text(json.dumps(scores))
    facts = {"collection": "set", "studies": 2, "subjects": 2, "verbs": ["answer"], "skipped": []}
    (made / "assessment.json").write_text(json.dumps(facts))
    rows = [question("a-1", "yes"), question("gone", "no"), question("a-2", "yes"), question("a-2", "no")]
    (made / "predictions/questions.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    return made


@pytest.fixture
def client(bench: Bench, folder: Path) -> Iterator[TestClient]:
    app = create_workbench(bench, Settings(), Shelf(folder.parent))
    with TestClient(app, base_url="http://127.0.0.1:8600", raise_server_exceptions=False) as made:
        yield made


def test_cases_come_worst_first_and_say_whether_they_can_be_opened(client: TestClient) -> None:
    told = client.get("/v1/workbench/card", params={"name": "card"}).json()
    assert [(case["study"], case["error"], case["known"]) for case in told["cases"]] == [
        ("gone", 1.0, False), ("a-2", 0.5, True), ("a-1", 0.0, True),
    ]  # fmt: skip
    assert told["cases"][1]["asked"] == {"questions": 2}


def test_main_scores_come_with_their_interval_and_verdict(folder: Path) -> None:
    told = card(folder, lambda _: False)
    (score,) = told["scores"]
    assert (score["name"], score["low"], score["high"], score["says"]) == (CLOSED, 0.6, 0.8, "better than baseline")
    assert told["studies"] == 3


def test_the_list_has_headlines(folder: Path) -> None:
    (row,) = listed({"card": folder})
    assert (row["collection"], row["studies"]) == ("set", 2)
    assert [head["title"] for head in row["headlines"]] == ["Yes-or-no questions"]


def test_a_damaged_card_says_so_in_its_row(folder: Path) -> None:
    (folder / "scores.json").write_text("{")
    (row,) = listed({"card": folder})
    assert row["error"] == "scores.json cannot be read"
    with pytest.raises(ReadError):
        read_scores(folder)
    (folder / "scores.json").write_text('{"a": {"value": "high"}}')
    with pytest.raises(RecordError):
        read_scores(folder)
    (folder / "scores.json").write_text("[]")
    with pytest.raises(ReadError, match="expected an object"):
        read_scores(folder)


def test_a_card_that_is_not_there_is_refused(client: TestClient) -> None:
    assert client.get("/v1/workbench/card", params={"name": "../set"}).status_code == 422
