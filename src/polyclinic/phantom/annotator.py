"""Who wrote the labels down: flipped labels, outlines that drift, and a label that only findings together tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.picture import LEAST_PIXELS, Outline, region_of
from polyclinic.study import Mask, Region, Study

# At skill 0: how far an outline drifts, as a share of its box, and how often a lesion of the least size is missed.
DRIFT, MISSED = 0.35, 0.9
# Pixels of a lesion that nobody misses, as a share of the picture.
PLAIN_SHARE = 0.02


def annotated(study: Study, dials: Dials, rng: np.random.Generator) -> Study:
    """The Study as its annotator leaves it: unchanged at the default dials.

    Text, images and outcome stay true; findings, regions and the label `parity` are what an annotator writes.
    """
    if dials.complexity > 0:
        odd = sum(finding.present is True for finding in study.findings[: dials.complexity]) % 2 == 1
        study = replace(study, labels={**study.labels, "parity": odd})
    if dials.skill < 1.0:
        drawn = (_redrawn(region, 1.0 - dials.skill, rng) for region in study.regions)
        study = replace(study, regions=tuple(region for region in drawn if region is not None))
    if dials.label_noise > 0.0:
        flips = (rng.random(len(study.findings)) < dials.label_noise).tolist()
        study = replace(
            study,
            findings=tuple(
                replace(finding, present=not finding.present) if flip and finding.present is not None else finding
                for finding, flip in zip(study.findings, flips, strict=True)
            ),
        )
    return study


def _redrawn(region: Region, clumsiness: float, rng: np.random.Generator) -> Region | None:
    """The region as a clumsy hand draws it: moved, thicker or thinner, or forgotten where it is small."""
    missed, grown, *moves = rng.random(2 + (0 if region.box is None else len(region.box) // 2)).tolist()
    if not isinstance(region.mask, Mask) or region.box is None:
        return region
    mask = region.array
    small = max(0.0, 1.0 - float(mask.mean()) / PLAIN_SHARE)
    if region.kind == "finding" and missed < MISSED * clumsiness * small:
        return None
    half = len(region.box) // 2
    sides = [high - low for low, high in zip(region.box[:half], region.box[half:], strict=True)]
    shifts = [round(2 * (move - 0.5) * DRIFT * clumsiness * side) for move, side in zip(moves, sides, strict=True)]
    drawn = _thicker(_moved(mask, tuple(reversed(shifts))), round(4 * clumsiness * (grown - 0.5)))
    if np.count_nonzero(drawn) < LEAST_PIXELS:
        return region
    redrawn = region_of(region.name, region.kind or "finding", drawn, region.attributes)
    return replace(region, box=redrawn.box, mask=redrawn.mask)


def _moved(mask: Outline, shift: tuple[int, ...]) -> Outline:
    """The mask moved by whole pixels; what leaves the picture is lost."""
    out = np.zeros_like(mask)
    to = tuple(slice(max(0, d), n + min(0, d)) for d, n in zip(shift, mask.shape, strict=True))
    of = tuple(slice(max(0, -d), n - max(0, d)) for d, n in zip(shift, mask.shape, strict=True))
    out[to] = mask[of]
    return out


def _thicker(mask: Outline, pixels: int) -> Outline:
    """The mask grown by some pixels along the axes, or worn away by them where `pixels` is negative."""
    out = mask.copy() if pixels >= 0 else ~mask
    for _ in range(abs(pixels)):
        grown = out.copy()
        for axis in range(out.ndim):
            for step in (1, -1):
                shift = tuple(step * (other == axis) for other in range(out.ndim))
                grown |= _moved(out, shift)
        out = grown
    return out if pixels >= 0 else ~out
