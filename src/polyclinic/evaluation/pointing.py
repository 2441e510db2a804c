"""Pointing: is a system's heat map for a phrase hottest inside the phrase's region, and how far does it stand out.

The map is scaled to lie between 0 and 1. The baseline is a bump in the middle of the image, which sees nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from polyclinic.errors import PixelError
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context, Row, in_chunks, known_scores, mean_score
from polyclinic.metrics.pointing import contrast_to_noise, mean_iou, pointing_hit
from polyclinic.study import Region, Study
from polyclinic.verbs import Explains, Explanation, Score

NAME, VERB = "pointing", "explain"
MEASURES: dict[str, Callable[[NDArray[Any], NDArray[np.bool_]], float]] = {
    "hit": pointing_hit,
    "contrast_to_noise": contrast_to_noise,
    "mean_iou": mean_iou,
}


def predict(system: Explains, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Ask for a heat map for each phrase that a Study's first image has regions of."""
    del priors  # the baseline is the middle
    pairs = [(study, phrase) for study in studies for phrase in sorted({_phrase(r) for r in _placed(study)})]

    def explain(some: Sequence[tuple[Study, str]]) -> list[Explanation]:
        return system.explain([study for study, _ in some], [phrase for _, phrase in some])

    rows = []
    for (study, phrase), found in zip(pairs, in_chunks(pairs, explain, NAME, context.progress), strict=True):
        if found.heat is None:
            context.skipped.append(f"pointing: no heat map for {phrase!r} in study {study.id}")
            continue
        inside = inside_of(study, phrase)
        told = {"predicted": _scaled(found.heat, inside.shape), "baseline": _middle(inside.shape)}
        measured = {
            side: {name: _known(f(heat, inside)) for name, f in MEASURES.items()} for side, heat in told.items()
        }
        rows.append({"study": study.id, "subject": study.subject, "phrase": phrase, **measured})
    return rows


def _placed(study: Study) -> list[Region]:
    return [r for r in study.regions if r.image == 0 and (r.mask is not None or r.box is not None)]


def _phrase(region: Region) -> str:
    return region.text or region.name


def inside_of(study: Study, phrase: str) -> NDArray[np.bool_]:
    """All that a phrase speaks of in the first image: masks, and boxes where there is no mask.

    Raises:
        PixelError: a mask of another size than the image.
    """
    inside = np.zeros(study.images[0].pixels.shape[-2:], bool)
    for region in _placed(study):
        if _phrase(region) != phrase:
            continue
        if region.mask is not None:
            if region.array.shape != inside.shape:
                raise PixelError(f"study {study.id}: mask of {phrase!r} is {region.array.shape}, not {inside.shape}")
            inside |= region.array
        elif region.box is not None:
            x0, y0, x1, y1 = (round(side) for side in region.box)
            inside[max(y0, 0) : y1, max(x0, 0) : x1] = True
    return inside


def _scaled(heat: NDArray[np.float32], size: tuple[int, ...]) -> NDArray[np.float32]:
    """Between 0 and 1, at the image's size."""
    plane = Pillow.fromarray(np.asarray(heat, np.float32)).resize((size[1], size[0]), Pillow.Resampling.BILINEAR)
    values = np.asarray(plane)
    scaled: NDArray[np.float32] = (values - values.min()) / max(float(np.ptp(values)), 1e-12)
    return scaled


def _middle(size: tuple[int, ...]) -> NDArray[np.float32]:
    down, right = (np.linspace(-1, 1, side, dtype=np.float32) for side in size)
    bump: NDArray[np.float32] = np.exp(-2 * (down[:, None] ** 2 + right[None] ** 2))
    return bump


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """Hits, contrast-to-noise ratio and mean IoU over pairs of image and phrase."""
    return known_scores(
        {
            f"{NAME}.{name}": mean_score(rows, partial(_of, "predicted", name), baseline=partial(_of, "baseline", name))
            for name in MEASURES
        }
    )


def _of(side: str, name: str, row: Row) -> float | None:
    value: float | None = row[side][name]
    return value
