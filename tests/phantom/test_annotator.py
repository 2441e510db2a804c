import numpy as np
import pytest

from polyclinic.phantom.annotator import annotated
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import domain_names
from polyclinic.phantom.picture import box_of
from polyclinic.phantom.world import Phantom

RNG = np.random.default_rng


def drawn(domain="fundus", patients=12, size=64, **dials):
    world = Phantom(domain, 3, Dials(size=size, **dials))
    return [study for i in range(patients) for study in world.studies(i)]


def test_the_default_annotator_changes_nothing():
    study = drawn(patients=1)[0]
    assert annotated(study, Dials(), RNG(0)) is study


@pytest.mark.parametrize("domain", domain_names())
def test_label_noise_flips_the_stated_share_of_labels_and_no_text(domain):
    plain, noisy = drawn(domain, 40, size=32), drawn(domain, 40, size=32, label_noise=0.25)
    flips = [
        one.present != two.present
        for a, b in zip(plain, noisy, strict=True)
        for one, two in zip(a.findings, b.findings, strict=True)
        if one.present is not None
    ]
    assert np.mean(flips) == pytest.approx(0.25, abs=0.06)
    assert [s.report for s in plain] == [s.report for s in noisy]


@pytest.mark.parametrize("domain", domain_names())
def test_less_skill_draws_worse(domain):
    overlaps, counts = [], []
    for skill in (0.7, 0.2):
        shares, held = [], 0
        for true, drawn_by in zip(drawn(domain, size=48), drawn(domain, size=48, skill=skill), strict=True):
            held += sum(region.kind == "finding" for region in drawn_by.regions)
            by_key = {region.attributes.get("key"): region for region in drawn_by.regions}
            for region in true.regions:
                other = by_key.get(region.attributes.get("key")) if region.kind == "finding" else None
                if other is not None:
                    assert box_of(other.array) == other.box
                    shares.append((region.array & other.array).sum() / (region.array | other.array).sum())
        overlaps.append(np.mean(shares))
        counts.append(held)
    assert 0.95 > overlaps[0] > overlaps[1] + 0.05
    assert counts[0] >= counts[1]


@pytest.mark.parametrize("complexity", [1, 2, 3])
def test_parity_is_told_by_the_first_findings_together(complexity):
    studies = drawn(patients=40, complexity=complexity)
    for study in studies:
        there = [finding.present is True for finding in study.findings[:complexity]]
        assert study.labels["parity"] == (sum(there) % 2 == 1)
    assert len({study.labels["parity"] for study in studies}) == 2
