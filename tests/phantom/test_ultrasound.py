from dataclasses import replace

import numpy as np
import pytest

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.ultrasound.breast import LAYERS, Breast
from polyclinic.phantom.ultrasound.domain import KINDS, sample_patient
from polyclinic.phantom.ultrasound.findings import FIELD_MM, Tissue, draw_finding
from polyclinic.phantom.ultrasound.probe import FANNED, SITES, behind, frame_of, scan
from polyclinic.phantom.world import Phantom

RNG = np.random.default_rng
EVEN_DB = -21.0
USUAL = {kind.name: {name: values[0] for name, values in kind.attributes.items()} for kind in KINDS}


def even(size=128, echo_db=EVEN_DB):
    return Tissue(np.full((size, size), echo_db, np.float32), np.zeros((size, size), np.float32))


def drawn(name, size_mm=10.0, contrast=1.0, margin=None, **attributes):
    tissue = even()
    said = {**USUAL[name], **attributes}
    lesion = Lesion(1, name, "left", "shallow", size_mm, "small", 1.0, margin, attributes=said)
    return tissue, draw_finding(tissue, lesion, (0.5, 0.4), RNG(0), contrast)


def spans(mask):
    down, across = np.nonzero(mask)
    return np.ptp(down), np.ptp(across)


@pytest.mark.parametrize(
    ("name", "attributes", "darker"),
    [
        ("cyst", {}, True),
        ("malignant mass", {}, True),
        ("dilated duct", {}, True),
        ("benign mass", {"echo": "hypoechoic"}, True),
        ("benign mass", {"echo": "hyperechoic"}, False),
    ],
)
def test_what_echoes_less_and_what_more(name, attributes, darker):
    tissue, mask = drawn(name, **attributes)
    assert (tissue.echo_db[mask].mean() < EVEN_DB - 8) == darker
    assert (tissue.echo_db[mask].mean() > EVEN_DB + 6) == (not darker)


def test_a_cyst_is_darker_than_any_mass():
    levels = [drawn(name)[0].echo_db[drawn(name)[1]].mean() for name in ("cyst", "malignant mass", "benign mass")]
    assert levels == sorted(levels)


@pytest.mark.parametrize(("posterior", "sign"), [("shadow", 1), ("none", 0)], ids=["a shadow behind", "nothing behind"])
def test_what_lies_behind_a_malignant_mass(posterior, sign):
    tissue, _ = drawn("malignant mass", posterior=posterior)
    under = behind(tissue.loss_db)[100:, 60:68].mean()
    assert np.sign(under) == sign
    assert under >= 8 * sign


@pytest.mark.parametrize(("name", "posterior"), [("benign mass", "enhancement"), ("cyst", None)])
def test_fluid_and_soft_masses_leave_it_brighter(name, posterior):
    tissue, _ = drawn(name, **({"posterior": posterior} if posterior else {}))
    assert behind(tissue.loss_db)[100:, 60:68].mean() < -2.0


def test_orientation_and_shape_are_those_of_the_mask():
    tall, wide = (spans(drawn("malignant mass", orientation=way)[1]) for way in ("upright", "level"))
    assert tall[0] > tall[1]
    assert wide[0] < wide[1]
    down, across = spans(drawn("benign mass", shape="oval")[1])
    assert down < 0.75 * across
    round_cyst, oval_cyst = (spans(drawn("cyst", shape=shape)[1]) for shape in ("round", "oval"))
    assert round_cyst[0] / round_cyst[1] > 0.85 > oval_cyst[0] / oval_cyst[1]


def test_spikes_reach_beyond_the_mass_and_an_indistinct_edge_is_soft():
    marked = {margin: drawn("malignant mass", margin=margin) for margin in ("spiculated", "angular", "indistinct")}
    outside = {margin: (np.abs(tissue.echo_db - EVEN_DB) > 4)[~mask].sum() for margin, (tissue, mask) in marked.items()}
    assert outside["spiculated"] > 2 * outside["angular"]
    steep = {margin: np.abs(np.diff(tissue.echo_db, axis=1)).max() for margin, (tissue, _) in marked.items()}
    assert steep["indistinct"] < 0.7 * steep["angular"]


