"""The card and the claim: what a system says of itself, in literals only, readable without importing it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from polyclinic.errors import RecordError
from polyclinic.verbs import PROTOCOLS

Checked = Literal["shape", "claim", "paper-number"]
Direction = Literal["higher", "lower"]


@dataclass(frozen=True)
class Card:
    """What a system is, where it comes from, and what has been checked of it.

    Args:
        id: the file's name with dashes.
        paper: arXiv id, DOI or link; None for this package's own.
        kinds: what shape of system it is (assistant, dual encoder, segmentation ...).
        published: figures of the paper by name, such as parameter counts.
        weights: licence of the public weights, None where there are none.
        checked: `shape` it runs, `claim` its idea shows on phantoms, `paper-number` a published figure was met.
        differs: what is not as the paper has it.
        phantom: domain of the phantom patients that show what it is about.
        exempt: checks of the contract that do not fit this system, each with the reason.
    """

    id: str
    title: str
    verbs: tuple[str, ...]
    kinds: tuple[str, ...]
    year: int
    checked: Checked
    paper: str | None = None
    published: Mapping[str, float] = field(default_factory=dict)
    weights: str | None = None
    differs: str | None = None
    phantom: str = "chest"
    exempt: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse verbs that do not exist.

        Raises:
            RecordError: an unknown verb.
        """
        if unknown := set(self.verbs) - PROTOCOLS.keys():
            raise RecordError(f"card {self.id}: unknown verb {sorted(unknown)[0]!r}")


@dataclass(frozen=True)
class Claim:
    """What a system's idea should gain on phantoms, and how that is measured.

    The system's module measures one arm: `claim(arm, trial) -> float`, see `polyclinic.bodies.base.Trial`.

    Args:
        says: the claim in one sentence.
        metric: what `claim` returns, with its unit.
        direction: whether a `higher` or a `lower` value is better.
        smallest: the gain from which the idea is worth having, in the metric's unit.
        arms: the method first, then the method without what its paper adds; more are shown beside these two.
        steps: optimiser steps that each arm trains for; 0 where nothing is trained.
    """

    says: str
    metric: str
    direction: Direction
    smallest: float
    arms: tuple[str, ...]
    steps: int

    def __post_init__(self) -> None:
        """Refuse a claim that nothing could decide.

        Raises:
            RecordError: fewer than two arms, two of one name, no gain, an unknown direction.
        """
        if len(self.arms) < 2 or len(set(self.arms)) < len(self.arms):
            raise RecordError(f"a claim needs two or more different arms, got {', '.join(self.arms) or 'none'}")
        if not 0 < self.smallest < math.inf:
            raise RecordError(f"a claim's smallest gain is expected above 0, got {self.smallest}")
        if self.steps < 0 or self.direction not in get_args(Direction):
            got = f"{self.direction}, {self.steps}"
            raise RecordError(f"a claim is higher or lower after 0 steps or more, got {got}")
