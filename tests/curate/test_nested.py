"""Nested regions of a brain tumour."""

import numpy as np
import pytest

from polyclinic.curate.instructions import annotated, survey
from polyclinic.curate.nested import NESTED, nested
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Mask, Region, Study

BRAINS = [study for i in range(30) for study in Phantom("brain", 5, Dials(size=32, prevalence=0.45)).studies(i)]


def union(study: Study, name: str) -> np.ndarray:
    """All that has a name."""
    return np.logical_or.reduce([region.array for region in study.regions if region.name == name])


def part(name: str, x: int, **attributes: str) -> Region:
    """A part of one pixel."""
    mask = np.zeros((1, 4), bool)
    mask[0, x] = True
    return Region(name, "part", mask=Mask.from_array(mask), attributes=attributes)


@pytest.mark.parametrize("core", ["necrotic tumour core", "necrotic core", "glioma"])
def test_each_region_holds_the_one_within(core: str) -> None:
    made = nested(Study("s", "p", regions=(part("oedema", 0), part(core, 1), part("enhancing tumour", 2))))
    assert union(made, "whole tumour").tolist() == [[True, True, True, False]]
    assert union(made, "tumour core").tolist() == [[False, True, True, False]]
    assert union(made, "enhancing tumour").tolist() == [[False, False, True, False]]


def test_oedema_of_another_lesion_is_left_out() -> None:
    regions = (part("glioma", 0, key="1"), part("oedema", 1, lesion="1"), part("oedema", 2, lesion="2"))
    assert union(nested(Study("s", "p", regions=regions)), "whole tumour").tolist() == [[True, True, False, False]]


def test_phantom_brains_have_them_where_they_have_a_glioma() -> None:
    made = [nested(study) for study in BRAINS]
    with_tumour = [any(region.name == "glioma" for region in study.regions) for study in BRAINS]
    assert 3 < sum(with_tumour) < len(BRAINS)
    known = survey(made)
    assert set(known.masks) == set(NESTED)
    for study, old, there in zip(made, BRAINS, with_tumour, strict=True):
        assert bool(study.regions) == there
        if there:
            whole = np.logical_or.reduce([r.array for r in old.regions if r.name == "glioma"])
            assert not (union(study, "tumour core") & ~union(study, "whole tumour")).any()
            assert (union(study, "tumour core") | ~whole).all()
        elif any(f.name == "glioma" and f.present is False for f in old.findings):
            assert [annotated(study, name, known, masks=True) for name in NESTED] == [False] * 3
        assert (study.images, study.report) == (old.images, old.report)
