"""The ledger's files: read back as written, and refused where they are damaged."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from polyclinic.claims import ledger
from polyclinic.claims.ledger import Proof, Run, read_ledger, read_proof, write_proof
from polyclinic.errors import CheckpointError, RecordError

PROOF = Proof(
    id="a-system",
    says="It helps.",
    metric="score",
    direction="higher",
    smallest=0.1,
    steps=10,
    seeds=(0, 1),
    asked=2,
    arms={"nano": (0.5, None), "no-x": (0.5, 0.25)},
    difference=0.0,
    low=None,
    high=None,
    verdict="unclear",
    seconds=3.5,
    commit=None,
    versions={"torch": "2"},
    hardware="a processor",
    runs={"nano": (Run("nano", 10, 5, 7, "abc", 0, 1.5),)},
)


def test_a_proof_comes_back_as_it_was(tmp_path: Path) -> None:
    path = write_proof(tmp_path / "new" / "folder", PROOF)
    assert path.name == "a-system.json"
    assert read_proof(path) == PROOF
    assert read_ledger(path.parent) == [PROOF]
    stored = json.loads(path.read_text())
    promised = {"id", "metric", "arms", "difference", "low", "high", "verdict", "seconds", "commit"}
    assert promised <= stored.keys()


def test_no_folder_is_an_empty_ledger(tmp_path: Path) -> None:
    assert read_ledger(tmp_path / "none") == []


def test_a_failed_write_leaves_the_old_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_proof(tmp_path, PROOF)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(CheckpointError, match="No space left"):
        write_proof(tmp_path, dataclasses.replace(PROOF, seconds=9.0))
    assert read_proof(path) == PROOF


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "another"}, "another system"),
        ({"arms": {"nano": [0.5, 0.5]}}, "two arms or more"),
        ({"arms": {"nano": [0.5], "no-x": [0.5]}}, "score for each seed"),
        ({"verdict": "true"}, "expected one of holds, fails, unclear"),
        ({"arms": {"nano": ["x", 1], "no-x": [1, 1]}}, r"arms\.nano\[0\]"),
        ({"surprise": 1}, "unknown field 'surprise'"),
    ],
)
def test_a_changed_proof_is_refused(change: dict[str, object], said: str, tmp_path: Path) -> None:
    path = write_proof(tmp_path, PROOF)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(RecordError, match=said):
        read_proof(path)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null", "3"])
def test_a_damaged_file_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(RecordError, match=r"a\.json"):
        read_proof(path)


def test_what_is_missing_or_huge_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckpointError, match=r"cannot read a\.json"):
        read_proof(tmp_path / "a.json")
    path = write_proof(tmp_path, PROOF)
    monkeypatch.setattr(ledger, "LARGEST_BYTES", 10)
    with pytest.raises(CheckpointError, match="are no proof"):
        read_proof(path)
