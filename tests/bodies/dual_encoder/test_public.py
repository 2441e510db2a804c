"""Published weights."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from polyclinic.bodies.dual_encoder.public import with_published, within
from polyclinic.errors import CheckpointError
from polyclinic.parts.vision.keys import Layout

LAYOUT = Layout(within("0", "tower", Layout({"weight": "w", "bias": "b"})))


def test_a_parts_names_stand_within_the_whole(tmp_path: Path) -> None:
    save_file({"tower.w": torch.ones(2, 3), "tower.b": torch.zeros(2)}, tmp_path / "model.safetensors")
    model = with_published(nn.Sequential(nn.Linear(3, 2)).train(), tmp_path / "model.safetensors", LAYOUT)
    assert model.state_dict()["0.weight"].sum() == 6
    assert not model.training


def test_damaged_and_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        with_published(nn.Linear(1, 1), tmp_path / "model.safetensors", LAYOUT)
    (tmp_path / "model.safetensors").write_bytes(b"{")
    with pytest.raises(CheckpointError, match="cannot be read"):
        with_published(nn.Linear(1, 1), tmp_path / "model.safetensors", LAYOUT)
