"""The findings of a section as amounts of stain, each with the mask of what it covers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.painting import Patch, Plane, Point, blob, bumps, clouds, dots, mesh, scatter

Mask = NDArray[np.bool_]
Stained = NDArray[np.floating[Any]]  # haematoxylin, eosin and blood at each pixel
Noise = Callable[[int], Plane]
Amounts = tuple[float, float, float]
FIELD_MM = 0.256
FIELD_UM = 1000 * FIELD_MM
EDGES = {"smooth": 0.12, "irregular": 0.2, "ill-defined": 0.6}


@dataclass(frozen=True)
class Form:
    """Where a lesion lies and how it is bounded, in shares of the picture's side.

    Args:
        wobble: as `painting.blob` takes it.
        spread: over how many radii its cells are strewn; where it is large, its bays show from afar.
    """

    centre: Point
    radius: float
    angle: float
    wobble: tuple[float, ...]
    spread: float = 1.0

    @classmethod
    def of(cls, lesion: Lesion, centre: Point, radius: float, rng: np.random.Generator) -> Form:
        """The form of a lesion; an irregular one wobbles more."""
        ragged = 0.16 if lesion.margin == "irregular" else 0.07
        angle = math.pi * float(rng.random())
        return cls(centre, radius, angle, tuple(bumps(rng, ragged, 4)))

    @property
    def radii(self) -> Point:
        """Both half axes."""
        return self.radius, self.radius * 0.85

    @property
    def strewn(self) -> float:
        """How far from its centre its cells lie."""
        return self.radius * self.spread

    def patch(self, size: int) -> Patch:
        """Its plane in a picture."""
        return blob(size, self.centre, self.radii, self.angle, self.wobble, reach=1.4)

    def within(self, column: int, row: int, fields: int) -> Form:
        """The form as one of many fields beside each other sees it, in shares of that field's side."""
        centre = self.centre[0] * fields - column, self.centre[1] * fields - row
        return replace(self, centre=centre, radius=self.radius * fields)


def stain_finding(stains: Stained, lesion: Lesion, centre: Point, rng: np.random.Generator, contrast: float) -> Mask:
    """Take a lesion's tissue for the usual one; its mask does not depend on the contrast."""
    size = stains.shape[-1]
    form = Form.of(lesion, centre, 500.0 * lesion.size_mm / FIELD_UM, rng)
    return stain_form(stains, lesion, form, rng, contrast, lambda cells: clouds(rng, size, cells))


def stain_form(
    stains: Stained, lesion: Lesion, form: Form, rng: np.random.Generator, contrast: float, noise: Noise
) -> Mask:
    """As `stain_finding`, of a lesion whose form is known.

    Args:
        noise: smooth noise of so many bumps to a side.
    """
    size = stains.shape[-1]
    patch = form.patch(size)
    if not patch.level.size:
        return np.zeros((size, size), bool)
    cover = patch.cover(EDGES[lesion.margin or "ill-defined"], min(lesion.density * contrast, 1.0))
    tissue = _TISSUES[lesion.name](lesion, form, size, rng, noise)[:, patch.rows, patch.columns]
    window = stains[:, patch.rows, patch.columns]
    window += cover * (tissue - window)
    return patch.whole_inside(size)


def put(stains: Stained, patch: Patch, cover: Plane, amounts: Amounts) -> None:
    """Let a window hold these amounts of stain where it is covered."""
    window = stains[:, patch.rows, patch.columns]
    window += cover * (np.array(amounts, np.float32)[:, None, None] - window)


def nuclei(
    size: int,
    at: NDArray[np.floating[Any]],
    radius_um: ArrayLike,
    rng: np.random.Generator,
    stretch: float = 1.0,
    way: ArrayLike = 0.0,
) -> Plane:
    """How much each pixel is covered by nuclei, round or drawn out.

    Args:
        at: a row of x and a row of y.
        stretch: length over width.
        way: direction of the length, in radians.
    """
    count = at.shape[1]
    radius = np.broadcast_to(np.asarray(radius_um), (count,)) * rng.uniform(0.8, 1.2, count) / FIELD_UM
    if stretch <= 1.0:
        return dots(size, at[0], at[1], radius)
    steps = np.linspace(-1.0, 1.0, 3 if stretch < 3 else 7)[:, None] * (stretch - 1.0) * radius
    turn = np.asarray(way) + rng.normal(0.0, 0.15, count)
    x, y = at[0] + steps * np.cos(turn), at[1] + steps * np.sin(turn)
    return dots(size, x.ravel(), y.ravel(), np.broadcast_to(radius, steps.shape).ravel())


