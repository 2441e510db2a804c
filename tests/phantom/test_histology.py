import numpy as np
import pytest

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.histology.domain import KINDS
from polyclinic.phantom.histology.findings import EDGES, FIELD_UM, nuclei, put, stain_finding
from polyclinic.phantom.histology.tissue import DENSITIES, ORGANS
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.painting import blob
from polyclinic.phantom.world import Phantom

RNG = np.random.default_rng


@pytest.fixture(scope="module")
def studies():
    return [study for i in range(50) for study in Phantom("histology", 3).studies(i)]


def amounts(name, um=80.0, contrast=1.0, **attributes):
    """Mean haematoxylin, eosin and blood inside a lesion, and how much of the plane it takes."""
    lesion = Lesion(1, name, None, "centre", um / 1000, "small", 1.0, None, attributes=attributes)
    stains = np.full((3, 128, 128), 0.1, np.float32)
    mask = stain_finding(stains, lesion, (0.5, 0.5), RNG(0), contrast)
    return stains[:, mask].mean(1), mask


def test_each_finding_takes_its_stain():
    tumour, _ = amounts("tumour", grade="poorly")
    lymphocytes, necrosis, blood, stone = (
        amounts(name)[0] for name in ("lymphocytes", "necrosis", "haemorrhage", "calcification")
    )
    assert min(lymphocytes[0], tumour[0], stone[0]) > 2 * necrosis[0]
    assert necrosis[1] > max(lymphocytes[1], blood[1], stone[1])
    assert blood[2] > 0.3
    assert max(tumour[2], necrosis[2], stone[2]) < 0.05


def test_without_contrast_the_tissue_is_as_it_was():
    assert np.allclose(amounts("tumour", contrast=0.0, grade="well")[0], 0.1)


@pytest.mark.parametrize("um", [60.0, 100.0])
def test_a_lesion_is_as_wide_as_its_size_says(um):
    _, mask = amounts("calcification", um)
    assert mask.sum() * (FIELD_UM / 128) ** 2 == pytest.approx(np.pi / 4 * 0.85 * um**2, rel=0.15)


def test_a_well_differentiated_tumour_still_has_lumens():
    well, poorly = (amounts("tumour", 110.0, grade=grade)[0] for grade in ("well", "poorly"))
    assert well[0] < 0.8 * poorly[0]


def test_nuclei_are_round_or_drawn_out():
    at = np.array([[0.5], [0.5]])
    ball, rod = nuclei(128, at, 4.0, RNG(0)), nuclei(128, at, 4.0, RNG(0), stretch=4.0)
    assert np.ptp(np.nonzero(ball > 0.5)[1]) == pytest.approx(np.ptp(np.nonzero(ball > 0.5)[0]), abs=1)
    assert np.ptp(np.nonzero(rod > 0.5)[1]) > 2.5 * np.ptp(np.nonzero(rod > 0.5)[0])


def test_what_is_put_somewhere_is_there():
    stains = np.zeros((3, 64, 64), np.float32)
    patch = blob(64, (0.5, 0.5), (0.2, 0.2))
    put(stains, patch, patch.cover(0.1), (0.3, 0.2, 0.1))
    assert stains[:, 32, 32].tolist() == pytest.approx([0.3, 0.2, 0.1])
    assert stains[:, 0, 0].max() == 0.0


def test_haematoxylin_is_blue_eosin_pink_and_blood_red():
    left = np.exp(-DENSITIES)
    assert left[0].argmax() == 2
    assert left[1].argmax() == left[2].argmax() == 0
    assert left[1, 2] > left[2, 2]


def test_every_margin_and_organ_has_its_look():
    assert {margin for kind in KINDS for margin in kind.margins} == EDGES.keys()
    assert ORGANS.keys() == {"colon", "stomach", "prostate"}


def test_glands_are_hollow_and_none_is_named_that_a_lesion_covers(studies):
    for study in studies:
        pixels = study.images[0].pixels.astype(float).mean(0)
        glands = [region for region in study.regions if region.name == "gland"]
        lesions = [region.array for region in study.regions if region.kind == "finding"]
        for gland in glands:
            assert not any((gland.array & lesion).sum() > 0.2 * gland.array.sum() for lesion in lesions)
        if len(glands) > 3 and not lesions:
            assert np.percentile(pixels[glands[1].array], 95) > np.median(pixels) + 10


def test_a_shift_restains_the_section():
    plain, moved = (
        Phantom("histology", 3, Dials(shift=shift, noise=0.0)).studies(2)[0].images[0].pixels.astype(float)
        for shift in (0.0, 1.0)
    )
    assert (moved[0] - moved[1]).mean() < (plain[0] - plain[1]).mean() - 10
