import math

import numpy as np
import pytest

from polyclinic.phantom.abdomen.findings import WOBBLE, grow
from polyclinic.phantom.abdomen.tissues import TISSUES, TUMOURS
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.solids import Grid

GRID = Grid(64, 128.0, 128.0)
ROOM = np.ones(GRID.shape, np.float32)
ORGAN_LOOK = {"kidney": "renal cortex", "colon": "stool", "stomach": "wall", "bladder": "wall"}


def grown(name, brightness="low", size_mm=30.0, look=0, contrast=1.0, ground=0.0, room=ROOM, margin="smooth"):
    lesion = Lesion(1, name, "left", "wall", size_mm, "small", 1.0, margin, attributes={"brightness": brightness})
    volume = np.full(GRID.shape, ground, np.float32)
    return volume, grow(volume, GRID, room, lesion, (0.0, 0.0, 0.0), np.random.default_rng(0), look, contrast)


@pytest.mark.parametrize("name", TUMOURS)
@pytest.mark.parametrize("look", [0, 1])
def test_a_bright_tumour_is_brighter_than_a_dark_one(name, look):
    dark, bright = (
        float(np.median(volume[mask])) for volume, mask in (grown(name, b, look=look) for b in ("low", "high"))
    )
    assert bright > 1.3 * dark
    if name.split()[0] in {"liver", "spleen", "pancreas", "adrenal", "kidney"}:
        organ = name.split()[0]
        assert dark < TISSUES[ORGAN_LOOK.get(organ, organ)][look] < bright


@pytest.mark.parametrize("look", [0, 1])
def test_a_cyst_is_fluid(look):
    volume, mask = grown("cyst", look=look, ground=100.0)
    assert np.median(volume[mask]) == pytest.approx(TISSUES["fluid"][look], abs=0.01)


@pytest.mark.parametrize("size_mm", [24.0, 48.0])
def test_a_lesion_is_as_large_as_its_size_says(size_mm):
    _, mask = grown("liver tumour", size_mm=size_mm)
    assert 0.7 < mask.sum() * math.prod(GRID.spacing_mm) / (math.pi / 6 * size_mm**3) < 1.05


def test_a_large_tumour_is_dead_in_the_middle():
    for size_mm, dead in ((40.0, False), (60.0, True)):
        volume, _ = grown("kidney tumour", "high", size_mm)
        middle, beside = volume[14:18, 30:34, 30:34].mean(), volume[14:18, 30:34, 32 + int(0.4 * size_mm / 2)].mean()
        assert (middle < 0.8 * beside) == dead


def test_without_contrast_nothing_is_left_but_the_mask():
    none, mask = grown("spleen tumour", contrast=0.0, ground=0.3)
    full, same = grown("spleen tumour", ground=0.3)
    assert np.allclose(none, 0.3)
    assert np.array_equal(mask, same)
    assert full[mask].mean() > 10.0


def test_a_lesion_stays_within_its_room():
    volume, mask = grown("colon tumour", room=ROOM * (GRID.at[0] > 0))
    assert not mask[:, :, :32].any()
    assert np.allclose(volume[:, :, :32], 0.0)


def test_an_irregular_margin_is_another_outline():
    assert WOBBLE["irregular"] > 3 * WOBBLE["smooth"]
    one, two = (grown("liver tumour", margin=margin)[1] for margin in WOBBLE)
    assert (one ^ two).sum() > 0.1 * one.sum()
