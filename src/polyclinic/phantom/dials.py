"""The dials of a phantom: what a claim may turn, with defaults that make a fair, learnable world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from polyclinic.errors import UsageError
from polyclinic.study import LANGUAGES

View = Literal["frontal", "lateral"]
VIEWS: tuple[View, ...] = ("frontal", "lateral")
FIELDS = (1, 2, 4, 8, 16, 32)
LARGEST_SLIDE = 4096  # the record shows slides up to this size as they are, so that regions lie on level 0
LANGUAGE_WEIGHTS = {"en": 0.6, "zh": 0.2, "ar": 0.2}


@dataclass(frozen=True)
class Dials:
    """How the world is drawn; every field keeps the patients' identity, only their pictures and odds move.

    Args:
        size: pixels along each side of an image.
        fields: fields of view along each side; 1 gives patches, more a slide of histology, tile by tile.
        views: projections of each chest visit, the frontal one first.
        languages: each Study is written in one of these.
        prevalence: chance of each finding at a first visit.
        contrast: multiplies how much every finding stands out.
        noise: multiplies the standard deviation of the detector's noise; 0 gives noise-free pictures.
        anatomy: 0 (everyone is the average patient) to 1 (the full variety), also of pose and exposure.
        uncertain: share of the lesions that are borderline and hedged.
        most_kinds: how many kinds of finding one visit may show.
        confounder: 0 (site says nothing) to 1 (site tells the confounded finding, pneumonia in a chest, from none).
        shift: 0 to 1, moves every site's exposure, colour and sharpness away from the default sites.
        label_noise: share of the findings' labels that are flipped; texts and regions stay true.
        skill: 0 to 1, how well regions are drawn; below 1 outlines drift and small lesions are missed.
        complexity: 0 (none) to 6, adds the label `parity`: whether an odd number of the first so many findings is
            there, which is told by all of them together and by no fewer.
    """

    size: int = 128
    fields: int = 1
    views: tuple[View, ...] = ("frontal",)
    languages: tuple[str, ...] = ("en",)
    prevalence: float = 0.2
    contrast: float = 1.0
    noise: float = 1.0
    anatomy: float = 1.0
    uncertain: float = 0.06
    most_kinds: int = 4
    confounder: float = 0.0
    shift: float = 0.0
    label_noise: float = 0.0
    skill: float = 1.0
    complexity: int = 0

    def __post_init__(self) -> None:
        _require(32 <= self.size <= 2048, "size from 32 to 2048 pixels", self.size)
        _require(self.fields in FIELDS, f"fields among {FIELDS}", self.fields)
        if self.fields > 1:
            _require(self.size % 16 == 0, "a size in sixteens for slides", self.size)
            _require(self.side <= LARGEST_SLIDE, f"slides of at most {LARGEST_SLIDE} pixels a side", self.side)
        _require(bool(self.views) and self.views[0] == "frontal", "the frontal view first", self.views)
        _require(set(self.views) <= set(VIEWS), f"views among {', '.join(VIEWS)}", self.views)
        _require(bool(self.languages), "at least one language", self.languages)
        _require(set(self.languages) <= set(LANGUAGES), f"languages among {', '.join(LANGUAGES)}", self.languages)
        _require(0.0 <= self.prevalence <= 0.5, "a prevalence from 0 to 0.5", self.prevalence)
        for name in ("anatomy", "uncertain", "confounder", "shift", "label_noise", "skill"):
            _require(0.0 <= getattr(self, name) <= 1.0, f"{name} from 0 to 1", getattr(self, name))
        for name in ("contrast", "noise"):
            _require(0.0 <= getattr(self, name) <= 10.0, f"{name} from 0 to 10", getattr(self, name))
        _require(0 <= self.complexity <= 6, "complexity from 0 to 6", self.complexity)
        _require(1 <= self.most_kinds <= 8, "most_kinds from 1 to 8", self.most_kinds)

    @property
    def side(self) -> int:
        """Pixels along each side of all fields together."""
        return self.size * self.fields


def _require(condition: bool, expected: str, got: object) -> None:
    if not condition:
        raise UsageError(f"phantom dials: expected {expected}, got {got!r}")
