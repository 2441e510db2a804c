"""Splits by subject that stay put when subjects are added: each subject's place is a hash of its own name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from polyclinic.study import Study

NAMES = ("train", "val", "test")


@dataclass(frozen=True)
class Splits:
    """How subjects fall into splits.

    Args:
        fractions: share of each split; they sum to 1.
        salt: changes who falls where.
        fixed: subject -> split, where the source decided; overrides the hash.
    """

    fractions: Mapping[str, float] = field(default_factory=lambda: {"train": 0.8, "val": 0.1, "test": 0.1})
    salt: str = "polyclinic"
    fixed: Mapping[str, str] = field(default_factory=dict)

    def of(self, study: Study) -> str:
        """The split of a Study: its own, else its subject's fixed one, else by hash.

        Example:
            >>> Splits(fractions={"train": 1.0}).of(Study(id="a", subject="p1"))
            'train'
        """
        return study.split or self.fixed.get(study.subject) or self._by_hash(study.subject)

    def _by_hash(self, subject: str) -> str:
        digest = hashlib.sha256(f"{self.salt}/{subject}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64
        edge = 0.0
        for name, share in self.fractions.items():
            edge += share
            if place < edge:
                return name
        return next(reversed(list(self.fractions)))
