from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.pileup.chart import BASE_COLOURS, draw, enlarged, tracks
from polyclinic.phantom.pileup.domain import GENOTYPES, sample_patient
from polyclinic.phantom.pileup.reads import BASES, FEWEST, POSITIONS, ROWS, carry, lay_reads
from polyclinic.phantom.pileup.sequencing import DEPTHS, Stretch
from polyclinic.phantom.world import Phantom

RNG = np.random.default_rng
SAID = {
    "substitution": {"base": "T"},
    "insertion": {"length": "one"},
    "deletion": {"length": "several"},
    "breakpoint": {},
}


def pile(depth=20, seed=0):
    return lay_reads(RNG(seed), np.zeros(POSITIONS, int), depth)


def variant(name, percent=50.0, **attributes):
    return Lesion(1, name, "left", "outer", percent, "small", 1.0, None, attributes={**SAID[name], **attributes})


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(DEPTHS.values())))
def test_reads_lie_in_rows_one_base_apart(seed, depth):
    reads = pile(depth, seed)
    assert not reads.covered[depth:].any()
    assert reads.covered[:depth].sum(1).min() >= POSITIONS - 3
    touching = reads.covered[:, 1:] & reads.covered[:, :-1]
    assert (reads.read[:, 1:] == reads.read[:, :-1])[touching].all()
    assert (reads.base == reads.reference).all()


def test_a_read_is_of_one_strand_and_called_badly_at_its_end():
    reads = pile()
    for number in np.unique(reads.read[reads.covered]):
        held = reads.read == number
        assert len(set(reads.forward[held])) == 1
        quality = reads.quality[held] if reads.forward[held][0] else reads.quality[held][::-1]
        assert (np.diff(quality) <= 1e-9).all()


@pytest.mark.parametrize(("percent", "carriers"), [(0.0, FEWEST), (25.0, 5), (50.0, 10), (100.0, 20)])
def test_the_allele_fraction_is_the_share_of_the_reads(percent, carriers):
    reads = pile()
    reads.read[:20, 9] = np.arange(20)
    cells = carry(reads, variant("substitution", percent), 9, RNG(0), 1.0)
    assert cells.sum() == cells[:, 9].sum() == carriers
    assert (reads.differs > 0).sum() == carriers
    assert set(reads.base[cells].tolist()) == {BASES.index("T")}


@pytest.mark.parametrize(("length", "positions"), [("one", 1), ("several", 3)])
def test_a_deletion_spans_its_bases_within_each_read(length, positions):
    reads = pile()
    cells = carry(reads, variant("deletion", 100.0, length=length), 12, RNG(0), 1.0)
    assert np.flatnonzero(cells.any(0)).tolist() == list(range(12, 12 + positions))
    assert (reads.read[cells] >= 0).all()
    assert np.array_equal(reads.deleted > 0, cells)


def test_a_deletion_at_the_edge_ends_there():
    cells = carry(pile(), variant("deletion", 100.0), POSITIONS - 1, RNG(0), 1.0)
    assert np.flatnonzero(cells.any(0)).tolist() == [POSITIONS - 1]


def test_an_insertion_lies_before_one_base():
    reads = pile()
    cells = carry(reads, variant("insertion", length="several"), 4, RNG(0), 1.0)
    assert np.flatnonzero(cells.any(0)).tolist() == [4]
    assert np.array_equal(reads.wide, cells)
    assert not carry(pile(), variant("insertion"), 4, RNG(0), 1.0)[:, 5].any()


def test_beyond_a_breakpoint_reads_differ_to_their_end():
    reads = pile()
    cells = carry(reads, variant("breakpoint"), 10, RNG(0), 1.0)
    assert not cells[:, :10].any()
    for row in np.flatnonzero(cells.any(1)):
        assert np.array_equal(cells[row], (reads.read[row] == reads.read[row, 10]) & (np.arange(POSITIONS) >= 10))
    assert (reads.base[cells] != 0).all()


@pytest.mark.parametrize("name", SAID)
def test_without_contrast_the_picture_is_that_of_the_reference(name):
    plain, faint, strong = pile(), pile(), pile()
    cells = [carry(reads, variant(name), 10, RNG(0), much) for reads, much in ((faint, 0.0), (strong, 1.0))]
    assert np.array_equal(*cells)
    assert cells[0].any()
    assert np.array_equal(draw(plain, 64), draw(faint, 64))
    assert np.abs(draw(plain, 64) - draw(strong, 64))[:, enlarged(cells[0], 64)].mean() > 0.05