def _tumour(lesion: Lesion, form: Form, size: int, rng: np.random.Generator, noise: Noise) -> Stained:
    """Crowded, large nuclei of unequal size, in sheets, or around small lumens where they still form glands."""
    well = lesion.attributes["grade"] == "well"
    count = int((1.7 if well else 2.2) * (form.strewn * FIELD_UM / 5.0) ** 2)
    at = scatter(rng, form.centre, 1.1 * form.strewn, count, power=0.5)
    cover = nuclei(size, at, rng.uniform(2.4, 3.4 if well else 4.6, count), rng)
    tissue = _flat(size, (0.28, 0.30, 0.0))
    tissue[0] += (0.75 + 0.2 * noise(60)) * cover
    if well:
        gaps = max(2, int((form.strewn * FIELD_UM / 20.0) ** 2))
        x, y = scatter(rng, form.centre, 0.8 * form.strewn, gaps, power=0.5)
        tissue *= 1.0 - 0.95 * dots(size, x, y, rng.uniform(4.0, 7.0, gaps) / FIELD_UM)
    return tissue


def _lymphocytes(lesion: Lesion, form: Form, size: int, rng: np.random.Generator, noise: Noise) -> Stained:
    """Small, round, very dark nuclei, close together."""
    count = int(2.6 * (form.strewn * FIELD_UM / 4.4) ** 2)
    cover = nuclei(size, scatter(rng, form.centre, 1.15 * form.strewn, count, power=0.55), 2.2, rng)
    tissue = _flat(size, (0.12, 0.22, 0.0))
    tissue[0] += 1.25 * cover
    return tissue


def _necrosis(lesion: Lesion, form: Form, size: int, rng: np.random.Generator, noise: Noise) -> Stained:
    """Granular and pink without any structure, with the dust of nuclei."""
    tissue = _flat(size, (0.06, 0.62, 0.0))
    tissue[1] += 0.16 * noise(40) + 0.10 * noise(10)
    count = int(0.9 * (form.strewn * FIELD_UM / 6.0) ** 2)
    x, y = scatter(rng, form.centre, form.strewn, count, power=0.5)
    tissue[0] += 0.7 * dots(size, x, y, rng.uniform(0.5, 1.3, count) / FIELD_UM)
    return np.clip(tissue, 0.0, None)


def _haemorrhage(lesion: Lesion, form: Form, size: int, rng: np.random.Generator, noise: Noise) -> Stained:
    """Red cells outside of vessels."""
    count = int(2.4 * (form.strewn * FIELD_UM / 4.5) ** 2)
    x, y = scatter(rng, form.centre, 1.1 * form.strewn, count, power=0.55)
    tissue = _flat(size, (0.02, 0.2, 0.1))
    tissue[2] += 0.62 * dots(size, x, y, 3.1 / FIELD_UM)
    return tissue


def _calcification(lesion: Lesion, form: Form, size: int, rng: np.random.Generator, noise: Noise) -> Stained:
    """A blue-black stone in rings, as a tree has them."""
    x, y = mesh(size)
    away = np.hypot(x - form.centre[0], y - form.centre[1]) * FIELD_UM
    tissue = _flat(size, (1.15, 0.12, 0.0))
    tissue[0] += 0.38 * np.sin(away / 1.9) + 0.15 * noise(20)
    return tissue


def _flat(size: int, amounts: Amounts) -> Stained:
    return np.ones((3, size, size), np.float32) * np.array(amounts, np.float32)[:, None, None]


_TISSUES: dict[str, Callable[[Lesion, Form, int, np.random.Generator, Noise], Stained]] = {
    "tumour": _tumour,
    "lymphocytes": _lymphocytes,
    "necrosis": _necrosis,
    "haemorrhage": _haemorrhage,
    "calcification": _calcification,
}
