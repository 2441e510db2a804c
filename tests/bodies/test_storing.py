"""Published weights are read from safetensors, and from nothing that can run code."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from polyclinic.bodies.storing import published_weights
from polyclinic.errors import CheckpointError


def test_published_weights_are_read_by_their_names(tmp_path: Path) -> None:
    save_file({"conv.weight": torch.ones(2)}, tmp_path / "model.safetensors")
    assert published_weights(tmp_path / "model.safetensors")["conv.weight"].tolist() == [1.0, 1.0]


def test_pickled_and_damaged_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"pickled")
    with pytest.raises(CheckpointError, match="can run code"):
        published_weights(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match="cannot be read"):
        published_weights(tmp_path / "model.safetensors")
