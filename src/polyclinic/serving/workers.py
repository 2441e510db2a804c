"""Workers: where a model lives and is run, in a process of its own or, for tests and small tools, in this one.

A process that dies takes nothing with it but the batch that it was working on: the server holds every request, and
the next batch starts a new process. The two sides exchange JSON over a pipe, never objects.
"""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any, Protocol

from polyclinic.errors import CheckpointError, PolyclinicError
from polyclinic.serving.jobs import Job, Json, perform
from polyclinic.verbs import provided

START_SECONDS = 120.0
END_SECONDS = 5.0
Load = Callable[[], Any]


class WorkerDiedError(Exception):
    """The process ended while it worked on a batch."""


class WorkerStuckError(Exception):
    """The process did not answer in time and was ended."""


class Worker(Protocol):
    """Runs batches of one model, one at a time; called from a thread that may wait."""

    def start(self) -> list[str]:
        """Load the model unless it is there; the verbs it provides."""

    def run(self, jobs: Sequence[Job], timeout_s: float) -> list[Json]:
        """The outcome of each job.

        Raises:
            WorkerDiedError: with nothing known of the batch.
            WorkerStuckError: after `timeout_s`.
        """

    def stop(self) -> None:
        """End it."""


class InlineWorker:
    """A model in this process; it cannot be ended, and a crash takes the server with it."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def start(self) -> list[str]:
        """The verbs."""
        return provided(self.model)

    def run(self, jobs: Sequence[Job], timeout_s: float) -> list[Json]:
        """The outcome of each job."""
        return perform(self.model, jobs)

    def stop(self) -> None:
        """Nothing to do."""


class ProcessWorker:
    """A model in a process of its own, started when it is first needed and again after its death.

    Args:
        load: makes the model; a function of a module or a partial of one, as the new process imports it by name.
    """

    def __init__(self, load: Load, *, start_s: float = START_SECONDS) -> None:
        self.load = load
        self.start_s = start_s
        self.verbs: list[str] = []
        self._process: Any = None
        self._pipe: Connection | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, where one runs."""
        return self._process.pid if self._process is not None else None

    def start(self) -> list[str]:
        """Start the process unless it runs.

        Raises:
            CheckpointError: the model could not be loaded.
        """
        if self._process is not None and self._process.is_alive():
            return self.verbs
        self.stop()
        context = multiprocessing.get_context("spawn")
        self._pipe, far = context.Pipe()
        self._process = context.Process(target=_work, args=(self.load, far), daemon=True)
        self._process.start()
        far.close()
        try:
            hello = self._receive(self.start_s)
        except (WorkerDiedError, WorkerStuckError) as error:
            raise CheckpointError("the model's process did not start", hint="load it with polyclinic answer") from error
        if "error" in hello:
            self.stop()
            raise CheckpointError(hello["error"], hint=hello["hint"])
        self.verbs = hello["verbs"]
        return self.verbs

    def run(self, jobs: Sequence[Job], timeout_s: float) -> list[Json]:
        """The outcome of each job, of a process that is started if need be."""
        self.start()
        try:
            self._sending().send_bytes(json.dumps([dataclasses.asdict(job) for job in jobs]).encode())
        except OSError as error:
            self.stop()
            raise WorkerDiedError from error
        outcomes: list[Json] = self._receive(timeout_s)
        return outcomes

    def stop(self) -> None:
        """End the process, at once."""
        if self._process is not None:
            self._process.kill()
            self._process.join(END_SECONDS)
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None

    def _receive(self, timeout_s: float) -> Any:
        pipe = self._sending()
        try:
            if not pipe.poll(timeout_s):
                self.stop()
                raise WorkerStuckError
            return json.loads(pipe.recv_bytes())
        except (EOFError, OSError) as error:
            self.stop()
            raise WorkerDiedError from error

    def _sending(self) -> Connection:
        if self._pipe is None:
            raise WorkerDiedError
        return self._pipe


def _work(load: Load, pipe: Connection) -> None:
    """The process: load, say hello, then batch after batch until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends it when it has ended its requests
    try:
        model = load()
    except PolyclinicError as error:
        pipe.send_bytes(json.dumps({"error": str(error), "hint": error.hint}).encode())
        return
    pipe.send_bytes(json.dumps({"verbs": provided(model)}).encode())
    while True:
        try:
            jobs = [Job(**plain) for plain in json.loads(pipe.recv_bytes())]
        except EOFError:
            return
        pipe.send_bytes(json.dumps(perform(model, jobs)).encode())
