"""The verbs: what a system can do, the same in Python, on the command line and over HTTP.

A system provides a verb by having its method. Every verb has one form, over a batch: one item in the
list is one answer in the list, in order, and an item gives the same result alone as in a batch. Whoever
has a single Study passes a list of one. Prior visits come inside the Study (`Study.with_prior`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from polyclinic.study import Image, Region, Report, Study

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Ask:
    """One question about one Study.

    Args:
        history: earlier (question, answer) pairs of the same conversation.
        regions: places that the question points at.
        options: the allowed answers of a closed question; empty leaves the answer open.
    """

    study: Study
    question: str
    history: tuple[tuple[str, str], ...] = ()
    regions: tuple[Region, ...] = ()
    options: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True)
class Answer:
    """An answer with what it rests on.

    Args:
        confidence: probability of the answer among the options, or the mean token probability.
        scores: option -> probability, for closed questions.
        regions: the places that the answer speaks of.
    """

    text: str
    confidence: float
    scores: Mapping[str, float] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True)
class Risk:
    """Survival probability at each time, and a score that orders subjects by risk."""

    times_days: tuple[float, ...]
    survival: tuple[float, ...]
    score: float


@dataclass(frozen=True)
class Explanation:
    """Why: a heat map over the image (y, x), concepts with weights, or both."""

    heat: NDArray[np.float32] | None = None
    concepts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Score:
    """A score with its 95 % interval over subjects, beside the trivial baselines.

    Args:
        value: the score; None where it could not be computed.
        n: how many items it rests on.
        baseline: majority, prior or the like, fitted on the training split.
        blind: the same system asked without the image, where that exists.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    baseline: float | None = None
    blind: float | None = None


@runtime_checkable
class Embeds(Protocol):
    """embed: unit vectors (n, d), images and texts in one space where the system has both."""

    def embed_images(self, studies: Sequence[Study]) -> Vectors: ...

    def embed_texts(self, texts: Sequence[str]) -> Vectors: ...


@runtime_checkable
class Classifies(Protocol):
    """classify: name -> probability, for each Study."""

    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]: ...


@runtime_checkable
class Answers(Protocol):
    """answer: text with the regions it speaks of and a confidence."""

    def answer(self, asks: Sequence[Ask]) -> list[Answer]: ...


@runtime_checkable
class Reports(Protocol):
    """report: a Report for each Study; a prior visit inside the Study is compared with."""

    def report(self, studies: Sequence[Study], language: str = "en") -> list[Report]: ...


@runtime_checkable
class Segments(Protocol):
    """segment: a mask Region for each prompt; no prompts means all that the system knows."""

    def segment(self, studies: Sequence[Study], prompts: Sequence[Sequence[str | Region]]) -> list[list[Region]]: ...


@runtime_checkable
class Finds(Protocol):
    """find: boxes or points with scores for one phrase per Study, best first; counting is len()."""

    def find(self, studies: Sequence[Study], phrases: Sequence[str]) -> list[list[Region]]: ...


@runtime_checkable
class Generates(Protocol):
    """generate: n images from a prompt (text, class, embedding, mask or a prior image)."""

    def generate(self, prompt: Any, n: int, seed: int) -> list[Image]: ...


@runtime_checkable
class Forecasts(Protocol):
    """forecast: the image expected at a later time, from a subject's visits so far."""

    def forecast(self, histories: Sequence[Sequence[Study]], times_days: Sequence[float]) -> list[Image]: ...


@runtime_checkable
class Risks(Protocol):
    """risk: survival curve and risk score, to be held against an `Outcome`."""

    def risk(self, studies: Sequence[Study]) -> list[Risk]: ...


@runtime_checkable
class Explains(Protocol):
    """explain: heat maps, concepts, prototypes or counterfactuals for a target."""

    def explain(self, studies: Sequence[Study], targets: Sequence[str]) -> list[Explanation]: ...


@runtime_checkable
class Decodes(Protocol):
    """decode: text or image from a recorded signal."""

    def decode(self, signals: Sequence[NDArray[np.float32]]) -> list[str | Image]: ...


@runtime_checkable
class Curates(Protocol):
    """curate: Studies written to a sink, and a count of what was dropped and why."""

    def curate(self, source: Iterable[Study], sink: Path) -> Mapping[str, int]: ...


@runtime_checkable
class Assesses(Protocol):
    """assess: scores with intervals for a system on a collection."""

    def assess(self, system: object, studies: Sequence[Study]) -> Mapping[str, Score]: ...


PROTOCOLS: dict[str, type] = {
    "embed": Embeds,
    "classify": Classifies,
    "answer": Answers,
    "report": Reports,
    "segment": Segments,
    "find": Finds,
    "generate": Generates,
    "forecast": Forecasts,
    "risk": Risks,
    "explain": Explains,
    "decode": Decodes,
    "curate": Curates,
    "assess": Assesses,
}


def takes_volumes(system: object) -> bool:
    """Whether a system wants volumes whole; those that say nothing are given them plane by plane."""
    return bool(getattr(system, "takes_volumes", False))


def drawable(system: object, names: Sequence[str]) -> list[str]:
    """Those of the names that a system can draw; one that does not say takes any."""
    known = getattr(system, "only_masks", None)
    return [name for name in names if known is None or name in known]


def provided(system: object) -> list[str]:
    """The verbs that an object provides, in the order of the table above."""
    return [verb for verb, protocol in PROTOCOLS.items() if isinstance(system, protocol)]
