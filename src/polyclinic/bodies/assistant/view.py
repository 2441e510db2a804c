"""The training view of an assistant: a Study becomes a moved picture, targets for its concepts, and a few turns."""

from __future__ import annotations

import copy
import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from polyclinic.bodies.assistant.language import answer_segment, match_segment, phrase_segment, report_segment
from polyclinic.bodies.assistant.packing import Place, Segment, pack
from polyclinic.bodies.assistant.reading import Reading
from polyclinic.bodies.assistant.scenes import Motion, Scene, read_picture, scene
from polyclinic.bodies.base import Batch, Sample
from polyclinic.bodies.redrawing import readable
from polyclinic.curate.instructions import Instruction, annotated, derive
from polyclinic.objectives.boxes import centre_targets
from polyclinic.parts.text.tokens import Tokens
from polyclinic.study import Region, Study

CACHE_BYTES = 2 << 30
MASK_STRIDE, BOX_STRIDE = 2, 4


@dataclass(frozen=True)
class Diet:
    """How many turns of each task a sample carries.

    Args:
        talk: share of the samples that carry turns; the others only show the vision tower what is where, which
            is cheap, so that it sees more images in the same time.
        answers: questions; rarer answers of a derived closed question are drawn as often as common ones.
        segments: phrases to segment; `finds` phrases to find.
        report: chance of the report; `match` chance of the text to match.
        blind: chance that a sample's turns do not see the image, so that the model knows what words alone tell.
        longest: most tokens of a report.
    """

    talk: float
    answers: int
    segments: int
    finds: int
    report: float
    match: float
    blind: float
    longest: int


