"""Tiny Studies and systems whose scores are known beforehand."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from polyclinic.curate.instructions import match_text
from polyclinic.store.collection import Collection, Header
from polyclinic.store.splits import Splits
from polyclinic.study import Finding, Image, Mask, Region, Report, Study, Turn
from polyclinic.verbs import Answer

SIZE = 32


def region(name, kind, box):
    mask = np.zeros((SIZE, SIZE), bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return Region(name, kind, box=tuple(map(float, box)), mask=Mask.from_array(mask))


def make_study(index, split="test", subject=None):
    """An even Study has a nodule (somewhere else each time), an odd one has none."""
    rng = np.random.default_rng(index)
    ill = index % 2 == 0
    x, y = (int(v) for v in rng.integers(2, 20, 2))
    lung = region("right lung", "organ", (2 + index % 3, 4, 14, 28))
    nodules = (region("nodule", "finding", (x, y, x + 6, y + 6)),) if ill else ()
    text = f"There is a nodule, case {index}." if ill else f"No nodule is seen, case {index}."
    turns = (
        Turn("Is there a nodule?", "yes" if ill else "no", "closed", ("yes", "no"), topic="presence"),
        Turn("Which letter is written?", "AB"[index // 2 % 2], "closed", ("A", "B"), topic="letter"),
        Turn("Where is it?", f"place {index}", topic="where"),
    )
    pixels = rng.integers(0, 255, (SIZE, SIZE)).astype(np.uint8)
    return Study(
        f"s{index}",
        subject or f"p{index}",
        images=(Image.from_array(pixels, f"s{index}.png", spacing_mm=(2.0, 2.0)),),
        report=Report({"findings": text}),
        findings=(Finding("nodule", ill),),
        regions=(lung, *nodules),
        turns=turns,
        labels={"sex": "F" if index % 4 < 2 else "M", "age": 40 + index},
        split=split,
    )


class Perfect:
    """Reads the answer off the Study that it is asked about; without an image it knows nothing."""

    def __init__(self, studies):
        self.studies = {study.id: study for study in studies}

    def _of(self, study):
        return self.studies[study.id] if study.images else Study("", "")

    def answer(self, asks):
        found = []
        for ask in asks:
            turns = {turn.question: turn.answer for turn in self._of(ask.study).turns}
            found.append(Answer(turns.get(ask.question, (*ask.options, "unknown")[0]), 0.9))
        return found

    def report(self, studies, language="en"):
        return [self._of(study).report or Report({"findings": "nothing to say"}, language) for study in studies]

    def segment(self, studies, prompts):
        return [[r for r in self._of(s).regions if r.name in p] for s, p in zip(studies, prompts, strict=True)]

    def find(self, studies, phrases):
        return [
            [dataclasses.replace(r, score=0.9) for r in self._of(s).regions if r.name == phrase]
            for s, phrase in zip(studies, phrases, strict=True)
        ]

    def classify(self, studies, names):
        return [
            {
                name: float(name in [f.name for f in s.findings if f.present] or name in s.labels.values())
                for name in names
            }
            for s in map(self._of, studies)
        ]

    def embed_images(self, studies):
        return np.eye(len(self.studies), dtype=np.float32)[[list(self.studies).index(s.id) for s in studies]]

    def embed_texts(self, texts):
        known = [match_text(study) for study in self.studies.values()]
        return np.eye(len(self.studies), dtype=np.float32)[[known.index(text) for text in texts]]


class Guesser:
    """Says what the priors say; looks at nothing."""

    def __init__(self, priors):
        self.priors = priors

    def answer(self, asks):
        keyed = [Turn(ask.question, "", "closed" if ask.options else "open", ask.options) for ask in asks]
        return [Answer(self.priors.answer(turn, turn.options), 0.5) for turn in keyed]

    def report(self, studies, language="en"):
        return [Report({"findings": self.priors.reports[language]}, language) for _ in studies]

    def segment(self, studies, prompts):
        return [
            [Region(n, mask=Mask.from_array(self.priors.masks[n].at(SIZE, SIZE))) for n in names] for names in prompts
        ]

    def find(self, studies, phrases):
        boxes = [tuple(side * SIZE for side in self.priors.boxes[phrase]) for phrase in phrases]
        return [[Region(phrase, box=box, score=1.0)] for phrase, box in zip(phrases, boxes, strict=True)]

    def embed_images(self, studies):
        return np.ones((len(studies), 2), np.float32)

    def embed_texts(self, texts):
        return np.ones((len(texts), 2), np.float32)

    def classify(self, studies, names):
        return [dict.fromkeys(names, 0.5) for _ in studies]


@pytest.fixture
def collection():
    train = tuple(make_study(i, "train") for i in range(100, 124))
    test = tuple(make_study(i) for i in range(12))
    return Collection(Path("nowhere"), Header("toy", splits=Splits()), train + test)


@pytest.fixture
def perfect(collection):
    return Perfect(collection.split("test"))


@pytest.fixture
def guesser():
    return Guesser


@pytest.fixture
def study_of():
    return make_study
