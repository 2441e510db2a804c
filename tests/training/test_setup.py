from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from polyclinic import registry
from polyclinic.errors import ReadError, TrainingError, UsageError
from polyclinic.store.collection import Collection, Header
from polyclinic.store.splits import Splits
from polyclinic.study import Image, Study
from polyclinic.training.checkpoint import FOLDER, START, write_folder
from polyclinic.training.options import Options
from polyclinic.training.setup import check_stages, chosen_config, material, names_left_out
from polyclinic.training.stages import Stage

ALL = Header("all", splits=Splits(fractions={"train": 1.0}))


def volume(name: str, planes: int) -> Study:
    pixels = np.arange(planes * 16, dtype=np.float32).reshape(1, planes, 4, 4)
    return Study(name, name, images=(Image(f"{name}.nii.gz", load=lambda: pixels),))


def collected(studies: Sequence[Study]) -> Collection:
    return Collection(Path("nowhere"), ALL, tuple(studies))


def test_volumes_become_their_slices_and_images_stay() -> None:
    flat = Study("flat", "flat", images=(Image.from_array(np.eye(4)),))
    bare = Study("bare", "bare")
    found = material(collected([flat, volume("v", 3), bare]), "train", pytest.fail)
    assert [study.id for study in found] == ["flat", "v-z000", "v-z001", "v-z002", "bare"]
    assert found[2].images[0].pixels.shape == (1, 4, 4)


def test_volumes_that_cannot_be_read_are_counted_and_left_out() -> None:
    def broken() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        raise ReadError("b.nii is truncated")

    bad = Study("b", "b", images=(Image("b.nii", load=broken),))
    notes: list[str] = []
    assert len(material(collected([bad, volume("v", 2), bad]), "train", notes.append)) == 2
    assert notes == ["2 studies cannot be read and are left out, the first: b: b.nii is truncated"]
    with pytest.raises(TrainingError, match="no study that can be used"):
        material(collected([bad]), "train", notes.append)


def test_a_batch_must_part_evenly() -> None:
    stage = Stage("s", steps=1, batch=6, learning_rate=1.0)
    check_stages([stage], 3)
    with pytest.raises(UsageError, match="4 processes cannot share a batch of 6"):
        check_stages([stage], 4)
    with pytest.raises(TrainingError, match="at least one step"):
        check_stages([], 1)


def test_preset_and_settings_make_the_config() -> None:
    toy = registry.load("toy")
    config = chosen_config(toy, Options(preset="wide", settings=("batch=4", "ema=none", "sizes=3,4")))
    assert (config.width, config.batch, config.ema, config.sizes) == (64, 4, None, (3, 4))
    with pytest.raises(UsageError) as caught:
        chosen_config(toy, Options(preset="huge"))
    assert caught.value.hint == "presets: nano, wide"


def test_checkpoints_leave_out_only_what_nobody_trains_and_the_system_does_not_save(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    model = nn.ModuleDict({name: nn.Linear(1, 1, bias=False) for name in ("own", "teacher", "late", "language")})
    for name in ("teacher", "late", "language"):
        model[name].requires_grad_(False)
    kept = {name: value for name, value in model.state_dict().items() if "language" not in name}
    write_folder(tmp_path / FOLDER / START, lambda folder: save_file(kept, folder / "model.safetensors"))
    plain = Stage("a", steps=1, batch=1, learning_rate=1.0)
    thaws = Stage("b", steps=1, batch=1, learning_rate=1.0, trainable=lambda m: m["late"].parameters())
    assert names_left_out(model, [plain, thaws], frozenset({"own.weight"}), tmp_path) == {"language.weight"}
