"""The card: what a system says of itself, in literals only, readable without importing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from polyclinic.errors import RecordError
from polyclinic.verbs import PROTOCOLS

Checked = Literal["shape", "claim", "paper-number"]


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

    def __post_init__(self) -> None:
        """Refuse verbs that do not exist.

        Raises:
            RecordError: an unknown verb.
        """
        if unknown := set(self.verbs) - PROTOCOLS.keys():
            raise RecordError(f"card {self.id}: unknown verb {sorted(unknown)[0]!r}")
