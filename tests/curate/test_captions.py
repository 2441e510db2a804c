"""Sentences from labels: what is there, in ten ways, and nothing that no label says."""

import re

import pytest

from polyclinic.curate.captions import MOST, NO_DOMAIN, captions_of, retold
from polyclinic.curate.instructions import match_text
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Finding, Study


def study(*findings: Finding, domain: str | None = "chest") -> Study:
    """A Study that has labels alone."""
    return Study("s", "p", domain=domain, findings=findings)


def test_each_way_is_another_and_names_all_that_is_there() -> None:
    told = captions_of(study(Finding("mass", True), Finding("effusion", True), Finding("nodule", True)))
    assert len(set(told)) == len(told) == MOST
    assert all("mass, effusion and nodule" in sentence.lower() for sentence in told)
    assert all("chest radiograph" in sentence.lower() for sentence in told)
    assert told[0] == "Chest radiograph showing mass, effusion and nodule."


def test_what_is_absent_or_uncertain_is_not_said() -> None:
    told = captions_of(study(Finding("mass", True), Finding("effusion", False), Finding("nodule", None)))
    assert not [sentence for sentence in told if re.search("effusion|nodule", sentence, re.IGNORECASE)]


def test_nothing_there_is_said_only_where_that_is_known() -> None:
    normal = captions_of(study(Finding("mass", False), Finding("nodule", None)))
    assert len(set(normal)) == MOST
    assert normal[1] == "Normal chest radiograph."
    assert not [sentence for sentence in normal if "mass" in sentence.lower()]
    assert captions_of(study(Finding("nodule", None))) == captions_of(study()) == []


@pytest.mark.parametrize("count", [0, 1, 4, MOST])
def test_as_many_as_asked_the_first_ones_first(count: int) -> None:
    mass = study(Finding("mass", True))
    assert captions_of(mass, count) == captions_of(mass)[:count]
    assert len(captions_of(mass, count)) == count


@pytest.mark.parametrize("name", ["{image}", "{0}", "%s", "a\nb", "\u2028", "胸腔积液", ""])
def test_a_name_is_said_as_it_is(name: str) -> None:
    told = captions_of(study(Finding(name, True), domain=None))
    assert told[0] == f"{NO_DOMAIN.capitalize()} showing {name}."
    assert all(name.lower() in sentence.lower() for sentence in told)


@pytest.mark.parametrize("domain", ["chest", "brain", "abdomen", "fundus", "skin", "histology", "cells", "polyp"])
def test_every_phantom_says_what_kind_of_image_it_is(domain: str) -> None:
    first = next(iter(Phantom(domain, 0, Dials(size=32)).studies(0)))
    told = captions_of(first) or captions_of(study(Finding("x", True), domain=first.domain))
    assert not [sentence for sentence in told if NO_DOMAIN in sentence.lower()]


def test_a_study_is_told_otherwise_and_stays_the_same_picture() -> None:
    old = Phantom("brain", 0, Dials(size=32, languages=("ar",))).studies(0)[0]
    new = retold(old, "A mass on the left.")
    assert match_text(new) == "A mass on the left."
    assert new.report is not None
    assert new.report.language == "ar"
    assert (new.id, new.images, new.regions, new.findings) == (old.id, old.images, old.regions, old.findings)
    assert match_text(retold(old, "")) == ""
    assert match_text(retold(Study("s", "p", captions=("one", "two")), "")) == ""
