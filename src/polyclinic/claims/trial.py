"""The trial: one arm with one seed, with the data and the training that every arm gets alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from polyclinic.claims.ledger import Run
from polyclinic.errors import TrainingError, UsageError
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.store.collection import Collection, Header
from polyclinic.study import Study

KEPT_WORLDS = 4


class SystemTrial:
    """A trial of a system that is trained.

    Args:
        system: the system's id.
        steps: optimiser steps of each `fit`.
        seed: of patients, weights and the order of samples.
    """

    def __init__(self, system: str, steps: int, seed: int) -> None:
        self.system, self.steps, self.seed = system, steps, seed
        self.runs: list[Run] = []

    def patients(self, domain: str, count: int, *, held_out: bool = False, **dials: Any) -> Sequence[Study]:
        """The Studies of so many phantom patients; the worlds of two seeds, and of training and test, share nobody.

        Raises:
            UsageError: no such domain or dial, or no patient.
        """
        if count < 1:
            raise UsageError(f"expected at least one patient, got {count}")
        try:
            turned = Dials(**dials)
        except TypeError as error:
            raise UsageError(f"a dial that phantoms do not have: {', '.join(dials)}") from error
        return _world(domain, turned, 2 * self.seed + held_out, count)

    def fit(self, preset: str, studies: Sequence[Study], *, start: Any = None) -> Any:
        """Train one of the system's presets as `polyclinic fit` does.

        Args:
            start: a model of the system whose weights to start from, as `--from` does.

        Raises:
            KeyboardInterrupt: a signal asked to stop.
            TrainingError: it cannot be trained, or the claim names no steps.
        """
        from polyclinic.models import load_model
        from polyclinic.training.loop import fit
        from polyclinic.training.options import Options

        if self.steps < 1:
            raise TrainingError(f"the claim of {self.system} names no steps to train for", hint="CLAIM: steps=N")
        with TemporaryDirectory(prefix="polyclinic-claim-") as folder:
            if start is not None:
                start.save_pretrained(Path(folder) / "start")
            chosen = Options(
                preset=preset,
                seed=self.seed,
                steps=self.steps,
                start_from=None if start is None else str(Path(folder) / "start"),
                split="all",
                workers=0,
                checkpoint_s=3600,
            )
            collection = Collection(Path(folder), Header(f"{self.system}, seed {self.seed}"), tuple(studies))
            outcome = fit(self.system, collection, Path(folder) / "run", chosen)
            if outcome.state == "interrupted":
                raise KeyboardInterrupt
            self.runs.append(_account(preset, outcome.record))
            return load_model(str(outcome.run))


def measure(claim: Callable[[str, Any], float], arm: str, trial: SystemTrial) -> float | None:
    """The metric of one arm with one seed, with random numbers of its own; None where it is not a number.

    Raises:
        TrainingError: the claim gave something else than a number.
    """
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(trial.seed)
        value = claim(arm, trial)
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise TrainingError(f"the claim of {trial.system} gave no number but a {type(value).__name__}") from error
    return number if math.isfinite(number) else None


def _account(preset: str, record: dict[str, Any]) -> Run:
    """What is kept of a run, so that a reader sees that arms had the same data and budget."""
    known = {key: record[key] for key in ("parameters", "samples", "checksum", "skipped_steps")}
    return Run(preset=preset, steps=record["step"], seconds=record["timings"]["training_s"], **known)


@lru_cache(maxsize=KEPT_WORLDS)
def _world(domain: str, dials: Dials, seed: int, count: int) -> tuple[Study, ...]:
    """Kept, so that the arms of a seed meet the very same Studies."""
    world = Phantom(domain, seed, dials)
    return tuple(study for index in range(count) for study in world.studies(index))
