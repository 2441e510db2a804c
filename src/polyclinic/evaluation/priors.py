"""What trivial baselines know: the majority answer, the mean mask, the typical box and report of a training set.

A baseline never sees the image it is scored on. `fit` stores its priors beside the model, so that
`assess` compares with what could have been guessed from the same training Studies.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

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
Item = TypeVar("Item")
Plane = NDArray[np.float32]
Box = tuple[float, ...]


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
    boxes: Mapping[str, Box] = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)
    reports: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_studies(cls, studies: Sequence[Study]) -> Priors:
        """Learn from training Studies; at most 400 of a name's masks and boxes are looked at, evenly spread.

        Studies may be made anew each time they are asked for, so all of them are asked for twice, and those that are
        looked at once more.
        """
        known = survey(studies)
        seen = _Seen()
        for index, study in enumerate(studies):
            seen.add(index, study, known)
        planes, boxes = _looked_at(studies, seen, known)
        return cls(
            answers=_majorities(seen.answers),
            prevalence=_prevalence(seen, known),
            masks={name: _mean_mask(planes[name]) for name in known.masks if name in planes},
            boxes={name: _typical_box(boxes[name][:MOST]) for name in known.boxes if name in boxes},
            counts={name: float(np.median(seen.counts[name])) for name in known.boxes if seen.counts[name]},
            reports={language: _typical(texts) for language, texts in sorted(seen.reports.items())},
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


@dataclass
class _Seen:
    """What one pass over the Studies gathers.

    Args:
        answers: key of a question -> how often each answer was right.
        stated: finding -> whether it was there, each time that it was stated.
        labels: label -> its values.
        masked: region name -> which Studies show it with a mask; `boxed` with boxes.
        counts: region name -> how many there were, each time that it was looked for.
        reports: language -> texts.
    """

    answers: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    stated: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    labels: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    masked: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    boxed: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    reports: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, index: int, study: Study, known: Survey) -> None:
        """One more Study."""
        for turn in study.turns:
            for key in question_keys(turn, allowed_answers(turn)):
                self.answers[key][turn.answer] += 1
        for finding in study.findings:
            if finding.present is not None:
                self.stated[finding.name].append(finding.present)
        for label in known.labels.keys() & study.labels.keys():
            self.labels[label][label_text(study.labels[label])] += 1
        if text := match_text(study).strip():
            self.reports[study.report.language if study.report else "en"].append(text)
        self._add_regions(index, study, known)

    def _add_regions(self, index: int, study: Study, known: Survey) -> None:
        for name in {region.name for region in study.regions if region.mask and region.image == 0}:
            self.masked[name].append(index)
        for name in known.boxes:
            boxes = named_boxes(study, name)
            if boxes:
                self.boxed[name].append(index)
            if annotated(study, name, known, masks=False) is not None:
                self.counts[name].append(len(boxes))


def _majorities(counts: Mapping[str, Counter[str]]) -> dict[str, str]:
    """Majority answers; a question's own text counts from five answers on."""
    return {
        key: max(sorted(answers), key=answers.__getitem__)
        for key, answers in sorted(counts.items())
        if not key.startswith("question:") or answers.total() >= OFTEN
    }


def _prevalence(seen: _Seen, known: Survey) -> dict[str, float]:
    shares = {name: sum(stated) / len(stated) for name in known.findings if (stated := seen.stated[name])}
    for label, values in known.labels.items():
        shares |= {f"{label}={value}": seen.labels[label][value] / seen.labels[label].total() for value in values}
    return shares


def _spread(items: Sequence[Item]) -> Sequence[Item]:
    return items[:: max(len(items) // MOST, 1)]


def _looked_at(
    studies: Sequence[Study], seen: _Seen, known: Survey
) -> tuple[dict[str, list[Plane]], dict[str, list[Box]]]:
    """By name, small masks and boxes in shares of the image's sides, of an even spread of the Studies that show it."""
    masked = {name: set(_spread(seen.masked[name])) for name in known.masks}
    boxed = {name: set(_spread(seen.boxed[name])) for name in known.boxes}
    planes: dict[str, list[Plane]] = defaultdict(list)
    boxes: dict[str, list[Box]] = defaultdict(list)
    for index in sorted(set().union(*masked.values(), *boxed.values())):
        study = studies[index]
        for name in (name for name, chosen in masked.items() if index in chosen):
            if (plane := _small(study, name)) is not None:
                planes[name].append(plane)
        for name in (name for name, chosen in boxed.items() if index in chosen):
            if shares := _shares(study, name):
                boxes[name] += shares
    return planes, boxes


def _mean_mask(planes: Sequence[Plane]) -> PriorMask:
    """The mean mask; its level is the one with the best expected Dice."""
    mean = np.mean(planes, axis=0)
    score = [2 * mean[mean >= level].sum() / (np.sum(mean >= level) + mean.sum() + 1e-9) for level in LEVELS]
    rows = tuple(tuple(round(float(v), 4) for v in row) for row in mean)
    return PriorMask(rows, round(float(LEVELS[int(np.argmax(score))]), 4))


def _small(study: Study, name: str) -> Plane | None:
    """A mask's share of each cell of the grid; None for volumes and for masks that cannot be read."""
    from PIL import Image

    try:
        mask = named_mask(study, name)
    except PolyclinicError:
        return None
    if mask is None or mask.ndim != 2:
        return None
    small = Image.fromarray(mask.astype(np.uint8) * 255).resize((GRID, GRID), Image.Resampling.BOX)
    shares: Plane = (np.asarray(small) / 255).astype(np.float32)
    return shares


def _typical_box(boxes: Sequence[Box]) -> Box:
    """The box that overlaps most others."""
    array = np.array(boxes)
    best = int(np.argmax((iou(array, array) >= 0.5).sum(1)))
    return tuple(round(float(side), 4) for side in array[best])


def _shares(study: Study, name: str) -> list[Box]:
    try:
        height, width = image_size(study)
    except PolyclinicError:
        return []
    return [(b[0] / width, b[1] / height, b[2] / width, b[3] / height) for b in named_boxes(study, name) if len(b) == 4]


def _typical(all_texts: Sequence[str]) -> str:
    """The text with the highest mean token F1 against all, of an even spread."""
    texts = _spread(all_texts)
    words = [Counter(tokens(text)) for text in texts]
    names = {word: i for i, word in enumerate(sorted(set().union(*words)))}
    table: NDArray[np.float32] = np.zeros((len(texts), len(names)), np.float32)
    for row, counts in zip(table, words, strict=True):
        row[[names[word] for word in counts]] = list(counts.values())
    length = table.sum(1)
    agreement = [float(np.mean(2 * np.minimum(table, row).sum(1) / (length + row.sum() + 1e-9))) for row in table]
    return texts[int(np.argmax(agreement))]
