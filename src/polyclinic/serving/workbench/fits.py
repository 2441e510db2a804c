"""Jobs: trainings and assessments as processes of their own, known by what lies on the disk.

A job's folder holds `job.json` with its command and process; how far it is stands in the files that the command itself
writes. So a job goes on while the page is closed or the server is started anew, and is found again.
"""

from __future__ import annotations

import csv
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import psutil

from polyclinic.errors import PolyclinicError, ReadError, UsageError
from polyclinic.records import from_plain
from polyclinic.serving.workbench.shelf import SCORES, Shelf

FLAGS = frozenset(("--out", "--preset", "--split", "--seed", "--steps", "--minutes", "--limit"))
JOBS, FILE, LOG = ".jobs", "job.json", "log.txt"
RUN, LOSSES = "run.json", "loss.csv"
CLOCK_S = 1.0  # a process that was started later than this after its job is another one with the same number
TAIL_BYTES, CURVE_POINTS = 4000, 200
Kind = Literal["fit", "assess"]
State = Literal["running", "stopping", "finished", "stopped", "failed"]
Json = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """A command that was started.

    Args:
        words: after `polyclinic`.
        pid: of its last process.
        began_s: when that process began, seconds since 1970, as the system says.
        asked_to_stop: whether it was told to stop since.
    """

    name: str
    kind: Kind
    words: tuple[str, ...]
    pid: int = 0
    began_s: float = 0.0
    asked_to_stop: bool = False

    @property
    def alive(self) -> bool:
        """Whether its process still works: it is there, is the same, and has not ended."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.began_s) < CLOCK_S
            return same and process.status() != psutil.STATUS_ZOMBIE
        except (psutil.Error, ValueError):
            return False


class Jobs:
    """The jobs of a folder of runs.

    Args:
        python: what runs a command; tests give another.
    """

    def __init__(self, shelf: Shelf, python: tuple[str, ...] = (sys.executable, "-m", "polyclinic.cli")) -> None:
        self._shelf, self._python = shelf, python
        self._turn = threading.Lock()

    def start(self, name: str, kind: Kind, words: tuple[str, ...]) -> Json:
        """Start a job.

        Raises:
            UsageError: no plain name, or one that is taken.
        """
        with self._turn:
            if self._shelf.place(name).exists() or self._folder(name).exists():
                raise UsageError(f"{name!r} is taken", hint="give another name, or go on with it")
            return self._run(Job(name, kind, words))

    def resume(self, name: str) -> Json:
        """The same command again, which goes on where it stopped.

        Raises:
            UsageError: no such job, or it is running or finished.
            ReadError: its file asks for something else than a training or an assessment of this name.
        """
        with self._turn:
            job = self._read(name)
            if (state := self.state(job)) not in ("stopped", "failed"):
                raise UsageError(f"{name!r} is {state}", hint="only what stopped can go on")
            if not is_plain(job, self._shelf.place(name)):
                raise ReadError(f"the file of job {name!r} holds another command", hint="start it anew")
            return self._run(replace(job, asked_to_stop=False))

    def stop(self, name: str) -> Json:
        """Ask a job to stop as Ctrl-C does: a training stores where it is.

        Raises:
            UsageError: no such job, or it is not running.
        """
        with self._turn:
            job = self._read(name)
            if not job.alive:
                raise UsageError(f"{name!r} is not running")
            self._write(stopping := replace(job, asked_to_stop=True))
            os.kill(job.pid, signal.SIGINT)
            return self.told(stopping)

    def list(self) -> list[Json]:
        """All jobs, those that began last first."""
        return [self.told(job) for job in sorted(self._all(), key=lambda job: -job.began_s)]

    def told(self, job: Job) -> Json:
        """A job with how far it is; its command as one would type it beside the runs."""
        command = shlex.join(["polyclinic", *job.words]).replace(f"{self._shelf.root.parent}{os.sep}", "")
        told = {
            "name": job.name,
            "kind": job.kind,
            "command": command,
            "began_s": job.began_s,
            "state": self.state(job),
        }
        if told["state"] == "failed":
            told["says"] = _tail(self._folder(job.name) / LOG)
        return told | (progress(self._shelf.place(job.name)) if job.kind == "fit" else {})

    def state(self, job: Job) -> State:
        """By its process and by what it left."""
        if job.alive:
            return "stopping" if job.asked_to_stop else "running"
        out = self._shelf.place(job.name)
        done = (out / SCORES).is_file() if job.kind == "assess" else _record(out).get("state") == "finished"
        if done:
            return "finished"
        return "stopped" if job.asked_to_stop else "failed"

    def _run(self, job: Job) -> Json:
        """Start the process in a session of its own, so that what ends the server does not end it."""
        folder = self._folder(job.name)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOG).open("wb") as log:
            child = subprocess.Popen(
                [*self._python, *job.words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        threading.Thread(target=child.wait, daemon=True, name=f"job {job.name}").start()  # leaves no zombie
        started = replace(job, pid=child.pid, began_s=_began(child.pid))
        self._write(started)
        return self.told(started)

    def _folder(self, name: str) -> Path:
        return self._shelf.place(name).parent / JOBS / name

    def _all(self) -> Iterator[Job]:
        if self._shelf.runs is None:
            return
        for path in sorted(self._shelf.runs.glob(f"{JOBS}/*/{FILE}")):
            try:
                yield self._read(path.parent.name)
            except PolyclinicError:
                continue

    def _read(self, name: str) -> Job:
        path = self._folder(name) / FILE
        if not path.is_file():
            raise UsageError(f"no job {name!r}", hint="take the name from the list")
        try:
            stored = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ReadError(f"{path} is damaged", hint="remove the folder") from error
        job: Job = from_plain(Job, stored, path.name)
        return job

    def _write(self, job: Job) -> None:
        path = self._folder(job.name) / FILE
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(job)), "utf-8")
        part.replace(path)


def is_plain(job: Job, out: Path) -> bool:
    """Whether a stored job is one that the workbench starts: a folder of runs may come from anybody.

    A training or an assessment, of two things by name, into its own folder, with no flag that reaches further.
    """
    kind, *rest = job.words
    things, flags = rest[:2], rest[2:]
    options = dict(zip(flags[:-1:2], flags[1::2], strict=False))
    known = kind == job.kind and len(things) == 2 and not any(thing.startswith("-") for thing in things)
    paired = flags[-1:] == ["--json"] and len(flags) % 2 == 1
    return known and paired and options.keys() <= FLAGS and options.get("--out") == str(out)


def progress(run: Path) -> Json:
    """How far a training is, from the files of its run folder."""
    record, rows = _record(run), list(_losses(run / LOSSES))
    told: Json = {key: record[key] for key in ("system", "preset", "data", "parameters", "samples") if key in record}
    stride = max(1, -(-len(rows) // CURVE_POINTS))
    told["curve"] = [[int(row["step"]), float(row["loss"])] for row in rows[::-1][::stride][::-1]]
    if not rows:
        return told
    last = rows[-1]
    told |= {"step": int(last["step"]), "elapsed_s": float(last["elapsed_s"]), "loss": float(last["loss"])}
    told |= {"samples_per_s": float(last["samples_per_s"]), "data_wait": float(last["wait"]), "parts": last["parts"]}
    share = done_share(record.get("budget") or {}, told["step"], told["elapsed_s"])
    if record.get("state") == "finished":
        return told | {"share": 1.0, "left_s": 0.0}
    return told | ({"share": share, "left_s": told["elapsed_s"] * (1 / share - 1)} if share else {})


def done_share(budget: Mapping[str, float | None], step: int, elapsed_s: float) -> float | None:
    """How much of a budget is spent, 0 to 1; None where the budget does not tell.

    Example:
        >>> done_share({"steps": 200, "seconds": None}, 50, 9.0)
        0.25
    """
    if steps := budget.get("steps"):
        return min(step / steps, 1.0)
    if seconds := budget.get("seconds"):
        return min(elapsed_s / seconds, 1.0)
    return None


def _losses(path: Path) -> Iterator[dict[str, str]]:
    """Whole lines; the last one may still be on its way."""
    try:
        text = path.read_text("utf-8")
    except OSError:
        return
    yield from csv.DictReader(text[: text.rfind("\n") + 1].splitlines())


def _record(run: Path) -> dict[str, Any]:
    """The run's record; nothing where there is none yet."""
    try:
        stored = json.loads((run / RUN).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _began(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return time.time()


def _tail(path: Path) -> str:
    """The end of what a command said."""
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - TAIL_BYTES, 0))
            return file.read().decode("utf-8", "replace").strip()
    except OSError:
        return ""
