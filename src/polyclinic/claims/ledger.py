"""The ledger: what came of each claim, one JSON file a system, failures as well."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polyclinic.cards import Direction
from polyclinic.claims.statistics import Verdict
from polyclinic.errors import CheckpointError, RecordError
from polyclinic.records import from_plain, to_plain

LARGEST_BYTES = 10_000_000


@dataclass(frozen=True)
class Run:
    """One training inside a trial; arms of a seed are alike in samples, checksum and steps.

    Args:
        checksum: of the Studies trained on.
        skipped_steps: steps whose loss was not finite.
    """

    preset: str
    steps: int
    parameters: int
    samples: int
    checksum: str
    skipped_steps: int
    seconds: float


@dataclass(frozen=True)
class Proof:
    """A claim and what came of it.

    Args:
        arms: a score for each seed by arm, the method first; None where there was no number.
        difference: mean over seeds of the first arm minus the second, in the metric's unit.
        asked: how many seeds were asked for; fewer in `seeds` where it was interrupted.
        seconds: of all trials together.
        commit: of the checkout that ran it; None outside of one.
    """

    id: str
    says: str
    metric: str
    direction: Direction
    smallest: float
    steps: int
    seeds: tuple[int, ...]
    asked: int
    arms: Mapping[str, tuple[float | None, ...]]
    difference: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    seconds: float
    commit: str | None
    versions: Mapping[str, str] = field(default_factory=dict)
    hardware: str = ""
    runs: Mapping[str, tuple[Run, ...]] = field(default_factory=dict)

    @property
    def interrupted(self) -> bool:
        """Whether seeds are missing that were asked for."""
        return len(self.seeds) < self.asked


def write_proof(folder: Path, proof: Proof) -> Path:
    """Store a proof as `<id>.json`, whole or not at all.

    Raises:
        CheckpointError: it cannot be written.
    """
    path = folder / f"{proof.id}.json"
    part = path.with_suffix(".new")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(to_plain(proof), indent=1, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")
        part.replace(path)
    except OSError as error:
        raise CheckpointError(f"cannot write {path}: {error.strerror}", hint="give another --out") from error
    return path


def read_proof(path: Path) -> Proof:
    """A stored proof.

    Raises:
        RecordError: it is damaged, or not of the system that its name says.
        CheckpointError: it cannot be read, or is far larger than a proof.
    """
    try:
        if (size := path.stat().st_size) > LARGEST_BYTES:
            raise CheckpointError(f"{path.name}: {size:,} bytes are no proof")
        stored: Any = json.loads(path.read_text("utf-8"))
    except CheckpointError:
        raise
    except OSError as error:
        raise CheckpointError(f"cannot read {path.name}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{path.name}: expected JSON", hint="run `polyclinic prove` again") from error
    proof = from_plain(Proof, stored, path.name)
    if proof.id != path.stem:
        raise RecordError(f"{path.name}: holds the proof of another system")
    if any(len(scores) != len(proof.seeds) for scores in proof.arms.values()) or len(proof.arms) < 2:
        raise RecordError(f"{path.name}: expected two arms or more with a score for each seed")
    return proof


def read_ledger(folder: Path) -> list[Proof]:
    """All stored proofs by id; none where there is no folder.

    Raises:
        RecordError: one is damaged.
        CheckpointError: one cannot be read.
    """
    return [read_proof(path) for path in sorted(folder.glob("*.json"))]