def test_calcium_is_bright_and_casts_thin_shadows():
    tissue, mask = drawn("calcification")
    assert tissue.echo_db[mask].max() > -6.0
    lost = behind(tissue.loss_db)[-1]
    assert lost.max() > 1.0
    assert (lost > 0.5 * lost.max()).mean() < 0.2


@pytest.mark.parametrize("name", USUAL)
def test_without_contrast_the_tissue_is_even(name):
    tissue, mask = drawn(name, contrast=0.0, margin="spiculated")
    assert mask.any()
    assert np.allclose(tissue.echo_db, EVEN_DB, atol=1e-5)
    assert np.ptp(tissue.loss_db) == 0.0


@pytest.mark.parametrize("size_mm", [8.0, 12.0])
def test_a_lesion_is_as_wide_as_its_size_says(size_mm):
    for name in ("cyst", "benign mass"):
        assert spans(drawn(name, size_mm)[1])[1] * FIELD_MM / 128 == pytest.approx(size_mm, rel=0.15)


def person(**changes):
    return replace(sample_patient(3, 0).person, **changes)


def test_speckle_of_even_tissue_has_the_ratio_of_a_rayleigh_distribution():
    dials = Dials(size=256, noise=0.0, anatomy=0.0)
    shown = scan(even(256, -30.0), person(site=0, scanner=0), dials, RNG(0))[0].astype(float)
    level_db = (shown / 255.0 - 1.0) * SITES[0][2] + SITES[0][1] * (np.arange(256)[:, None] + 0.5) / 256
    amplitude = 10 ** (level_db / 20.0)
    assert amplitude.mean() / amplitude.std() == pytest.approx(1.91, abs=0.1)


def test_grains_are_longer_across_the_beam_than_along_it():
    shown = scan(even(256), person(site=0, scanner=0), Dials(size=256, noise=0.0), RNG(0))[0].astype(float)
    down, across = (np.abs(np.diff(shown, axis=axis)).mean() for axis in (0, 1))
    assert down > 1.3 * across


def test_noise_grows_with_the_depth():
    dark = scan(even(128, -90.0), person(scanner=0), Dials(), RNG(0))[0].astype(float)
    assert dark[-20:].mean() > dark[:20].mean() + 10


def test_one_scanner_fans_out():
    fan = frame_of(64, FANNED)
    assert fan.sum(1).tolist() == sorted(fan.sum(1).tolist())
    assert not fan[0, 0]
    assert frame_of(64, 0).all()


def test_layers_lie_in_order_and_apart():
    for i in range(12):
        _, organs, lesions = Breast.of(3, sample_patient(3, i), Dials(size=64)).look(sample_patient(3, i).visits[0])
        depths = [np.nonzero(organs[name])[0].mean() for name in LAYERS]
        assert depths == sorted(depths)
        assert np.sum([*organs.values(), *lesions.values()], axis=0).max() <= len(lesions) + 1
        assert not any((organs["gland"] & mask).any() for mask in lesions.values())


def test_fat_is_darker_than_gland():
    for i in range(10):
        study = Phantom("ultrasound", 3).studies(i)[0]
        fat, gland = (
            study.images[0].pixels[0][region.array].mean()
            for region in study.regions
            if region.name in ("fat", "gland")
        )
        assert fat < gland


def test_lesions_lie_where_their_place_says():
    for i in range(30):
        for region in (region for study in Phantom("ultrasound", 3).studies(i) for region in study.regions):
            if region.kind == "finding":
                across = np.nonzero(region.array)[1].mean() / 128
                assert (across < 0.5) == (region.attributes["side"] == "left")
