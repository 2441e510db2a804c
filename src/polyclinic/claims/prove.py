"""Proves a claim: every arm with every seed on the same patients with the same budget, then the verdict."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

from polyclinic import registry
from polyclinic.cards import Claim
from polyclinic.claims.ledger import Proof, Run, write_proof
from polyclinic.claims.statistics import paired, verdict
from polyclinic.errors import CheckpointError, RecordError, UsageError
from polyclinic.records import from_plain, to_plain

SEEDS = 3
Note = Callable[[str], None]


@dataclass(frozen=True)
class Score:
    """What one arm got with one seed."""

    value: float | None
    seconds: float
    runs: tuple[Run, ...] = ()


def claimed() -> list[str]:
    """The systems that make a claim."""
    return [name for name, entry in registry.systems().items() if entry.claim is not None]


def prove(system: str, folder: Path, *, seeds: int = SEEDS, seed: int = 0, workers: int = 1, note: Note) -> Proof:
    """Run a claim and store what came of it as `<id>.json`.

    Scores are kept in `<id>.part` as they come; the same call goes on from there, as long as claim, source, commit
    and versions are what they were. Ctrl-C gives what can be said so far and leaves an earlier proof as it was.

    Args:
        folder: where proofs are stored.
        seeds: how many; `seed` is the first.
        workers: processes that measure side by side, each on one thread; 1 measures here, on as many as there are.
        note: told of each arm and seed.

    Raises:
        UsageError: no such system, it makes no claim, or no seed or worker.
        TrainingError: an arm cannot be trained or measured.
        CheckpointError: the folder cannot be written.
    """
    work = Work.of(system, folder, range(seed, seed + seeds))
    if workers < 1:
        raise UsageError(f"expected one worker or more, got {workers}")
    try:
        for arm, number, score in _measured(work, workers):
            work.add(arm, number, score)
            note(f"{system}  {arm}  seed {number}  {_shown(score.value)}  {score.seconds:.1f} s")
    except KeyboardInterrupt:
        return work.proof()
    proof = work.proof()
    write_proof(folder, proof)
    work.part.unlink(missing_ok=True)
    return proof


def _measured(work: Work, workers: int) -> Iterator[tuple[str, int, Score]]:
    """Scores as they come; what is measured side by side counts its share of the time that passes."""
    left = list(work.left())
    workers = min(workers, len(left))
    if workers < 2:
        for arm, number in left:
            yield arm, number, score_of(work.system, arm, number)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _worker) as pool:
        started = {pool.submit(score_of, work.system, *pair): pair for pair in left}
        try:
            for future in as_completed(started):
                score = future.result()
                yield *started[future], replace(score, seconds=round(score.seconds / workers, 1))
        finally:
            pool.shutdown(cancel_futures=True)


def _worker() -> None:
    """On one thread, and no longer than who asked."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def score_of(system: str, arm: str, seed: int) -> Score:
    """Measure one arm with one seed.

    Raises:
        KeyboardInterrupt: a signal asked to stop.
        TrainingError: the arm cannot be trained or measured.
    """
    from polyclinic.claims.trial import SystemTrial, measure

    began, claim = time.monotonic(), registry.find(system).claim
    assert claim is not None  # whoever asks has looked
    trial = SystemTrial(system, claim.steps, seed)
    value = measure(registry.load(system).claim, arm, trial)
    return Score(value, round(time.monotonic() - began, 1), tuple(trial.runs))


