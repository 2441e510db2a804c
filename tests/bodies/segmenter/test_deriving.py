"""The plan: what follows from shapes, spacings, values and masks."""

from typing import Any

import numpy as np
import pytest

from polyclinic.bodies.segmenter.deriving import derive_plan
from polyclinic.bodies.segmenter.plan import Plan, Wanted
from polyclinic.curate.instructions import survey
from polyclinic.errors import TrainingError
from polyclinic.records import from_plain, to_plain
from polyclinic.study import Image, Study

from .conftest import discs, region, study


def derived(studies: list[Study], **wanted: Any) -> Plan:
    return derive_plan(studies, survey(studies), Wanted(**{"patch": 16, "poolings": 2} | wanted))


def left_half(shape: tuple[int, ...]) -> Any:
    mask = np.zeros(shape, bool)
    mask[..., : shape[-1] // 2] = True
    return mask


def test_anisotropic_volumes_make_a_flat_patch() -> None:
    plan = derived(discs(4, depth=8, size=40, spacing_mm=(5.0, 0.5, 0.5)), dimensions=3, patch=16, poolings=3)
    assert plan.spacing_mm == (5.0, 0.5, 0.5)
    assert plan.patch[0] < plan.patch[1] == plan.patch[2]
    assert plan.pooling[0] == (1, 2, 2)


def test_ct_has_one_window_for_all_and_mr_has_its_own_statistics() -> None:
    mask = left_half((24, 24))
    values = np.where(mask, np.linspace(0, 100, 24)[:, None], -1000.0).astype(np.float32)
    (ct,) = derived([study(values[None], (region("organ", mask),), modality="CT")]).channels
    assert ct.scheme == "window"
    assert (ct.low, ct.high) == pytest.approx((0.0, 100.0), abs=1)  # percentiles of the foreground: no air in it
    assert ct.mean == pytest.approx(50, abs=1)
    (mr,) = derived([study(values[None], (region("organ", mask),), modality="MR")]).channels
    assert mr.scheme == "image"
    (cut,) = derived([study(np.where(mask, values, 0)[None], (region("organ", mask),), modality="MR")]).channels
    assert cut.scheme == "nonzero"


def test_masks_that_overlap_ask_for_masks_of_their_own() -> None:
    half, whole = left_half((24, 24)), np.ones((24, 24), bool)
    pixels = np.random.default_rng(0).normal(size=(1, 24, 24))
    apart = derived([study(pixels, (region("a", half), region("b", ~half)))])
    assert not apart.overlapping
    assert apart.width_out == 3
    over = derived([study(pixels, (region("a", half), region("b", whole)))])
    assert over.overlapping
    assert over.width_out == 2


@pytest.mark.parametrize(("classes", "overlapping"), [(254, False), (255, True)])
def test_more_classes_than_labels_have_masks_of_their_own(classes: int, overlapping: bool) -> None:
    masks = np.arange(20 * 20).reshape(20, 20)
    regions = tuple(region(f"class {k}", masks == k) for k in range(classes))
    assert derived([study(np.zeros((1, 20, 20), np.float32), regions)]).overlapping is overlapping


def test_a_channel_that_some_lack_gets_flags() -> None:
    mask = left_half((24, 24))
    pixels = np.random.default_rng(0).normal(size=(2, 24, 24))
    both = study(pixels, (region("a", mask),), channels=("T1", "T2"))
    one = study(pixels[:1], (region("a", mask),), channels=("T1",), ident="t")
    plan = derived([both, one])
    assert [channel.name for channel in plan.channels] == ["T1", "T2"]
    assert plan.flags
    assert plan.width_in == 4
    assert not derived([both, both]).flags


def test_small_things_are_seen_at_a_finer_resolution() -> None:
    tiny = np.zeros((128, 128), bool)
    tiny[60:64, 60:64] = True
    pixels = np.random.default_rng(0).normal(size=(1, 128, 128))
    assert derived([study(pixels, (region("a", tiny),))], patch=16).side == 128
    assert derived([study(pixels, (region("a", left_half((128, 128))),))], patch=16).side == 16


def test_sides_forbid_mirroring() -> None:
    mask = left_half((24, 24))
    pixels = np.random.default_rng(0).normal(size=(1, 24, 24))
    assert derived([study(pixels, (region("Left lung", mask),))]).mirrors == ()
    assert derived([study(pixels, (region("bright", mask),))]).mirrors == (0, 1)


def test_what_cannot_be_planned_says_why() -> None:
    pixels = np.zeros((1, 24, 24))
    with pytest.raises(TrainingError, match="no study has a mask") as told:
        derived([study(pixels)])
    assert told.value.hint
    with pytest.raises(TrainingError, match="expected 3 axes") as told:
        derived(discs(2), dimensions=3)
    assert "dimensions=2" in str(told.value.hint)
    wrong = study(pixels, (region("a", np.ones((20, 24), bool)),))
    with pytest.raises(TrainingError, match="the mask of 'a' has shape"):
        derived([wrong])


def test_a_plan_comes_back_from_json() -> None:
    plan = derived(discs(3, depth=8, spacing_mm=(2.0, 1.0, 1.0)), dimensions=3)
    assert from_plain(Plan, to_plain(plan), "plan") == plan


def test_a_study_that_cannot_be_read_is_passed_over() -> None:
    broken = Study("b", "b", images=(Image("gone.png"),), regions=(region("square", np.ones((4, 4), bool)),))
    assert derived([broken, *discs(3)]).measured["studies_probed"] == 3


def test_masks_of_their_own_can_be_asked_for() -> None:
    half = left_half((24, 24))
    pixels = np.random.default_rng(0).normal(size=(1, 24, 24))
    plan = derived([study(pixels, (region("a", half), region("b", ~half)))], overlapping=True)
    assert plan.overlapping
    assert plan.width_out == 2
