"""One stretch of a genome as it is sequenced at each visit: reads, errors, what may be taken for a variant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Lesion, Patient, Person, Visit
from polyclinic.phantom.painting import Point
from polyclinic.phantom.pileup.chart import draw, enlarged, tracks
from polyclinic.phantom.pileup.reads import BASES, LENGTHS, POSITIONS, Cells, Mask, Pile, carry, lay_reads, reference_of
from polyclinic.phantom.settling import settle

DEPTHS = {"shallow": 12, "usual": 18, "deep": 25}
# Share of the bases that each sequencer misreads.
ERRORS = (0.006, 0.012, 0.022)
# How the site's program shows red, green and blue; towards the last where the domain shifts.
SITES = ((1.0, 1.0, 1.0), (0.95, 0.95, 0.97), (1.0, 0.97, 0.93), (0.90, 0.92, 0.95))
SHIFTED = (0.72, 0.80, 0.88)
# Chance of a false difference that only reads of one strand show, how many of them, and how badly they call it.
FALSE, FALSE_SHARE, FALSE_QUALITY = 0.45, 0.6, 0.35
BEGINS = {"left-outer": 0.05, "left-inner": 0.28, "right-inner": 0.53, "right-outer": 0.76}
WIDE = 0.17


@dataclass(frozen=True)
class Stretch:
    """A stretch of one genome, and the position of each of its variants.

    Args:
        variants: position and variant by key, of all visits.
    """

    seed: int
    dials: Dials
    patient: Patient[Person]
    reference: Cells
    variants: dict[int, tuple[int, Lesion]]

    @classmethod
    def of(cls, seed: int, patient: Patient[Person], dials: Dials) -> Stretch:
        """The stretch of a patient; the seed is the one that the patient was drawn with."""
        places = settle(seed, patient, _spot, _reach)
        variants = {lesion.key: (int(places[lesion.key][0] * POSITIONS), lesion) for lesion in patient.worst}
        reference = reference_of(stream(seed, patient.index, "anatomy"), variants)
        return cls(seed, dials, patient, reference, variants)

    def look(self, visit: Visit) -> tuple[NDArray[np.uint8], dict[str, Mask], dict[int, Mask]]:
        """The picture of a visit, the tracks' masks by name, and the variants' by key."""
        size, index = self.dials.size, self.patient.index
        pile, cells = self.pile(visit)
        site = np.array(SITES[self.patient.person.site % len(SITES)])
        light = site * (1.0 - self.dials.shift) + np.array(SHIFTED) * self.dials.shift
        bright = stream(self.seed, index, "film", visit.index, 1).uniform(-0.03, 0.0) * self.dials.anatomy
        picture = draw(pile, size) * (light * (1.0 + bright))[:, None, None]
        pixels = (np.clip(picture, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
        return pixels, tracks(size), {key: enlarged(mask, size) for key, mask in cells.items()}

    def pile(self, visit: Visit) -> tuple[Pile, dict[int, Mask]]:
        """The reads of a visit, and for each variant the cells that carry it."""
        index = self.patient.index
        depth = DEPTHS[self.patient.person.own["depth"]]
        pile = lay_reads(stream(self.seed, index, "pose", visit.index), self.reference, depth)
        self._misread(pile, stream(self.seed, index, "film", visit.index))
        self._one_sided(pile, stream(self.seed, index, "pose", visit.index, 1))
        cells = {}
        for lesion in sorted(visit.lesions, key=lambda lesion: lesion.name != "breakpoint"):
            rng = stream(self.seed, index, "lesion", lesion.key, 1 + visit.index)
            cells[lesion.key] = carry(pile, lesion, self.variants[lesion.key][0], rng, self.dials.contrast)
        return pile, cells

    def _misread(self, pile: Pile, rng: np.random.Generator) -> None:
        """Single errors, mostly where bases are called badly."""
        rate = ERRORS[self.patient.person.scanner % len(ERRORS)] * self.dials.noise
        wrong = pile.covered & (rng.random(pile.read.shape) < rate * (1.0 + 3.0 * (1.0 - pile.quality)))
        pile.base[wrong] = (pile.base[wrong] + rng.integers(1, 4, size=int(wrong.sum()))) % len(BASES)
        pile.differs[wrong] = 0.9
        pile.quality[wrong] *= 0.6

    def _one_sided(self, pile: Pile, rng: np.random.Generator) -> None:
        """A difference on one strand alone, badly called, which is no finding; never where a variant is."""
        taken = {at + step for at, _ in self.variants.values() for step in range(-1, max(LENGTHS.values()) + 1)}
        free = [position for position in range(POSITIONS) if position not in taken]
        chance, forward, base = rng.random(), rng.random() < 0.5, int(rng.integers(1, 4))
        shown = rng.random(len(pile.read)) < FALSE_SHARE
        if not free or chance >= FALSE * self.dials.anatomy:
            return
        position = free[int(rng.integers(len(free)))]
        rows = pile.covered[:, position] & (pile.forward[:, position] == forward) & shown
        pile.base[rows, position] = (pile.reference[position] + base) % len(BASES)
        pile.differs[rows, position] = 1.0
        pile.quality[rows, position] *= FALSE_QUALITY


def _reach(lesion: Lesion) -> float:
    """Half of the positions that a variant takes, and half a position to spare."""
    return (0.5 * LENGTHS[lesion.attributes.get("length", "one")] + 0.5) / POSITIONS


def _spot(lesion: Lesion, draw: list[float]) -> Point:
    """A position in the variant's quarter of the stretch, as a share of it."""
    return BEGINS[lesion.place] + WIDE * draw[0], 0.5
