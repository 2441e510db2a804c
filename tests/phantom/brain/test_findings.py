import math

import numpy as np
import pytest

from polyclinic.phantom.brain.domain import KINDS
from polyclinic.phantom.brain.findings import WHOLE, WOBBLE, grow
from polyclinic.phantom.brain.tissues import SEQUENCES
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.solids import Grid

GRID = Grid(64, 128.0, 128.0)
ROOM = np.ones(GRID.shape, np.float32)


def grown(name, size_mm=40.0, contrast=1.0, margin=None, room=ROOM, **attributes):
    lesion = Lesion(1, name, "left", "frontal", size_mm, "small", 1.0, margin, attributes=attributes)
    signals = np.full((len(SEQUENCES), *GRID.shape), 0.5, np.float32)
    parts = grow(signals, GRID, room, lesion, (0.0, 0.0, 0.0), np.random.default_rng(0), contrast)
    return dict(zip(SEQUENCES, signals, strict=True)), parts


def glioma(enhancement="ring", **more):
    return grown("glioma", margin=more.pop("margin", "smooth"), enhancement=enhancement, **more)


def test_a_ring_enhancing_glioma_has_three_parts():
    signals, parts = glioma()
    assert parts.keys() == {WHOLE, "oedema", "necrotic core", "enhancing rim"}
    core, rim, oedema = (parts[name] for name in ("necrotic core", "enhancing rim", "oedema"))
    assert np.array_equal(core | rim, parts[WHOLE])
    assert not (core & rim).any()
    assert not (oedema & parts[WHOLE]).any()
    assert signals["T1c"][rim].mean() > signals["T1c"][oedema].mean() + 0.2 > signals["T1c"][core].mean() + 0.2
    assert signals["T2"][core].mean() > 0.7


@pytest.mark.parametrize(("enhancement", "low", "high"), [("ring", 0.8, 1.0), ("patchy", 0.6, 0.9), ("none", 0.3, 0.5)])
def test_a_glioma_enhances_as_is_said(enhancement, low, high):
    signals, parts = glioma(enhancement)
    shown = parts.get("enhancing rim", parts[WHOLE])
    assert low < np.percentile(signals["T1c"][shown], 60) < high


@pytest.mark.parametrize("size_mm", [24.0, 48.0])
@pytest.mark.parametrize("name", ["meningioma", "demyelination", "haemorrhage", "infarct"])
def test_a_lesion_is_as_large_as_its_size_says(name, size_mm):
    _, parts = grown(name, size_mm)
    volume = parts[WHOLE].sum() * math.prod(GRID.spacing_mm)
    assert 0.6 < volume / (math.pi / 6 * size_mm**3) < 1.05


def test_without_contrast_nothing_is_left_but_the_masks():
    for kind in KINDS:
        attributes = {name: values[0] for name, values in kind.attributes.items()}
        none, parts = grown(kind.name, contrast=0.0, margin=(kind.margins or (None,))[0], **attributes)
        full, same = grown(kind.name, contrast=1.0, margin=(kind.margins or (None,))[0], **attributes)
        assert all(np.allclose(signal, 0.5) for signal in none.values())
        assert all(np.array_equal(parts[name], same[name]) for name in parts)
        assert np.abs(full["FLAIR"] - 0.5)[parts[WHOLE]].mean() > 0.1


def test_a_lesion_stays_within_its_room():
    room = ROOM * (GRID.at[0] > 0)
    signals, parts = glioma(room=room)
    assert not any(mask[:, :, :32].any() for mask in parts.values())
    assert np.allclose(signals["T2"][:, :, :32], 0.5)


def test_an_irregular_margin_is_less_round():
    def surface(margin):
        mask = glioma(margin=margin)[1][WHOLE]
        return sum(np.abs(np.diff(mask.astype(int), axis=axis)).sum() for axis in range(3)) / mask.sum() ** (2 / 3)

    assert surface("irregular") > surface("smooth")
    assert {margin for kind in KINDS for margin in kind.margins} <= WOBBLE.keys()