class AssistantView:
    """Samples of Studies for an assistant; see `bodies.base.View`."""

    def __init__(self, studies: Sequence[Study], reading: Reading, tokens: Tokens, diet: Diet) -> None:
        self.studies = studies
        self.reading, self.tokens, self.diet = reading, tokens, diet
        self.places = {study.id: index for index, study in enumerate(studies)}
        self.concepts = reading.survey.concepts
        self.instructions = [derive(study, reading.survey) for study in studies]
        self.rarity = _rarity(self.instructions)
        self._scenes: dict[str, Scene] = {}
        self._cached = 0

    def quiet(self) -> AssistantView:
        """The same without turns, where names can be looked for without words; else the view itself."""
        if not self.concepts:
            return self
        silent = copy.copy(self)
        silent.diet = dataclasses.replace(self.diet, talk=0.0)
        return silent

    def __len__(self) -> int:
        return len(self.studies)

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """One Study with some of its turns; a Study that cannot be read gives way to another.

        Raises:
            TrainingError: many Studies in a row cannot be read.
        """
        return readable(self._sample, index, len(self.studies), rng)

    def _sample(self, index: int, rng: np.random.Generator) -> Sample:
        study, size = self.studies[index], self.reading.image_size
        here = self._scene(study)
        motion = Motion.drawn(rng, size, mirror=self.reading.mirror, flip=self.reading.flip)
        boxes = {name: motion.boxes(found, size) for name, found in here.boxes.items()}
        talks = bool(rng.random() < self.diet.talk)
        prior = self._prior(study, rng) if talks else None
        chosen = self._choose(index, rng, has_prior=prior is not None) if talks else []
        return {
            "picture": motion.picture(here.picture),
            "prior": prior,
            "talks": talks,
            "blind": bool(rng.random() < self.diet.blind),
            **self._targets(study, here, motion, boxes),
            "turns": [(i, self._segment(i, here, motion)) for i in chosen],
        }

    def _scene(self, study: Study) -> Scene:
        if study.id in self._scenes:
            return self._scenes[study.id]
        made = scene(study, self.reading.image_size, self.reading.channels)
        if self._cached < CACHE_BYTES:
            self._scenes[study.id] = made
            self._cached += made.nbytes
        return made

    def _prior(self, study: Study, rng: np.random.Generator) -> np.ndarray[Any, Any] | None:
        if study.prior not in self.places:
            return None
        prior = self.studies[self.places[study.prior]]
        square, _ = read_picture(prior.images[0], self.reading.image_size, self.reading.channels)
        return Motion.drawn(rng, self.reading.image_size, mirror=False, flip=False).picture(square)

    def _choose(self, index: int, rng: np.random.Generator, *, has_prior: bool) -> list[Instruction]:
        by_task: dict[str, list[Instruction]] = {}
        for instruction in self.instructions[index]:
            if has_prior or not instruction.prior or instruction.task == "report":
                by_task.setdefault(instruction.task, []).append(instruction)
        diet = self.diet
        counts = {"answer": diet.answers, "segment": diet.segments, "find": diet.finds}
        counts |= {"report": int(rng.random() < diet.report), "match": int(rng.random() < diet.match)}
        chosen: list[Instruction] = []
        for task, count in counts.items():
            pool = by_task.get(task, [])
            if not pool or not count:
                continue
            weights = np.array([self._weight(i) for i in pool])
            picks = rng.choice(len(pool), min(count, len(pool)), replace=False, p=weights / weights.sum())
            chosen += [pool[i] for i in sorted(picks)]
        return chosen

    def _weight(self, instruction: Instruction) -> float:
        if instruction.task in ("segment", "find"):
            return 3.0 if instruction.regions else 1.0
        return self.rarity.get((instruction.prompt, instruction.target), 1.0)

    def _targets(self, study: Study, here: Scene, motion: Motion, boxes: dict[str, Any]) -> Sample:
        """Masks, centre maps and presence of every concept; NaN where nobody looked."""
        size, known = self.reading.image_size, self.reading.survey
        fine, cells = size // MASK_STRIDE, size // BOX_STRIDE
        masks = np.zeros((len(self.concepts), fine, fine), np.uint8)
        heats = np.zeros((len(self.concepts), cells, cells), np.float32)
        told = np.zeros((2, len(self.concepts)), bool)
        present = np.full(len(self.concepts), np.nan, np.float32)
        stated = {finding.name: finding.present for finding in study.findings}
        matched: list[tuple[int, int, int, np.ndarray[Any, Any]]] = []
        for k, name in enumerate(self.concepts):
            drawn = annotated(study, name, known, masks=True) if name in known.masks else None
            boxed = annotated(study, name, known, masks=False) if name in known.boxes else None
            told[:, k] = drawn is not None, boxed is not None
            if drawn and name in here.masks:
                masks[k] = motion.plane(here.masks[name], fine)
            if boxed and name in boxes:
                scaled = boxes[name] / BOX_STRIDE
                heats[k] = centre_targets(scaled, cells, cells)
                matched += [(k, *at, box) for box in scaled for at in _cells(box, cells)]
            seen = stated.get(name, drawn if drawn is not None else boxed)
            present[k] = np.nan if seen is None else float(seen)
        return {"masks": masks, "heats": heats, "told": told, "present": present, "matched": matched}

    def _segment(self, instruction: Instruction, here: Scene, motion: Motion) -> Segment:
        if instruction.task == "answer":
            pointed = self._places(instruction.pointed, here, motion)
            evidence = self._places(instruction.regions, here, motion)
            return answer_segment(self.tokens, instruction.prompt, instruction.target, pointed, evidence)
        if instruction.task == "report":
            return report_segment(self.tokens, instruction.target, instruction.language, self.diet.longest)
        if instruction.task == "match":
            return match_segment(self.tokens, instruction.target, self.diet.longest)
        return phrase_segment(self.tokens, instruction.task, instruction.prompt)

    def _places(self, regions: Sequence[Region], here: Scene, motion: Motion) -> list[Place]:
        boxes = [region.box for region in regions if region.box is not None and len(region.box) == 4]
        if not boxes:
            return []
        size = self.reading.image_size
        moved = motion.boxes(here.frame.boxes_in(np.array(boxes, np.float32)), size) / size
        return [(float(a), float(b), float(c), float(d)) for a, b, c, d in moved]

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Stack pictures and targets, pack turns into rows."""
        number = {name: k for k, name in enumerate(self.concepts)}
        talking = [b for b, sample in enumerate(samples) if sample["talks"]]
        turns = [samples[b]["turns"] for b in talking]
        flat = [(row, instruction) for row, each in enumerate(turns) for instruction, _ in each]
        asked = [(s, row, number.get(i.prompt, -1), i.task) for s, (row, i) in enumerate(flat)]
        priors = [sample["prior"] for sample in samples if sample["prior"] is not None]
        matched = [(b, *at) for b, sample in enumerate(samples) for at in sample["matched"]]
        return {
            "pictures": torch.from_numpy(np.stack([sample["picture"] for sample in samples] + priors)),
            "has_prior": torch.tensor([sample["prior"] is not None for sample in samples]),
            "talking": torch.tensor(talking, dtype=torch.long),
            "blind": torch.tensor([samples[b]["blind"] for b in talking], dtype=torch.bool),
            "packed": pack([[segment for _, segment in each] for each in turns]),
            "masks": torch.from_numpy(np.stack([sample["masks"] for sample in samples])),
            "heats": torch.from_numpy(np.stack([sample["heats"] for sample in samples])),
            "told": torch.from_numpy(np.stack([sample["told"] for sample in samples])),
            "present": torch.from_numpy(np.stack([sample["present"] for sample in samples])),
            "matched_at": torch.tensor([m[:4] for m in matched], dtype=torch.long).reshape(-1, 4),
            "matched_boxes": torch.from_numpy(np.array([m[4] for m in matched], np.float32).reshape(-1, 4)),
            **{
                task: torch.tensor([a[:3] for a in asked if a[3] == task], dtype=torch.long).reshape(-1, 3)
                for task in ("segment", "find", "match")
            },
        }


def _rarity(instructions: Sequence[Sequence[Instruction]]) -> dict[tuple[str, str], float]:
    """Weight of each (question, answer) of derived closed questions: even over the answers of a question."""
    counts = Counter((i.prompt, i.target) for each in instructions for i in each if i.options and i.origin != "turns")
    totals = Counter[str]()
    answers = Counter(prompt for prompt, _ in counts)
    for (prompt, _), count in counts.items():
        totals[prompt] += count
    return {key: totals[key[0]] / (answers[key[0]] * count) for key, count in counts.items()}


def _cells(box: np.ndarray[Any, Any], cells: int) -> list[tuple[int, int]]:
    """The cells (y, x) that answer for a box: its centre and the neighbours that lie within its middle half."""
    cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    reach_x, reach_y = (box[2] - box[0]) / 4, (box[3] - box[1]) / 4
    middle_x, middle_y = min(max(int(cx), 0), cells - 1), min(max(int(cy), 0), cells - 1)
    near = [(y, x) for y in range(middle_y - 1, middle_y + 2) for x in range(middle_x - 1, middle_x + 2)]
    return [
        (y, x)
        for y, x in near
        if (y, x) == (middle_y, middle_x)
        or (0 <= y < cells and 0 <= x < cells and abs(x + 0.5 - cx) <= reach_x and abs(y + 0.5 - cy) <= reach_y)
    ]