@dataclass
class Work:
    """A proof on its way: what has been measured, and the file that keeps it.

    Args:
        known: what scores depend on besides arm and seed.
        done: scores by arm and seed.
    """

    system: str
    claim: Claim
    folder: Path
    seeds: range
    known: dict[str, Any]
    done: dict[str, Score] = field(default_factory=dict)

    @classmethod
    def of(cls, system: str, folder: Path, seeds: range) -> Work:
        """A claim's work, with what an interrupted call has left of it.

        Raises:
            UsageError: no such system, it makes no claim, or no seed.
        """
        from polyclinic.training.record import environment

        entry = registry.find(system)
        if entry.claim is None:
            hint = "those that do: " + (", ".join(claimed()) or "none so far")
            raise UsageError(f"{system} makes no claim", hint=hint)
        if not seeds or seeds.start < 0:
            raise UsageError(f"expected one seed or more, from 0 on, got {len(seeds)} from {seeds.start}")
        source = hashlib.sha256(entry.file.read_bytes()).hexdigest()
        known = {"claim": to_plain(entry.claim), "source": source, **environment()}
        work = cls(system, entry.claim, folder, seeds, known)
        work.done = work._left_over()
        return work

    @property
    def part(self) -> Path:
        """The file that keeps what has been measured so far."""
        return self.folder / f"{self.system}.part"

    def left(self) -> Iterator[tuple[str, int]]:
        """Arms and seeds to measure: all arms of a seed before the next, so that what is there can be compared."""
        pairs = [(arm, number) for number in self.seeds for arm in self.claim.arms]
        yield from (pair for pair in pairs if _key(*pair) not in self.done)

    def add(self, arm: str, seed: int, score: Score) -> None:
        """Keep one score.

        Raises:
            CheckpointError: it cannot be written.
        """
        self.done[_key(arm, seed)] = score
        record = {**self.known, "done": {key: asdict(each) for key, each in self.done.items()}}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.part.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
        except OSError as error:
            raise CheckpointError(f"cannot write {self.part}: {error.strerror}", hint="give another --out") from error

    def proof(self) -> Proof:
        """What can be said from the seeds that have been measured in every arm."""
        claim, names = self.claim, self.claim.arms
        whole = [n for n in self.seeds if all(_key(arm, n) in self.done for arm in names)]
        scores = {arm: [self.done[_key(arm, n)] for n in whole] for arm in names}
        arms = {arm: tuple(score.value for score in scores[arm]) for arm in names}
        found = paired(arms[names[0]], arms[names[1]])
        complete = len(whole) == len(self.seeds) and None not in (*arms[names[0]], *arms[names[1]])
        return Proof(
            id=self.system,
            says=claim.says,
            metric=claim.metric,
            direction=claim.direction,
            smallest=claim.smallest,
            steps=claim.steps,
            seeds=tuple(whole),
            asked=len(self.seeds),
            arms=arms,
            difference=found.mean,
            low=found.low,
            high=found.high,
            verdict=verdict(claim, found, complete),
            seconds=round(sum(score.seconds for arm in names for score in scores[arm]), 1),
            commit=self.known["commit"],
            versions=self.known["versions"],
            hardware=_machine(self.known["hardware"]),
            runs={arm: tuple(run for score in scores[arm] for run in score.runs) for arm in names},
        )

    def _left_over(self) -> dict[str, Score]:
        """Scores of an interrupted call, if nothing that they depend on can have changed."""
        commit = self.known["commit"]
        if commit is None or "changed" in commit:
            return {}
        try:
            stored = json.loads(self.part.read_text("utf-8"))
            if any(stored.get(key) != value for key, value in self.known.items()):
                return {}
            return {key: from_plain(Score, score, self.part.name) for key, score in stored["done"].items()}
        except (OSError, ValueError, AttributeError, KeyError, RecursionError, RecordError):
            return {}  # a damaged remainder costs time and nothing else


def _key(arm: str, seed: int) -> str:
    return f"{arm} {seed}"


def _shown(value: float | None) -> str:
    return "no number" if value is None else f"{value:.4f}"


def _machine(hardware: dict[str, Any]) -> str:
    gpus = "".join(f", {name}" for name in hardware["gpus"])
    return f"{hardware['cpu']}, {hardware['cores']} cores, {hardware['memory_gib']} GiB{gpus}"
