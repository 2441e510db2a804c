"""The findings of a brain as signals, each with the masks of its parts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from polyclinic.phantom.brain.tissues import TISSUES
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.primitives import Vector, rotation
from polyclinic.phantom.solids import Floats, Grid, Mask, Solid, fill, mist, ripples, solid

Parts = dict[str, Mask]
WHOLE = ""
WOBBLE = {"smooth": 0.06, "irregular": 0.3, "ill-defined": 0.18}
EDGE_MM = {"smooth": 2.0, "irregular": 3.0, "ill-defined": 8.0}
NECROTIC_SHARE, OEDEMA_SHARE, OEDEMA_DENSITY = 0.62, 1.5, 0.85


class _Site:
    """What a finding is drawn into: the signals, the room there is, and how much of the contrast it takes."""

    def __init__(self, signals: Floats, grid: Grid, room: Floats, share: float) -> None:
        self.signals, self.grid, self.room, self.share = signals, grid, room, share

    def lay(self, body: Solid, tissue: str, edge_mm: float, core: float = 1.0, density: float = 1.0) -> Mask:
        """Take a tissue for what there was within a body; the mask of where that is."""
        cover = body.cover(edge_mm, core) * self.room[body.box] * np.float32(min(1.0, self.share * density))
        fill(self.signals, cover, TISSUES[tissue], body.box)
        return body.inside(core) & (self.room > 0.5)


def grow(
    signals: Floats, grid: Grid, room: Floats, lesion: Lesion, centre: Vector, rng: np.random.Generator, contrast: float
) -> Parts:
    """Draw a lesion; its masks do not depend on the contrast.

    Args:
        room: how much of each voxel a lesion may take.

    Returns:
        The whole lesion under the empty name, and its parts where it has any; oedema is no part of the whole.
    """
    return _FINDINGS[lesion.name](_Site(signals, grid, room, lesion.density * contrast), lesion, centre, rng)


def _body(
    site: _Site, lesion: Lesion, centre: Vector, rng: np.random.Generator, shape: Vector, reach: float = 1.0
) -> Solid:
    """An ellipsoid as wide as the lesion's size says, turned at random, with the lesion's margin."""
    turn = rotation(*(float(angle) for angle in rng.uniform(-40.0, 40.0, 3)))
    radii = tuple(0.5 * lesion.size_mm * share for share in shape)
    wobble = ripples(rng, WOBBLE[lesion.margin or "ill-defined"])
    return solid(site.grid, centre, (radii[0], radii[1], radii[2]), turn, wobble, reach)


def _glioma(site: _Site, lesion: Lesion, centre: Vector, rng: np.random.Generator) -> Parts:
    """Oedema, in it the tumour, and in a ring-enhancing one the dead middle."""
    body = _body(site, lesion, centre, rng, (1.0, 0.92, 0.9), OEDEMA_SHARE)
    edge = EDGE_MM[lesion.margin or "smooth"]
    swollen = site.lay(body, "oedema", 9.0, OEDEMA_SHARE, OEDEMA_DENSITY)
    kind = lesion.attributes["enhancement"]
    tissue = {"ring": "rim", "patchy": "patchy tumour", "none": "dim tumour"}[kind]
    whole = site.lay(body, tissue, edge)
    parts = {WHOLE: whole, "oedema": swollen & ~whole}
    if kind == "patchy":
        spots = body.cover(edge) * (mist(rng, site.grid, 14)[body.box] > 0.2) * site.room[body.box]
        fill(site.signals, np.float32(min(1.0, site.share)) * spots, TISSUES["rim"], body.box)
    if kind == "ring":
        parts["necrotic core"] = site.lay(body, "necrosis", 2.0, NECROTIC_SHARE)
        parts["enhancing rim"] = whole & ~parts["necrotic core"]
    return parts


def _meningioma(site: _Site, lesion: Lesion, centre: Vector, rng: np.random.Generator) -> Parts:
    body = _body(site, lesion, centre, rng, (1.0, 1.0, 0.95))
    return {WHOLE: site.lay(body, "dural tumour", 2.0)}


def _infarct(site: _Site, lesion: Lesion, centre: Vector, rng: np.random.Generator) -> Parts:
    body = _body(site, lesion, centre, rng, (1.0, 0.8, 0.85))
    return {WHOLE: site.lay(body, "infarct", 5.0)}


def _plaque(site: _Site, lesion: Lesion, centre: Vector, rng: np.random.Generator) -> Parts:
    """An oval at right angles to the ventricle."""
    radius = 0.5 * lesion.size_mm
    turn = rotation(about_z=float(rng.uniform(-25.0, 25.0)))
    body = solid(site.grid, centre, (radius, 0.8 * radius, 0.9 * radius), turn, ripples(rng, 0.05))
    return {WHOLE: site.lay(body, "plaque", 2.5)}


def _haemorrhage(site: _Site, lesion: Lesion, centre: Vector, rng: np.random.Generator) -> Parts:
    """Blood with a seam of oedema."""
    body = _body(site, lesion, centre, rng, (1.0, 0.9, 0.9), 1.3)
    swollen = site.lay(body, "oedema", 4.0, 1.3, OEDEMA_DENSITY)
    whole = site.lay(body, "blood", 3.0)
    return {WHOLE: whole, "oedema": swollen & ~whole}


_FINDINGS: dict[str, Callable[[_Site, Lesion, Vector, np.random.Generator], Parts]] = {
    "glioma": _glioma,
    "meningioma": _meningioma,
    "infarct": _infarct,
    "demyelination": _plaque,
    "haemorrhage": _haemorrhage,
}
