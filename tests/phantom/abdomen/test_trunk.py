import numpy as np
import pytest

from polyclinic.phantom.abdomen.domain import sample_patient
from polyclinic.phantom.abdomen.organs import NAMES
from polyclinic.phantom.abdomen.tissues import MODALITIES, TISSUES
from polyclinic.phantom.abdomen.trunk import Trunk
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Visit

DIALS = Dials(size=64, noise=0.0)


@pytest.fixture(scope="module")
def trunks():
    return [Trunk.of(3, sample_patient(3, i), DIALS) for i in range(9)]


def centre(trunk, name):
    z, y, x = np.nonzero(trunk.structures[name])
    return x.mean(), y.mean(), z.mean()


def test_both_modalities_occur_and_organs_look_as_they_do_there(trunks):
    assert {trunk.look for trunk in trunks} == {0, 1}
    for trunk in trunks:
        for name, tissue in (("liver", "liver"), ("spleen", "spleen"), ("bladder", "fluid")):
            seen = np.median(trunk.volume[trunk.structures[name]])
            assert seen == pytest.approx(TISSUES[tissue][trunk.look], abs=8 if trunk.look == 0 else 0.05)


def test_every_organ_is_there_and_none_overlaps_another(trunks):
    for trunk in trunks:
        masks = {name: trunk.structures[name] for name in NAMES}
        assert all(mask.any() for mask in masks.values())
        assert np.sum(list(masks.values()), axis=0).max() == 1


def test_organs_lie_where_they_belong(trunks):
    for trunk in trunks:
        where = {name: centre(trunk, name) for name in trunk.structures}
        assert where["liver"][0] < where["stomach"][0]
        assert where["liver"][0] < where["spleen"][0]
        assert where["right kidney"][0] < where["spine"][0] < where["left kidney"][0]
        assert where["right kidney"][2] < where["left kidney"][2]
        assert where["bladder"][2] < where["pancreas"][2] < where["spleen"][2]
        assert where["stomach"][1] < where["spine"][1]


def test_the_liver_is_the_largest_and_of_its_size(trunks):
    for trunk in trunks:
        litres = {n: trunk.structures[n].sum() * np.prod(trunk.grid.spacing_mm) / 1e6 for n in NAMES}
        assert max(litres, key=litres.__getitem__) == "liver"
        assert 0.9 < litres["liver"] < 2.4
        assert 0.1 < litres["spleen"] < 0.5
        assert 0.08 < litres["right kidney"] < 0.3


def test_gas_in_the_stomach_lies_in_front(trunks):
    for trunk in trunks:
        inside = trunk.structures["stomach"]
        gas = inside & (trunk.volume < (-500.0 if trunk.look == 0 else 0.1))
        if gas.any():
            assert np.nonzero(gas)[1].mean() < np.nonzero(inside)[1].mean()


def test_a_ct_is_in_hounsfield_units_and_an_mr_is_not(trunks):
    for trunk in trunks:
        voxels, masks = trunk.scan(Visit(0, 0.0, ()))
        assert not masks
        if MODALITIES[trunk.look] == "ct":
            assert voxels.dtype == np.int16
            assert voxels[0, 0, 0] == pytest.approx(-1000, abs=30)
            assert voxels[trunk.structures["spine"]].mean() > voxels[trunk.structures["liver"]].mean()
        else:
            assert voxels.dtype == np.uint16
            assert voxels[trunk.structures["bladder"]].mean() > 2 * voxels[trunk.structures["liver"]].mean()
