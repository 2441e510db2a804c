"""A model that is served: its queue, the joining of requests, and what becomes of them when its worker fails.

There is no waiting for more requests to join: whatever came while the worker was busy is its next batch.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from polyclinic.errors import PolyclinicError
from polyclinic.serving.jobs import Job, Json
from polyclinic.serving.metrics import Metrics
from polyclinic.serving.notice import Notice
from polyclinic.serving.refusals import BAD_CALL, UNPROCESSABLE, RefusedError
from polyclinic.serving.settings import Settings
from polyclinic.serving.workers import Worker, WorkerDiedError, WorkerStuckError

STATUS_OF = {"request": UNPROCESSABLE, "unsupported": BAD_CALL, "failure": 500}
LONGEST_RETRY_S = 60


@dataclass(eq=False)
class Waiting:
    """A job in the queue."""

    job: Job
    outcome: asyncio.Future[Json]
    deadline: float


class Served:
    """One model behind a bounded queue; all methods but `start` belong to the event loop."""

    def __init__(self, name: str, worker: Worker, *, notice: Notice, settings: Settings, metrics: Metrics) -> None:
        self.name = name
        self.worker = worker
        self.notice = notice
        self.settings = settings
        self.metrics = metrics
        self.verbs: list[str] = []
        self._waiting: deque[Waiting] = deque()
        self._pump: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"worker-{name}")
        self._seconds_a_batch = 0.1
        metrics.watch_queue(name, self._waiting.__len__)

    def start(self) -> None:
        """Load the model; it may take its time."""
        self.verbs = self.worker.start()

    def stop(self) -> None:
        """End the worker."""
        self.worker.stop()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def ask(self, job: Job) -> Any:
        """The result of one job.

        Raises:
            RefusedError: the queue is full, the deadline passed, the request was wrong, or the worker died of it.
        """
        if len(self._waiting) >= self.settings.queue:
            raise RefusedError(
                f"{self.name} has {len(self._waiting)} requests waiting",
                status=429,
                hint="ask again after Retry-After",
                retry_after_s=self._retry_after_s(),
            )
        loop = asyncio.get_running_loop()
        waiting = Waiting(job, loop.create_future(), time.monotonic() + self.settings.deadline_s)
        self._waiting.append(waiting)
        if self._pump is None or self._pump.done():
            self._pump = loop.create_task(self._empty_queue())
        try:
            async with asyncio.timeout(self.settings.deadline_s):
                outcome = await waiting.outcome
        except TimeoutError as error:
            raise self._late() from error
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
        return _result(outcome)

    def _retry_after_s(self) -> int:
        batches = math.ceil(len(self._waiting) / self.settings.batch)
        return min(max(math.ceil(batches * self._seconds_a_batch), 1), LONGEST_RETRY_S)

    def _late(self) -> RefusedError:
        return RefusedError(f"{self.name} gave no answer within {self.settings.deadline_s:g} s", status=504)

    async def _empty_queue(self) -> None:
        while batch := self._next_batch():
            await self._run(batch)

    def _next_batch(self) -> list[Waiting]:
        """The first in the queue, with those of its group, in order."""
        batch: list[Waiting] = []
        for waiting in list(self._waiting):
            if len(batch) < self.settings.batch and (not batch or waiting.job.group == batch[0].job.group):
                batch.append(waiting)
                self._waiting.remove(waiting)
        return batch

    async def _run(self, batch: list[Waiting]) -> None:
        """Run a batch; one that kills its worker is run again one by one, so that only the cause is lost."""
        batch = [waiting for waiting in batch if not waiting.outcome.done()]
        if not batch:
            return
        began = time.monotonic()
        left = max(max(waiting.deadline for waiting in batch) - began, 0.01)
        loop = asyncio.get_running_loop()
        try:
            jobs = [waiting.job for waiting in batch]
            outcomes = await loop.run_in_executor(self._thread, self.worker.run, jobs, left)
        except WorkerDiedError:
            self.metrics.count_crash(self.name)
            await self._after_death(batch)
        except WorkerStuckError:
            self.metrics.count_crash(self.name)
            _fail(batch, self._late())
        except PolyclinicError as error:
            _fail(batch, RefusedError(f"{self.name} cannot be started: {error}", status=503, hint=error.hint))
        except Exception as error:  # a bug here must not leave requests without an answer
            _fail(batch, RefusedError(f"the server failed ({type(error).__name__})", status=500))
        else:
            self._seconds_a_batch = 0.8 * self._seconds_a_batch + 0.2 * (time.monotonic() - began)
            self.metrics.count_batch(self.name, jobs[0].verb, len(batch))
            for waiting, outcome in zip(batch, outcomes, strict=True):
                if not waiting.outcome.done():
                    waiting.outcome.set_result(outcome)

    async def _after_death(self, batch: list[Waiting]) -> None:
        if len(batch) == 1:
            hint = "its model was started anew; this request alone was lost"
            _fail(batch, RefusedError(f"{self.name} died of this request", status=500, hint=hint))
            return
        for waiting in batch:
            await self._run([waiting])


def _result(outcome: Json) -> Any:
    if error := outcome.get("error"):
        raise RefusedError(error["message"], status=STATUS_OF[error["kind"]], hint=error["hint"])
    return outcome["result"]


def _fail(batch: list[Waiting], refusal: RefusedError) -> None:
    for waiting in batch:
        if not waiting.outcome.done():
            waiting.outcome.set_exception(refusal)
