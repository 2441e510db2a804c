from collections import Counter

import numpy as np
import pytest

from polyclinic.phantom.cells.culture import Culture
from polyclinic.phantom.cells.domain import sample_patient
from polyclinic.phantom.cells.nuclei import unusual, usual
from polyclinic.phantom.cells.stains import STAINS, Layout, glow
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.world import Phantom

RNG = np.random.default_rng


@pytest.fixture(scope="module")
def studies():
    return [study for i in range(40) for study in Phantom("cells", 3, Dials(size=64)).studies(i)]


def test_one_to_eight_channels_in_any_order_with_dna_among_them(studies):
    counts, places = Counter(), Counter()
    for study in studies:
        image = study.images[0]
        assert len(image.channels) == len(image.pixels) == len(set(image.channels))
        assert set(image.channels) <= set(STAINS)
        assert image.pixels.dtype == np.uint16
        counts[len(image.channels)] += 1
        places[image.channels.index("DNA")] += 1
    assert set(counts) >= {1, 2, 8}
    assert len(places) >= 4


def test_dna_shines_where_nuclei_are_marked(studies):
    for study in studies:
        plane = study.images[0].pixels[study.images[0].channels.index("DNA")].astype(float)
        inside = np.any([region.array for region in study.regions], axis=0)
        assert plane[inside].mean() > 1.5 * plane[~inside].mean()


def test_cells_are_counted_one_by_one(studies):
    for study in studies:
        nuclei = [region for region in study.regions if region.kind == "cell"]
        assert {"sparse": 2, "even": 6, "dense": 11}[study.labels["growth"]] < len(nuclei) < 37


def test_who_is_no_person_has_no_sex(studies):
    assert all(study.labels.keys() == {"growth", "site", "scanner"} for study in studies)


def lesion(name, um, **attributes):
    return Lesion(1, name, "left", "upper", um / 1000, "small", 1.0, None, attributes=attributes)


@pytest.mark.parametrize(
    ("item", "parts"),
    [
        (lesion("mitosis", 12, phase="metaphase"), 1),
        (lesion("mitosis", 12, phase="anaphase"), 2),
        (lesion("apoptosis", 12), 6),
        (lesion("binucleation", 22), 2),
        (lesion("micronucleus", 5), 2),
        (lesion("giant nucleus", 24), 1),
    ],
)
def test_the_parts_of_an_unusual_nucleus(item, parts):
    assert len(unusual(item, RNG(0))) == parts


def test_sizes_are_those_of_the_parts():
    (giant,), (plate,) = (
        unusual(lesion("giant nucleus", 24), RNG(0)),
        unusual(lesion("mitosis", 12, phase="metaphase"), RNG(0)),
    )
    assert (giant.radii[0], plate.radii[0]) == (12.0, 6.0)
    assert plate.light > giant.light
    assert unusual(lesion("micronucleus", 5), RNG(0))[1].radii == (2.5, 2.5)
    assert all(5.5 < usual(RNG(i))[0].radii[0] < 7.6 for i in range(20))


def test_a_layout_by_hand():
    cells = Layout.of(((0.25, 0.5), (0.75, 0.5)), np.zeros((64, 64), np.float32), RNG(0))
    assert cells.near[32, 16] < 0.06
    assert abs(cells.border[:, 30:34]).mean() < 0.1 < cells.border[32, 16]
    assert cells.body[32, 16] == 1.0
    assert cells.body[0, 0] == 0.0


@pytest.mark.parametrize("stain", STAINS)
def test_each_stain_has_its_own_light(stain):
    rng, dna = RNG(0), np.zeros((64, 64), np.float32)
    dna[28:36, 12:20] = 1.0
    cells = Layout.of(((0.25, 0.5), (0.75, 0.5)), dna, rng)
    light = glow(stain, cells, RNG(1))
    assert light.shape == (64, 64)
    assert 0.0 <= light.min() < 0.2 < light.max() < 2.5
    others = [glow(other, cells, RNG(1)) for other in STAINS if other != stain]
    assert not any(np.allclose(light, other, atol=0.05) for other in others)


def test_the_stains_of_a_culture_stay_the_same_over_its_days():
    patient = sample_patient(3, 2)
    assert Culture.of(3, patient, Dials()).stains == Culture.of(3, patient, Dials(size=64)).stains