def test_a_substitution_is_seen_in_its_colour_and_in_the_depth():
    reads = pile()
    carry(reads, variant("substitution", 100.0), 10, RNG(0), 1.0)
    reads.quality[...] = 1.0
    picture = draw(reads, 128)
    red = np.abs(picture - BASE_COLOURS[3][:, None, None]).sum(0) < 0.1
    assert red[28:, 40:43].mean() > 0.4
    assert red[5:20, 41].all()
    assert not red[28:, :39].any()


@pytest.mark.parametrize("size", [32, 64, 100, 128, 200])
def test_any_size_shows_the_same(size):
    picture = draw(pile(), size)
    assert picture.shape == (3, size, size)
    assert picture.mean((1, 2)) == pytest.approx(draw(pile(), 128).mean((1, 2)), abs=1e-3)
    assert tracks(size)["reference"].mean() == pytest.approx(1 / 32, abs=0.012)
    assert enlarged(np.ones((ROWS, POSITIONS), bool), size).mean() == pytest.approx(ROWS / 32, abs=0.01)


def test_genotypes_follow_from_the_fractions():
    seen = set()
    for i in range(60):
        for visit in sample_patient(3, i).visits:
            for lesion in (*visit.lesions, *visit.resolved):
                seen.add(lesion.attributes["genotype"])
                assert lesion.attributes["genotype"] == GENOTYPES[lesion.severity]
                assert (lesion.size_mm >= 80) == (lesion.attributes["genotype"] == "homozygous")
    assert seen == set(GENOTYPES.values())


def test_a_substitution_never_brings_the_base_of_the_reference():
    for i in range(60):
        stretch = Stretch.of(3, sample_patient(3, i), Dials())
        for position, lesion in stretch.variants.values():
            if lesion.name == "substitution":
                assert stretch.reference[position] != BASES.index(lesion.attributes["base"])


def stretches(count=60, **dials):
    return [Stretch.of(3, sample_patient(3, i), Dials(**dials)) for i in range(count)]


def test_errors_are_a_dial_and_false_differences_are_on_one_strand():
    one_sided = 0
    for stretch in stretches(noise=0.0, contrast=0.0):
        reads, _ = stretch.pile(stretch.patient.visits[0])
        places = np.flatnonzero((reads.differs > 0).any(0))
        assert len(places) <= 1
        for position in places:
            one_sided += 1
            assert len(set(reads.forward[reads.differs[:, position] > 0, position])) == 1
            assert reads.quality[reads.differs[:, position] > 0, position].max() <= 0.35
    assert 10 < one_sided < 50
    noisy = [stretch.pile(stretch.patient.visits[0])[0] for stretch in stretches(anatomy=0.0, contrast=0.0)]
    assert 0.005 < np.mean([(reads.differs > 0)[reads.covered].mean() for reads in noisy]) < 0.04


def test_depth_is_what_the_study_says():
    for i in range(10):
        patient = sample_patient(3, i)
        reads, _ = Stretch.of(3, patient, Dials()).pile(patient.visits[0])
        assert reads.covered.any(1).sum() == DEPTHS[Phantom("pileup", 3).studies(i)[0].labels["depth"]]


def test_a_variant_keeps_its_position_over_the_visits():
    patient = next(p for p in (sample_patient(3, i) for i in range(99)) if len(p.visits) > 1 and p.visits[0].lesions)
    stretch = Stretch.of(3, patient, Dials())
    for visit in patient.visits:
        for key, cells in stretch.pile(visit)[1].items():
            assert np.flatnonzero(cells.any(0))[0] == stretch.variants[key][0]


def test_sites_show_their_own_paper():
    patient = sample_patient(3, 0)
    papers = set()
    for site in range(4):
        moved = replace(patient, person=replace(patient.person, site=site))
        pixels, _, _ = Stretch.of(3, moved, Dials(anatomy=0.0)).look(moved.visits[0])
        papers.add(tuple(pixels[:, 26, 0].tolist()))
    assert len(papers) == 4
