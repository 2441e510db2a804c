"""Segmentation: a mask for each name that the Study's annotation covers, names that are absent included.

Several regions of one name are united. Dice and surface distances are means over pairs of Study and name
whose reference has the name; where it has not, a mask that is not empty is a false positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.curate.instructions import annotated
from polyclinic.errors import PolyclinicError
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context, Row, grouped, in_chunks, known_scores, mean_score
from polyclinic.evaluation.references import group_of, named_mask, slug, spacing_of, united
from polyclinic.metrics.masks import dice, surface_distances
from polyclinic.records import from_plain, to_plain
from polyclinic.study import Mask, Region, Study
from polyclinic.verbs import Score, Segments, drawable

NAME, VERB = "segmentation", "segment"
Pair = tuple[Study, list[str]]


def predict(system: Segments, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Ask each Study for all names whose presence or absence its annotation tells.

    Names that a system does not know count as not drawn.
    """
    asked = [(study, names) for study in studies if (names := _names(study, context))]

    def segment(some: Sequence[Pair]) -> list[list[Region]]:
        return system.segment([study for study, _ in some], [drawable(system, names) for _, names in some])

    results = in_chunks(asked, segment, "segmentation", context.progress)
    rows: list[Row] = []
    for (study, names), regions in zip(asked, results, strict=True):
        rows += _rows(study, names, regions, priors, context)
    return rows


def _names(study: Study, context: Context) -> list[str]:
    return [name for name in context.known.masks if annotated(study, name, context.known, masks=True) is not None]


def _rows(
    study: Study, names: Sequence[str], regions: Sequence[Region], priors: Priors | None, context: Context
) -> list[Row]:
    """One row a name; a Study whose masks cannot be read is skipped."""
    try:
        references = {name: named_mask(study, name) for name in names}
    except PolyclinicError as error:
        context.skipped.append(f"study {study.id}: {error}")
        return []
    size = study.images[0].pixels.shape[1:]
    spacing = spacing_of(study, len(size))
    rows = []
    for name in names:
        reference, prior = references[name], priors.masks.get(name) if priors else None
        predicted = united([region for region in regions if region.name == name])
        rows.append(
            {
                "study": study.id,
                "subject": study.subject,
                "name": name,
                "group": group_of(context.known.kinds.get(name)),
                "size": list(size),
                "spacing_mm": list(spacing) if spacing else None,
                "reference": _stored(reference),
                "predicted": _stored(predicted),
                "baseline": _stored(prior.at(*size)) if prior and len(size) == 2 else None,
            }
        )
    return rows


def _stored(mask: NDArray[np.bool_] | None) -> Any:
    """Run lengths of a mask; None for an empty one."""
    return to_plain(Mask.from_array(mask)) if mask is not None and mask.any() else None


def mask_of(row: Row, key: str) -> NDArray[np.bool_]:
    """A row's reference, predicted or baseline mask."""
    if row[key] is None:
        return np.zeros(tuple(row["size"]), dtype=bool)
    return from_plain(Mask, row[key], f"{row['study']}: {key}").array()


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """Dice, surface distance and HD95 for each group of names and each name; false positives by group."""
    scores: dict[str, Score] = {}
    measured = [row | {"measured": {key: _measure(row, key) for key in ("predicted", "baseline")}} for row in rows]
    for group, some in grouped(measured, lambda row: str(row["group"])):
        shown = [row for row in some if row["reference"]]
        absent = [row for row in some if not row["reference"]]
        scores |= _mask_scores(f"segmentation.{group}", shown)
        scores[f"segmentation.{group}.false_positive_rate"] = _share_not_empty(absent)
        for name, own in grouped(shown, lambda row: str(row["name"])):
            scores |= _mask_scores(f"segmentation.{group}.{slug(name)}", own)
    return known_scores(scores)


def _measure(row: Row, key: str) -> tuple[float | None, ...]:
    """Dice, average surface distance, HD95 of a row that has a reference; None where there is no such figure."""
    if not row["reference"] or (key == "baseline" and row["baseline"] is None):
        return None, None, None
    reference, mask = mask_of(row, "reference"), mask_of(row, key)
    return dice(reference, mask), *surface_distances(reference, mask, row["spacing_mm"])


def _mask_scores(prefix: str, rows: Sequence[Row]) -> dict[str, Score]:
    unit = "mm" if rows and all(row["spacing_mm"] for row in rows) else "px"
    names = ("dice", f"surface_distance_{unit}", f"hd95_{unit}")
    return {
        f"{prefix}.{name}": mean_score(
            rows,
            partial(_measured, key="predicted", place=place),
            baseline=partial(_measured, key="baseline", place=place),
        )
        for place, name in enumerate(names)
    }


def _measured(row: Row, key: str, place: int) -> float | None:
    value: float | None = row["measured"][key][place]
    return value


def _share_not_empty(rows: Sequence[Row]) -> Score:
    return mean_score(
        rows, lambda row: float(row["predicted"] is not None), baseline=lambda row: float(row["baseline"] is not None)
    )
