"""Phrases that point at one lesion."""

import dataclasses

import numpy as np

from polyclinic.curate.instructions import match_text
from polyclinic.curate.referring import REFERRED, phrase_of, referred
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Mask, Region, Study


def lesion(x: int, name: str = "nodule", **attributes: str) -> Region:
    """A lesion of one pixel."""
    mask = np.zeros((1, 6), bool)
    mask[0, x] = True
    return Region(name, "finding", mask=Mask.from_array(mask), attributes=attributes)


def test_each_lesion_has_a_study_of_its_own() -> None:
    first, second = lesion(0, side="left", zone="upper"), lesion(3, severity="large", side="right")
    organ = dataclasses.replace(lesion(5, "heart"), kind="organ")
    made = referred(Study("s", "p", regions=(first, organ, second), captions=("both",)))
    assert [match_text(study) for study in made] == ["nodule, left upper", "large nodule, right"]
    assert [study.regions[0].array.tolist() for study in made] == [first.array.tolist(), second.array.tolist()]
    assert {region.name for study in made for region in study.regions} == {REFERRED}
    assert len({study.id for study in made}) == 2
    assert {study.subject for study in made} == {"p"}


def test_lesions_that_a_phrase_cannot_tell_apart_are_drawn_together() -> None:
    (made,) = referred(Study("s", "p", regions=(lesion(0, side="left"), lesion(2, side="left"))))
    assert [int(region.array.argmax()) for region in made.regions] == [0, 2]


def test_a_text_of_its_own_comes_first() -> None:
    told = dataclasses.replace(lesion(1, side="left"), text="the cyst beside the hilum", kind=None)
    assert phrase_of(told) == "the cyst beside the hilum"
    assert match_text(referred(Study("s", "p", regions=(told,)))[0]) == told.text


def test_phantoms_are_told_by_side_zone_and_size() -> None:
    films = [s for i in range(12) for s in Phantom("chest", 4, Dials(size=64, prevalence=0.45)).studies(i)]
    made = [study for film in films for study in referred(film)]
    assert len(made) > 10
    assert all(study.report is None and not study.findings and study.regions for study in made)
    assert any("left" in match_text(study) for study in made)
