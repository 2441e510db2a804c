"""Published weights: read from safetensors, refused where they are pickled, put where the table says."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from polyclinic.bodies.dual_encoder.public import with_published, within
from polyclinic.bodies.storing import published_weights
from polyclinic.errors import CheckpointError
from polyclinic.parts.vision.keys import Layout

PART = Layout({"{}": "layer{+1}"})


class Whole(nn.Module):
    """Two layers that are part of something."""

    def __init__(self) -> None:
        super().__init__()
        self.part = nn.ModuleList([nn.Linear(2, 3), nn.Linear(3, 1)])


def test_a_part_is_named_within_the_whole() -> None:
    assert within("part", "visual.trunk", PART) == {"part.{}": "visual.trunk.layer{+1}"}


def test_weights_find_their_places(tmp_path: Path) -> None:
    theirs = Whole()
    names = {"part.0": "visual.layer1", "part.1": "visual.layer2"}
    weights = {names[name[:6]] + name[6:]: tensor for name, tensor in theirs.state_dict().items()}
    save_file(weights | {"text.unused": torch.zeros(1)}, tmp_path / "model.safetensors")
    layout = Layout(within("part", "visual", PART), heads=("text.",))
    ours = with_published(Whole().train(), tmp_path / "model.safetensors", layout)
    assert not ours.training
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=0, atol=0)
    with pytest.raises(CheckpointError, match=r"text\.unused"):
        with_published(Whole(), tmp_path / "model.safetensors", Layout(within("part", "visual", PART)))


@pytest.mark.parametrize("name", ["open_clip_pytorch_model.bin", "unimed_clip_vit_b16.pt", "a.pth"])
def test_pickled_weights_are_refused_with_the_way_out(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x80\x04")
    with pytest.raises(CheckpointError, match=name) as caught:
        published_weights(tmp_path / "model.safetensors")
    assert "safetensors.torch.save_file" in str(caught.value.hint)
    save_file({"a": torch.ones(1)}, tmp_path / "model.safetensors")
    assert published_weights(tmp_path / "model.safetensors")["a"].item() == 1, "the converted file lies beside it"


def test_missing_and_damaged_files_are_errors(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        published_weights(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="cannot be read"):
        published_weights(tmp_path / "model.safetensors")
