"""What trivial baselines know: the majority answer, the mean mask, the typical box and report of a training set.

A baseline never sees the image it is scored on. `fit` stores its priors beside the model, so that
`assess` compares with what could have been guessed from the same training Studies.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from polyclinic.curate.instructions import Survey, annotated, label_text, match_text, survey
from polyclinic.errors import CheckpointError, PolyclinicError, RecordError
from polyclinic.evaluation.references import allowed_answers, image_size, named_boxes, named_mask
from polyclinic.metrics.boxes import iou
from polyclinic.metrics.texts import tokens
from polyclinic.records import from_plain, to_plain
from polyclinic.study import Study, Turn

FILE = "priors.json"
GRID, MOST, OFTEN = 32, 400, 5
LEVELS = np.linspace(0.05, 0.95, 19)


@dataclass(frozen=True)
class PriorMask:
    """The mean of a name's masks where it is present, on a 32 x 32 grid, and the level that cuts it best."""

    mean: tuple[tuple[float, ...], ...]
    level: float

    def at(self, height: int, width: int) -> NDArray[np.bool_]:
        """The prior as a mask of an image's size."""
        from PIL import Image

        plane = Image.fromarray(np.array(self.mean, dtype=np.float32))
        full: NDArray[np.bool_] = np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR)) >= self.level
        return full


