"""What an assistant derives from its training Studies: how to look at images, and which names and words there are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from polyclinic.curate.instructions import Survey, derive, label_question, presence_question, survey
from polyclinic.errors import PolyclinicError, TrainingError
from polyclinic.study import Study

PROBED = 48
THIN_PIXELS, SMALL_PIXELS = 2.5, 8.0
COARSE, FINE = 128, 256
SIDES = re.compile(r"\b(left|right|eye|lateral\w*)\b|[左右]|يمين|يسار|أيمن|أيسر", re.IGNORECASE)
HEIGHTS = re.compile(r"\b(upper|lower|above|below|top|bottom|apical|basal)\b|[上下]|علوي|سفلي", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """How a collection is looked at, derived from it and recorded with the run.

    Args:
        image_size: side of the square that images are fitted into.
        channels: 1 where every probed image is grey, else 3.
        mirror: images may be mirrored, because no text or name tells left from right.
        flip: images may be turned upside down, because none tells up from down.
        survey: names and values of the collection.
        prevalence: closed question -> answer -> share among the training Studies.
    """

    image_size: int
    channels: int
    mirror: bool
    flip: bool
    survey: Survey
    prevalence: dict[str, dict[str, float]] = field(default_factory=dict)


def derive_reading(studies: Sequence[Study], image_size: int | None) -> Reading:
    """Look at the Studies and decide.

    Args:
        image_size: fixes the size; None derives it from how thin and small the regions are.

    Raises:
        TrainingError: not one image can be read.
    """
    known = survey(studies)
    words = list(_words(studies, known))
    sided = any(SIDES.search(text) for text in words)
    size, channels = _probe(studies)
    return Reading(
        image_size or size,
        channels,
        mirror=not sided,
        flip=not any(HEIGHTS.search(text) for text in words),
        survey=known,
        prevalence=prevalence(studies, known),
    )


def prevalence(studies: Iterable[Study], known: Survey) -> dict[str, dict[str, float]]:
    """How often each answer to each derived closed question is the right one."""
    asked = {presence_question(name) for name in known.findings} | {label_question(name) for name in known.labels}
    counts: dict[str, Counter[str]] = {}
    for study in studies:
        for instruction in derive(study, known):
            if instruction.prompt in asked and instruction.origin in ("findings", "labels"):
                counts.setdefault(instruction.prompt, Counter())[instruction.target] += 1
    return {q: {a: n / sum(c.values()) for a, n in sorted(c.items())} for q, c in sorted(counts.items())}


def _words(studies: Sequence[Study], known: Survey) -> Iterable[str]:
    yield from known.concepts
    yield from known.labels
    for values in known.labels.values():
        yield from values
    for study in studies:
        yield from (turn.question + " " + turn.answer for turn in study.turns)
        yield from study.captions
        if study.report:
            yield study.report.text


def _probe(studies: Sequence[Study]) -> tuple[int, int]:
    """Size and channels from a sample of the images, spread evenly over the Studies."""
    thin: list[float] = []
    small: list[float] = []
    colour, read = False, 0
    for study in studies[:: max(len(studies) // PROBED, 1)]:
        try:
            pixels = study.images[0].pixels
            thin += _thicknesses(study, max(pixels.shape[-2:]))
        except (PolyclinicError, IndexError):
            continue
        read += 1
        small += [min(_sides(r.box)) * COARSE / max(pixels.shape[-2:]) for r in study.regions if r.box and r.image == 0]
        colour |= pixels.shape[0] >= 3 and not np.array_equal(pixels[0], pixels[1])
    if not read:
        raise TrainingError(
            f"not one of {len(studies)} studies has an image that can be read",
            hint="polyclinic data check names what is wrong",
        )
    fine = (bool(thin) and np.median(thin) < THIN_PIXELS) or (bool(small) and np.median(small) < SMALL_PIXELS)
    return FINE if fine else COARSE, 3 if colour else 1


def _sides(box: Sequence[float]) -> tuple[float, float]:
    half = len(box) // 2
    return box[half] - box[0], box[half + 1] - box[1]


def _thicknesses(study: Study, longest: int) -> list[float]:
    """Area over half the perimeter of each mask, in pixels of the coarse square."""
    found: list[float] = []
    for region in study.regions[:8]:
        if region.mask is None or region.image != 0 or longest <= COARSE:
            continue
        mask = region.array
        edges = np.count_nonzero(np.diff(mask, axis=-1)) + np.count_nonzero(np.diff(mask, axis=-2))
        if edges:
            found.append(float(2 * np.count_nonzero(mask) / edges * COARSE / longest))
    return found
