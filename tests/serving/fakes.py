"""A model whose answers can be told by hand; a process of its own imports it by this module's name."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from polyclinic.errors import UsageError
from polyclinic.study import Image as Picture
from polyclinic.study import Mask, Region, Report, Study
from polyclinic.verbs import Answer, Ask, Explanation, Risk, Vectors


class Fake:
    """Answers with the image's mean; some questions make it fail in a way of their own."""

    known_classes = ("bright", "dark")

    def __init__(self) -> None:
        self.batches: list[int] = []

    def answer(self, asks: Sequence[Ask]) -> list[Answer]:
        self.batches.append(len(asks))
        for ask in asks:
            misbehave(ask.question)
        return [self._answer(ask) for ask in asks]

    def _answer(self, ask: Ask) -> Answer:
        mean = brightness(ask.study)
        return Answer(f"{ask.question} {mean:.0f} after {len(ask.history)}", 0.5, regions=ask.regions)

    def report(self, studies: Sequence[Study], language: str = "en") -> list[Report]:
        return [
            Report({"findings": f"mean {brightness(study):.0f}, {len(study.images)} images"}, language)
            for study in studies
        ]

    def segment(self, studies: Sequence[Study], prompts: Sequence[Sequence[str | Region]]) -> list[list[Region]]:
        mask = Mask.from_array(np.eye(2))
        return [[Region(str(prompt), mask=mask) for prompt in asked] for asked in prompts]

    def find(self, studies: Sequence[Study], phrases: Sequence[str]) -> list[list[Region]]:
        return [[Region(phrase, box=(0, 0, 1, 1), score=score) for score in (0.9, 0.1)] for phrase in phrases]

    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]:
        return [{name: brightness(study) / 255 for name in names} for study in studies]

    def risk(self, studies: Sequence[Study]) -> list[Risk]:
        return [Risk((365.0, 730.0), (0.9, 0.8), brightness(study)) for study in studies]

    def explain(self, studies: Sequence[Study], targets: Sequence[str]) -> list[Explanation]:
        return [Explanation(np.eye(2, dtype=np.float32), {target: 1.0}) for target in targets]

    def generate(self, prompt: Any, n: int, seed: int) -> list[Picture]:
        value = len(prompt) if isinstance(prompt, str) else int(prompt.pixels.mean())
        return [Picture.from_array(np.full((1, 2, 2), (value + i + seed) % 256, np.uint8)) for i in range(n)]

    def forecast(self, histories: Sequence[Sequence[Study]], times_days: Sequence[float]) -> list[Picture]:
        seen = [[brightness(visit) for visit in history] for history in histories]
        told = [[*row, day] for row, day in zip(seen, times_days, strict=True)]
        return [Picture.from_array(np.array([[row]], np.float32)) for row in told]

    def decode(self, signals: Sequence[NDArray[np.float32]]) -> list[str | Picture]:
        return [f"{signal.shape} {signal.sum(dtype=float):g}" for signal in signals]

    def embed_images(self, studies: Sequence[Study]) -> Vectors:
        return np.array([[brightness(study), 0] for study in studies], np.float32)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        return np.array([[len(text), 1] for text in texts], np.float32)


def png(value: int = 100, side: int = 8) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((side, side), value, np.uint8)).save(file, "png")
    return file.getvalue()


def brightness(study: Study) -> float:
    return float(study.images[0].pixels.mean())


def misbehave(question: str) -> None:
    if question == "die":
        os._exit(9)
    if question == "sleep":
        time.sleep(0.6)
    if question == "hang":
        time.sleep(60)
    if question == "raise":
        raise ValueError("the name of Jane Doe")
    if question == "refuse":
        raise UsageError("not this", hint="but that")