@dataclass(frozen=True)
class Priors:
    """Everything that can be guessed without looking.

    Args:
        answers: key of a question (its text, its topic and options, its options, or its language) -> most frequent
            answer.
        prevalence: finding -> share of present among stated; `label=value` -> share.
        masks: region name -> prior mask.
        boxes: region name -> the training box that overlaps most others, in shares of width and height.
        counts: region name -> median number of regions in an annotated image.
        reports: language -> the training report that shares most words with the others.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    prevalence: Mapping[str, float] = field(default_factory=dict)
    masks: Mapping[str, PriorMask] = field(default_factory=dict)
    boxes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)
    reports: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_studies(cls, studies: Sequence[Study]) -> Priors:
        """Learn from training Studies; at most 400 of a name's masks and boxes are looked at, evenly spread."""
        known = survey(studies)
        return cls(
            answers=_answers(studies),
            prevalence=_prevalence(studies, known),
            masks={name: prior for name in known.masks if (prior := _mask(studies, name))},
            boxes={name: box for name in known.boxes if (box := _box(studies, name))},
            counts=_counts(studies, known),
            reports=_reports(studies),
        )

    def answer(self, turn: Turn, options: Sequence[str]) -> str:
        """The most frequent answer to a question, by its text, topic, options and language, in that order."""
        for key in question_keys(turn, options):
            if key in self.answers and (not options or self.answers[key] in options):
                return self.answers[key]
        return options[0] if options else ""

    def save(self, folder: Path) -> None:
        """Write `priors.json`."""
        text = json.dumps(to_plain(self), ensure_ascii=False, separators=(",", ":"))
        (folder / FILE).write_text(text + "\n", "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Priors | None:
        """Read `priors.json`; None where the folder has none.

        Raises:
            CheckpointError: the file is damaged.
        """
        path = folder / FILE
        if not path.is_file():
            return None
        try:
            return from_plain(cls, json.loads(path.read_text("utf-8")), FILE)
        except (OSError, ValueError, RecordError, RecursionError) as error:
            raise CheckpointError(f"{path} is damaged: {error}", hint="delete it to learn priors anew") from error


def question_keys(turn: Turn, options: Sequence[str]) -> list[str]:
    """Keys of a question from the most to the least specific."""
    offered = "|".join(options)
    text = " ".join(tokens(turn.question))
    return [
        f"question:{turn.language}:{text}",
        f"topic:{turn.language}:{turn.topic}:{offered}",
        f"options:{turn.language}:{offered}",
        f"language:{turn.language}",
    ]


def _answers(studies: Iterable[Study]) -> dict[str, str]:
    """Majority answers; a question's own text counts from five answers on."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for study in studies:
        for turn in study.turns:
            for key in question_keys(turn, allowed_answers(turn)):
                counts[key][turn.answer] += 1
    return {
        key: max(sorted(answers), key=answers.__getitem__)
        for key, answers in sorted(counts.items())
        if not key.startswith("question:") or answers.total() >= OFTEN
    }


def _prevalence(studies: Sequence[Study], known: Survey) -> dict[str, float]:
    shares = {}
    for name in known.findings:
        stated = [f.present for s in studies for f in s.findings if f.name == name and f.present is not None]
        if stated:
            shares[name] = sum(stated) / len(stated)
    for label, values in known.labels.items():
        held = [label_text(study.labels[label]) for study in studies if label in study.labels]
        shares |= {f"{label}={value}": held.count(value) / len(held) for value in values}
    return shares


def _spread(studies: Sequence[Study]) -> Sequence[Study]:
    return studies[:: max(len(studies) // MOST, 1)]


def _mask(studies: Sequence[Study], name: str) -> PriorMask | None:
    """The mean mask; its level is the one with the best expected Dice."""
    shown = [s for s in studies if any(r.name == name and r.mask and r.image == 0 for r in s.regions)]
    planes = [plane for study in _spread(shown) if (plane := _small(study, name)) is not None]
    if not planes:
        return None
    mean = np.mean(planes, axis=0)
    score = [2 * mean[mean >= level].sum() / (np.sum(mean >= level) + mean.sum() + 1e-9) for level in LEVELS]
    rows = tuple(tuple(round(float(v), 4) for v in row) for row in mean)
    return PriorMask(rows, round(float(LEVELS[int(np.argmax(score))]), 4))


def _small(study: Study, name: str) -> NDArray[np.float32] | None:
    """A mask's share of each cell of the grid; None for volumes and for masks that cannot be read."""
    from PIL import Image

    try:
        mask = named_mask(study, name)
    except PolyclinicError:
        return None
    if mask is None or mask.ndim != 2:
        return None
    small = Image.fromarray(mask.astype(np.uint8) * 255).resize((GRID, GRID), Image.Resampling.BOX)
    shares: NDArray[np.float32] = (np.asarray(small) / 255).astype(np.float32)
    return shares


def _box(studies: Sequence[Study], name: str) -> tuple[float, ...] | None:
    shown = [s for s in studies if named_boxes(s, name)]
    boxes = [box for study in _spread(shown) for box in _shares(study, name)][:MOST]
    if not boxes:
        return None
    array = np.array(boxes)
    best = int(np.argmax((iou(array, array) >= 0.5).sum(1)))
    return tuple(round(float(side), 4) for side in array[best])


def _shares(study: Study, name: str) -> list[tuple[float, ...]]:
    try:
        height, width = image_size(study)
    except PolyclinicError:
        return []
    return [(b[0] / width, b[1] / height, b[2] / width, b[3] / height) for b in named_boxes(study, name) if len(b) == 4]


def _counts(studies: Sequence[Study], known: Survey) -> dict[str, float]:
    counts: dict[str, list[int]] = defaultdict(list)
    for study in studies:
        for name in known.boxes:
            if annotated(study, name, known, masks=False) is not None:
                counts[name].append(len(named_boxes(study, name)))
    return {name: float(np.median(numbers)) for name, numbers in counts.items()}


def _reports(studies: Sequence[Study]) -> dict[str, str]:
    texts: dict[str, list[str]] = defaultdict(list)
    for study in studies:
        if text := match_text(study).strip():
            texts[study.report.language if study.report else "en"].append(text)
    return {language: _most_typical(found[:: max(len(found) // MOST, 1)]) for language, found in sorted(texts.items())}


def _most_typical(texts: Sequence[str]) -> str:
    """The text with the highest mean token F1 against all."""
    words = [Counter(tokens(text)) for text in texts]
    names = {word: i for i, word in enumerate(sorted(set().union(*words)))}
    table: NDArray[np.float32] = np.zeros((len(texts), len(names)), np.float32)
    for row, counts in zip(table, words, strict=True):
        row[[names[word] for word in counts]] = list(counts.values())
    length = table.sum(1)
    agreement = [float(np.mean(2 * np.minimum(table, row).sum(1) / (length + row.sum() + 1e-9))) for row in table]
    return texts[int(np.argmax(agreement))]
