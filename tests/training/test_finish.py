from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from polyclinic.cards import Card
from polyclinic.errors import CheckpointError
from polyclinic.training.checkpoint import FOLDER
from polyclinic.training.finish import NOTICE, finish, model_card
from polyclinic.training.record import read_record

CARD = Card(id="toy", title="A toy", verbs=("classify", "find"), kinds=("toy",), year=2026, checked="shape")
RECORD: dict[str, Any] = {"preset": "nano", "parameters": 1234, "samples": 5, "data": "numbers", "split": "train"}
RECORD |= {"step": 9, "seed": 1, "timings": {"training_s": 90.0}}


class Model:
    def __init__(self, *, full: bool = False) -> None:
        self.full = full

    def save_pretrained(self, folder: Path) -> None:
        (folder / "config.json").write_text("{}")
        if self.full:
            raise OSError(28, "No space left on device")
        (folder / "model.safetensors").write_bytes(b"weights")


def test_the_card_says_what_it_is_and_is_not() -> None:
    text = model_card(CARD, RECORD)
    assert "1,234 parameters" in text
    assert "5 studies of `numbers` (split train), 9 steps in 1.5 minutes, seed 1" in text
    assert "Verbs: classify, find." in text
    assert NOTICE in text


def test_everything_is_in_place_and_checkpoints_are_gone(tmp_path: Path) -> None:
    done = finish(tmp_path, Model(), CARD, [], RECORD)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"README.md", "config.json", "model.safetensors", "priors.json", "run.json"}
    assert read_record(tmp_path) == done
    assert done["state"] == "finished"


def test_a_disk_that_fills_up_leaves_no_half_model(tmp_path: Path) -> None:
    (tmp_path / FOLDER / "step-000000009").mkdir(parents=True)
    with pytest.raises(CheckpointError, match="No space left"):
        finish(tmp_path, Model(full=True), CARD, [], RECORD)
    assert [path.name for path in tmp_path.rglob("*")] == [FOLDER, "step-000000009"]
