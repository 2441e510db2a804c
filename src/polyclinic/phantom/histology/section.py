"""A whole section as a slide: many fields of the tissue side by side, each drawn when it is asked for.

Fields continue each other without a seam: glands and nuclei are drawn by every field that they reach into, from a
stream of their own; the grain of the stroma is cut from one sheet of knots; a lesion is as many times larger as there
are fields to a side. Whatever the slide's size, one field and the knots are held in memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.camera import expose, exposure
from polyclinic.phantom.histology.findings import FIELD_MM, FIELD_UM, Form, Noise, Stained, nuclei, stain_form
from polyclinic.phantom.histology.tissue import ORGANS, Tissue, draw_gland, fibres, lit
from polyclinic.phantom.keys import Purpose, stream
from polyclinic.phantom.latents import Lesion, Visit
from polyclinic.phantom.painting import Plane, blob, bumps, mesh, outline, smooth
from polyclinic.phantom.picture import box_of
from polyclinic.study import Mask, Region

FOCAL_UM = 10.0  # an objective of 1x lets a scanner's pixels lie so far apart
EDGE = 0.04
OUTLINE_POINTS = 96
# What the streams of one purpose are told apart by; tissue.py takes the first two.
TURN, GLAND, SPINDLES, SHEET, RIM = 0, 2, 3, 4, 5


@dataclass(frozen=True)
class Section:
    """The section of a visit; an `Image` may load it.

    Args:
        tissue: of the patient; its dials say how many fields there are to a side.
    """

    tissue: Tissue
    visit: Visit

    @property
    def fields(self) -> int:
        """Fields to a side."""
        return self.tissue.dials.fields

    @property
    def size(self) -> int:
        """Pixels along a field's side."""
        return self.tissue.dials.size

    @property
    def pixel_um(self) -> float:
        """How far its pixels lie apart."""
        return FIELD_UM / self.size

    @property
    def magnification(self) -> float:
        """Of the objective that gives such pixels."""
        return FOCAL_UM / self.pixel_um

    def __call__(self) -> NDArray[np.uint8]:
        """The whole slide (3, y, x)."""
        rows = [np.concatenate([self.field(x, y) for x in range(self.fields)], 2) for y in range(self.fields)]
        return np.concatenate(rows, 1)

    def shape(self) -> tuple[int, ...]:
        """The shape of the whole."""
        return 3, self.tissue.dials.side, self.tissue.dials.side

    def field(self, column: int, row: int) -> NDArray[np.uint8]:
        """One field (3, y, x) as the scanner sees it."""
        stains = self._stained(column, row)
        light = lit(stains, self.tissue.strength(float(self._stream("pose", self.visit.index).random())))
        jitter = exposure(self.tissue.dials, self._stream("film", self.visit.index))
        grain = self._stream("film", self.visit.index, column, row)
        return expose(light, self.tissue.patient.person, self.tissue.dials, jitter, grain)

    def regions(self) -> list[Region]:
        """The lesions with mask, box and outline, in pixels of level 0."""
        return [region for lesion in self.visit.lesions if (region := self._region(lesion, self.forms[lesion.key])).box]

    @cached_property
    def forms(self) -> dict[int, Form]:
        """The lesions' forms by key, in shares of the slide's side."""
        forms = {}
        for lesion in self.visit.lesions:
            radius = 0.5 * lesion.size_mm / (FIELD_MM * self.fields)
            rng = self._stream("lesion", lesion.key, 1)
            form = Form.of(lesion, self.tissue.places[lesion.key], radius, rng)
            edge = outline((0.0, 0.0), (1.0, 1.0), 0.0, form.wobble, OUTLINE_POINTS)
            forms[lesion.key] = replace(form, spread=max(1.0, float(np.hypot(*edge.T).max())))
        return forms

    def _region(self, lesion: Lesion, form: Form) -> Region:
        side = self.tissue.dials.side
        mask = form.patch(side).whole_inside(side)
        edge = outline(form.centre, form.radii, form.angle, form.wobble, OUTLINE_POINTS) * side
        points = tuple((float(x), float(y)) for x, y in np.clip(edge, 0.0, side).round(1))
        return Region(
            lesion.name,
            "finding",
            box=box_of(mask) if mask.any() else None,
            mask=Mask.from_array(mask),
            points=points,
            attributes=lesion.described,
        )

    def _stained(self, column: int, row: int) -> Stained:
        x, y = mesh(self.size)
        way = math.pi * float(self._stream("anatomy", TURN).random())
        stains = fibres(column + x, row + y, way, self._noise(column, row))
        self._add_stroma(stains, column, row, way)
        for centre, radius, rng in self._glands_near(column, row):
            _, _, lumen, wobble = ORGANS[self.tissue.patient.person.own["organ"]]
            draw_gland(stains, centre, radius, lumen, bumps(rng, wobble), rng)
        cover = self._rim(column, row)
        for lesion in self.visit.lesions:
            form = self.forms[lesion.key].within(column, row, self.fields)
            rng = self._stream("lesion", lesion.key, 1)
            Form.of(lesion, form.centre, form.radius, rng)  # the form's own draws come first, as in a patch
            inside = stain_form(stains, lesion, form, rng, self.tissue.dials.contrast, self._noise(column, row))
            cover = np.maximum(cover, inside)
        return stains * cover

    def _rim(self, column: int, row: int) -> Plane:
        """How much of the field is tissue, not glass."""
        rng = self._stream("anatomy", RIM)
        whole = Form((0.5, 0.5), 0.58, 0.0, tuple(bumps(rng, 0.05, 6)))
        form = whole.within(column, row, self.fields)
        patch = blob(self.size, form.centre, (form.radius, form.radius), 0.0, form.wobble)
        return patch.whole_cover(EDGE / self.fields, self.size)

    def _add_stroma(self, stains: Stained, column: int, row: int, way: float) -> None:
        """Spindle-shaped nuclei and a few round ones, those of the fields around it too."""
        cover = np.zeros((self.size, self.size), np.float32)
        for below in (-1, 0, 1):
            for beside in (-1, 0, 1):
                rng = self._stream("anatomy", SPINDLES, 1 + column + beside, 1 + row + below)
                shift = np.array([[beside], [below]])
                spindles, round_ones = rng.random((2, 46)) + shift, rng.random((2, 22)) + shift
                np.maximum(cover, nuclei(self.size, spindles, 1.7, rng, 4.5, way + math.pi / 2), out=cover)
                np.maximum(cover, nuclei(self.size, round_ones, 2.5, rng), out=cover)
        stains[0] += 0.85 * cover

    def _glands_near(self, column: int, row: int) -> Iterator[tuple[tuple[float, float], float, np.random.Generator]]:
        """Centre, radius and stream of the glands that may reach into a field, in shares of its side."""
        side, half_um, _, _ = ORGANS[self.tissue.patient.person.own["organ"]]
        for down in range(row * side - 1, (row + 1) * side + 1):
            for across in range(column * side - 1, (column + 1) * side + 1):
                rng = self._stream("anatomy", GLAND, 1 + across, 1 + down)
                jitter = rng.uniform(-0.2, 0.2, 2) * self.tissue.dials.anatomy
                shift = 0.5 * (down % 2) - 0.25
                centre = (
                    (across + 0.5 + shift + float(jitter[0])) / side - column,
                    (down + 0.5 + float(jitter[1])) / side - row,
                )
                yield centre, half_um / FIELD_UM * (0.85 + 0.25 * float(rng.random())), rng

    def _noise(self, column: int, row: int) -> Noise:
        """Smooth noise as one field sees it."""

        def cut(cells: int) -> Plane:
            knots = self._sheet(cells)
            rows, columns = (slice(at * cells, (at + 1) * cells + 3) for at in (row, column))
            return smooth(knots[rows, columns], self.size)

        return cut

    def _sheet(self, cells: int) -> Plane:
        """The knots of the whole slide for noise of so many bumps to a field."""
        if cells not in self._sheets:
            count = self.fields * cells + 3
            rng = self._stream("anatomy", SHEET, cells)
            self._sheets[cells] = rng.standard_normal((count, count), dtype=np.float32)
        return self._sheets[cells]

    @cached_property
    def _sheets(self) -> dict[int, Plane]:
        return {}

    def _stream(self, purpose: Purpose, *more: int) -> np.random.Generator:
        return stream(self.tissue.seed, self.tissue.patient.index, purpose, *more)
