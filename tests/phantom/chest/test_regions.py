import numpy as np
import pytest

from polyclinic.phantom.picture import LEAST_PIXELS, box_of
from polyclinic.phantom.world import Phantom


@pytest.fixture(scope="module")
def pairs():
    world = Phantom("chest", 21)
    return [pair for i in range(60) for pair in zip(world.patient(i).visits, world.studies(i), strict=True)]


def test_every_lesion_has_a_region_that_is_seen(pairs):
    for visit, study in pairs:
        places = [region for region in study.regions if region.kind == "finding"]
        assert [place.attributes["key"] for place in places] == [item.key for item in visit.lesions]
        assert all(place.array.sum() >= LEAST_PIXELS for place in places)


def test_boxes_are_those_of_the_masks(pairs):
    for _, study in pairs:
        for region in study.regions:
            assert region.box == box_of(region.array)


def test_organs_are_where_they_belong(pairs):
    for _, study in pairs:
        right, left, heart, spine = study.regions[:4]
        assert [r.name for r in (right, left, heart, spine)] == ["right lung", "left lung", "heart", "spine"]
        middle = {r.name: np.argwhere(r.array).mean(0) for r in (right, left, heart, spine)}
        assert middle["right lung"][1] < middle["spine"][1] < middle["left lung"][1]
        assert middle["heart"][1] > middle["right lung"][1]
        assert middle["heart"][0] > middle["left lung"][0]
        assert not (right.array & left.array).any()
        assert not ((right.array | left.array) & heart.array).any()


def test_lesions_lie_on_their_side_and_mostly_in_the_lung(pairs):
    outside = []
    for _, study in pairs:
        right, left = (region.array for region in study.regions[:2])
        for region in study.regions[4:]:
            if region.name != "cardiomegaly":
                own, other = (right, left) if region.attributes["side"] == "right" else (left, right)
                assert (region.array & own).sum() > (region.array & other).sum()
                outside.append(1 - (region.array & own).sum() / region.array.sum())
    assert np.mean(outside) < 0.05
    assert np.mean(np.array(outside) > 1 / 3) < 0.02


def test_zones_are_in_order(pairs):
    heights = {"upper": [], "middle": [], "lower": []}
    for _, study in pairs:
        lung = {"right": study.regions[0].box, "left": study.regions[1].box}
        for region in study.regions[4:]:
            if zone := region.attributes.get("zone"):
                _, top, _, bottom = lung[region.attributes["side"]]
                heights[zone].append(((region.box[1] + region.box[3]) / 2 - top) / (bottom - top))
    assert np.mean(heights["upper"]) < np.mean(heights["middle"]) - 0.15
    assert np.mean(heights["middle"]) < np.mean(heights["lower"]) - 0.15


def test_a_nodule_stands_out_of_the_noise():
    from polyclinic.phantom.dials import Dials

    with_it, without = Phantom("chest", 21, Dials(noise=0.0)), Phantom("chest", 21, Dials(noise=0.0, contrast=0.0))
    rough = Phantom("chest", 21)
    ratios = []
    for i in range(60):
        for one, two, three in zip(with_it.studies(i), without.studies(i), rough.studies(i), strict=True):
            for region in one.regions:
                if region.name == "nodule" and region.attributes["certain"] == "yes":
                    films = [study.images[0].pixels[0].astype(float)[region.array] for study in (one, two, three)]
                    ratios.append((films[0] - films[1]).max() / max((films[2] - films[0]).std(), 0.5))
    assert np.median(ratios) > 4
