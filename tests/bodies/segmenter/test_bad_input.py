"""Input as it comes: thick slices, missing sequences, stray labels, masks that do not fit, nothing to draw.

Each is handled as said here, or refused with a typed error that tells what to do.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from polyclinic.bodies.segmenter import PatchView
from polyclinic.errors import PixelError, TrainingError, UsageError
from polyclinic.layouts import open_folder
from polyclinic.study import Mask, Region, Study

from .conftest import Toy, ToyConfig, discs, region, study

THICK = (5.0, 0.5, 0.5)
DEEP = ToyConfig(dimensions=3, patch=12)


def made(studies: list[Study], config: ToyConfig = ToyConfig()) -> tuple[Toy, PatchView]:  # noqa: B008 - frozen
    torch.manual_seed(0)
    model = Toy.from_studies(config, studies)
    return model.eval(), model.view(studies)


def loss(model: Toy, view: PatchView) -> float:
    """Of a batch of all Studies."""
    batch = view.collate([view.sample(i, np.random.default_rng(i)) for i in range(len(view))])
    return float(model(batch)["loss"].item())


def spaced(given: Study, spacing_mm: Any) -> Study:
    return dataclasses.replace(given, images=(dataclasses.replace(given.images[0], spacing_mm=spacing_mm),))


def masked(given: Study, mask: NDArray[np.bool_]) -> Study:
    return dataclasses.replace(given, regions=(region("square", mask),))


def test_thick_slices_are_not_mixed() -> None:
    """0.5 x 0.5 x 5 mm: the plan keeps the planes, halves them alone, and what is drawn has the input's grid."""
    model, view = made(discs(4, depth=10, size=48, spacing_mm=THICK), ToyConfig(dimensions=3, patch=16))
    assert model.plan.spacing_mm == THICK
    assert all(factors[0] == 1 for factors in model.plan.pooling)
    assert model.plan.patch[0] < model.plan.patch[1]
    assert np.isfinite(loss(model, view))
    even = discs(1, depth=20, size=20, spacing_mm=(1.0, 1.0, 1.0))
    (drawn,) = model.segment(even, [["square"]])[0]
    assert drawn.array.shape == (20, 20, 20)


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0), (0.0, 1.0, 1.0), (-1.0, 1.0, 1.0), (float("nan"), 1.0, 1.0)])
def test_a_spacing_that_is_none_is_refused_and_passed_over_in_training(spacing_mm: tuple[float, ...]) -> None:
    given = discs(6, depth=12, spacing_mm=(4.0, 1.0, 1.0))
    wrong = [spaced(given[0], spacing_mm), *given[1:]]
    model, view = made(wrong, DEEP)
    assert model.plan.spacing_mm == (4.0, 1.0, 1.0)
    assert view.sample(0, np.random.default_rng(0))["index"] != 0
    with pytest.raises(PixelError, match="study s0: expected a spacing of 3 positive millimetres") as told:
        model.segment(wrong[:1], [[]])
    assert "header" in str(told.value.hint)


def test_a_sequence_that_is_missing_is_zero_and_said_to_be() -> None:
    """The drawing of a Study without T2 is that of one whose T2 says nothing, not that of another sequence."""
    pairs = [
        study(np.repeat(each.images[0].pixels, 2, 0), each.regions, ident=each.id, channels=("T1", "T2"))
        for each in discs(6)
    ]
    lone = study(pairs[0].images[0].pixels[1:], pairs[0].regions, ident="lone", channels=("T2",))
    model, view = made([*pairs[1:], lone])
    assert (model.plan.flags, model.plan.width_in) == (True, 4)
    image = view.sample(5, np.random.default_rng(0))["image"]
    assert image[0].abs().max() == 0
    assert [plane.unique().tolist() for plane in image[2:]] == [[0.0], [1.0]]
    assert np.isfinite(loss(model, view))
    assert model.segment([lone], [[]])[0][0].array.shape == (24, 24)
    other = study(pairs[0].images[0].pixels[1:], channels=("DWI",))
    with pytest.raises(PixelError, match="none of the channels T1, T2") as told:
        model.segment([other], [[]])
    assert "--channel" in str(told.value.hint)


def test_a_value_that_the_record_does_not_name_is_said_and_not_learned(tmp_path: Path) -> None:
    labels = np.zeros((8, 8, 4), np.uint8)
    labels[:4], labels[4:6] = 1, 7
    for part, values in (("imagesTr", np.random.default_rng(0).normal(size=labels.shape)), ("labelsTr", labels)):
        (tmp_path / part).mkdir()
        nibabel.Nifti1Image(values.astype(np.float32), np.eye(4)).to_filename(tmp_path / part / "a.nii.gz")
    record = {"modality": {"0": "MR"}, "labels": {"0": "background", "1": "liver"}, "name": "x", "licence": "y"}
    (tmp_path / "dataset.json").write_text(json.dumps(record))
    held = open_folder(tmp_path)
    assert any("names no value 7" in said for said in held.skipped)
    model, view = made(list(held), ToyConfig(dimensions=3, patch=8))
    assert model.plan.classes == ("liver",)
    target = view.scene(0).target
    assert np.unique(target).tolist() == [0, 1]
    assert np.count_nonzero(target) == np.count_nonzero(labels == 1)


def test_a_mask_of_another_size_gives_way_and_is_never_stretched() -> None:
    given = discs(4)
    wrong = masked(given[0], np.ones((12, 12), bool))
    model, view = made([wrong, *given[1:]])
    assert view.sample(0, np.random.default_rng(0))["index"] != 0
    assert np.isfinite(loss(model, view))
    alone = model.view([wrong])
    with pytest.raises(TrainingError, match=r"the mask of 'square' has shape \(12, 12\), its image \(24, 24\)") as told:
        alone.sample(0, np.random.default_rng(0))
    assert "polyclinic data check" in str(told.value.hint)


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        (Region("square", mask=Mask.from_array(np.ones((4, 4), bool))), r"scribble of the image's shape \(24, 24\)"),
        (Region("square", points=((3.0, 3.0, 1.0),)), "points of 2 numbers"),
        (Region("square", box=(0, 0, 0, 9, 9, 9)), "a box of 4 numbers"),
        (Region("square", box=(0, 0, 9)), "a box of 4 numbers"),
    ],
)
def test_prompts_of_another_size_are_refused(prompt: Region, said: str) -> None:
    model, _ = made(discs(2))
    with pytest.raises(UsageError, match=said) as told:
        model.segment(discs(1), [[prompt]])
    assert told.value.hint


@pytest.mark.parametrize("modality", ["MR", "CT"])
@pytest.mark.parametrize("config", [ToyConfig(), DEEP], ids=["2d", "3d"])
def test_an_empty_foreground_trains_and_draws(config: ToyConfig, modality: str) -> None:
    """Masks that hold nothing: a plan without measures, a loss that is finite, a region without a box."""
    given = discs(4, depth=12 if config.dimensions == 3 else None)
    empty = [
        masked(
            dataclasses.replace(each, images=(dataclasses.replace(each.images[0], modality=modality),)),
            np.zeros_like(each.regions[0].array),
        )
        for each in given
    ]
    model, view = made(empty, config)
    assert np.isfinite(loss(model, view))
    with torch.no_grad():
        for weight in model.network.parameters():
            weight.zero_()
    (drawn,) = model.segment(empty[:1], [[]])[0]
    assert (drawn.box, drawn.array.any()) == (None, False)
