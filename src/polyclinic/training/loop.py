"""`fit`: from a collection to a trained model in a run folder.

Everything is a pure function of seed and step: which samples make the batch, how each is drawn, what
dropout does. A run that was killed goes on from weights, optimizer state, step and time alone, and on a
processor ends with the same weights to the bit as one that was not.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import torch

from polyclinic import registry
from polyclinic.bodies.base import View
from polyclinic.errors import CheckpointError, TrainingError
from polyclinic.store.collection import Collection
from polyclinic.study import Study
from polyclinic.training import setup
from polyclinic.training.checkpoint import Checkpoint, State, copy_tensors, live_tensors, read_newest, write
from polyclinic.training.finish import finish
from polyclinic.training.interruption import Interruption
from polyclinic.training.loader import Feed, NumberedBatches, derived_workers
from polyclinic.training.lock import locked
from polyclinic.training.meter import Meter
from polyclinic.training.options import Options, Outcome
from polyclinic.training.order import Share, step_seed
from polyclinic.training.progress import Display, Tick, display
from polyclinic.training.record import write_record
from polyclinic.training.schedule import Budget, Place, place, rate
from polyclinic.training.stage_run import StageRun
from polyclinic.training.stages import Stage
from polyclinic.training.team import Team

MOST_SKIPPED = 20
SAVING_SHARE = 0.05


def fit(system: str, collection: Collection, run: Path, options: Options | None = None) -> Outcome:
    """Train a system on a collection, or go on with a run that was stopped.

    Args:
        run: the run folder; made here.

    Raises:
        UsageError: no such system, preset or split; another process trains in the folder; the folder holds
            another run.
        TrainingError: nothing to train on, or training cannot go on.
        CheckpointError: the run folder is damaged or cannot be written.
    """
    options = options or Options()
    module = registry.load(system)
    config = setup.chosen_config(module, options)
    stages: list[Stage] = module.stages(config)
    budget = Budget.of(stages, options.steps, options.minutes)
    team = Team()
    try:
        return _fit(module, config, stages, budget, collection, run, options, team)
    finally:
        team.part()


def _fit(
    module: Any,
    config: Any,
    stages: Sequence[Stage],
    budget: Budget,
    collection: Collection,
    run: Path,
    options: Options,
    team: Team,
) -> Outcome:
    setup.check_stages(stages, team.world)
    with ExitStack() as held:
        screen = display(speaks=team.main)
        held.callback(screen.close)
        team.on_main(lambda: setup.check_folder(run))
        team.on_main(lambda: held.enter_context(locked(run)))
        record = team.on_main(lambda: setup.new_record(module.CARD.id, config, options, budget, collection))
        old = team.on_main(lambda: setup.earlier_record(run, record))
        if old is not None and old["state"] == "finished":
            return Outcome("already finished", run, old)
        whole = setup.sees_volumes(module.Model, config)
        studies = setup.material(collection, options.split, screen.note, whole=whole)
        model, record = _model(module, config, studies, options, run, team, record | (old or {}))
        training = Training(team, model, model.view(studies), stages, budget, run, options, screen, record)
        try:
            finished = training.train()
        except torch.OutOfMemoryError as error:
            raise TrainingError("the accelerator's memory is full", hint="--set batch=N with a smaller N") from error
        record = training.describe("finished" if finished else "interrupted")
        if not finished:
            return Outcome("interrupted", run, record)
        record["rank_checksums"] = team.checksums(dict(model.named_parameters()))
        training.restore_flags()
        record = team.on_main(lambda: finish(run, model.eval(), module.CARD, studies, record))
        return Outcome("finished", run, record)


def _model(
    module: Any, config: Any, studies: Sequence[Study], options: Options, run: Path, team: Team, record: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """The model at the run's start, the same in every process, and the record with what was derived."""
    reopened = team.on_main(lambda: setup.has_start(run) and "parameters" in record)
    built: list[Any] = []

    def build() -> dict[str, Any]:
        model, seconds = setup.build_start(module, config, studies, options, run)
        built.append(model)
        parameters = sum(parameter.numel() for parameter in model.parameters())
        derived = getattr(model, "derived", {})
        known = {"derived": derived, "parameters": parameters, "samples": len(studies), "state": "running"}
        made = record | known | {"timings": {"building_s": round(seconds, 2)}}
        write_record(run, made)
        return made

    if not reopened:
        record = team.on_main(build)
    return built[0] if built else setup.reopen_start(module, run), record


class Training:
    """A run in training: where it stands, and the stage it is in."""

    def __init__(
        self,
        team: Team,
        model: Any,
        view: View,
        stages: Sequence[Stage],
        budget: Budget,
        run: Path,
        options: Options,
        screen: Display,
        record: dict[str, Any],
    ) -> None:
        if len(view) == 0:
            raise TrainingError("the training view has no sample", hint="polyclinic data inspect DATA says what it has")
        self.team, self.model, self.view, self.stages, self.budget = team, model, view, stages, budget
        self.run, self.options, self.screen, self.record = run, options, screen, record
        self.always = frozenset(name for name, p in model.named_parameters() if p.requires_grad)
        self.left_out = setup.names_left_out(model, stages, self.always, run)
        stored = read_newest(run, screen.note)
        self.state = State()
        if stored is not None:
            copy_tensors(live_tensors(model, self.left_out), stored.weights)
            self.state = stored.state
            self.state.sessions += 1
            screen.note(f"going on from step {self.state.step}")
        self.began_s = time.monotonic() - self.state.elapsed_s
        self.stage = self._enter(stored)
        self.meter = Meter(run, self.state.step, writes=team.main)
        self.saved_s, self.saving_s = time.monotonic(), 0.0

    def train(self) -> bool:
        """Train until the budget is spent or a signal asks to stop.

        Returns:
            Whether it is finished; if not, a checkpoint has been written.
        """
        self.describe("running")
        if self.state.step == 0:
            self.save()
        with Interruption() as interruption:
            try:
                while (here := self._place()) is not None:
                    if here.stage != self.state.stage:
                        self._change_stage(here)
                    if self._step(here, interruption):
                        self.save()
                        return False
                    if time.monotonic() - self.saved_s > max(self.options.checkpoint_s, self.saving_s / SAVING_SHARE):
                        self.save()
                self.stage.finish()
                return True
            except BaseException:
                with suppress(CheckpointError):
                    self.describe("interrupted")
                raise
            finally:
                self.stage.close()

    def save(self) -> None:
        """Write a checkpoint, in the first process."""
        if not self.team.main:
            return
        began = time.monotonic()
        weights = live_tensors(self.model, self.left_out)
        average, optimizer = self.stage.average_tensors(), self.stage.optimizer_tensors()
        write(self.run, Checkpoint(self.state, weights, optimizer, average))
        self.saved_s = time.monotonic()
        self.saving_s = self.saved_s - began

    def describe(self, state: str) -> dict[str, Any]:
        """The record as it stands, written down in the first process."""
        timings = self.record.get("timings", {}) | {"training_s": round(self.state.elapsed_s, 2)}
        timings |= {"sessions": self.state.sessions, "samples_per_s": round(self.meter.samples_per_s, 2)}
        timings["data_wait"] = round(self.meter.wait, 3)
        known = {"state": state, "step": self.state.step, "skipped_steps": self.state.skipped}
        losses = {name: round(value, 6) for name, value in self.meter.smooth.items()}
        self.record = self.record | known | {"losses": losses, "processes": self.team.world, "timings": timings}
        if self.team.main:
            write_record(self.run, self.record)
        return self.record

    def restore_flags(self) -> None:
        """Undo what stages froze or thawed."""
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(name in self.always)

    def _place(self) -> Place | None:
        return place(self.stages, self.budget, self.state.step, self.state.elapsed_s)

    def _enter(self, stored: Checkpoint | None) -> StageRun:
        stage = self.stages[self.state.stage]
        if stored is None and stage.begin is not None:
            stage.begin(self.model)
        return StageRun(self.team, self.model, stage, self.always, self._open_feed, stored)

    def _change_stage(self, here: Place) -> None:
        self.stage.finish()
        self.state.position += self.state.stage_step * self.stage.samples
        self.state.stage, self.state.stage_step = here.stage, 0
        self.stage = self._enter(None)

    def _open_feed(self) -> Feed:
        """The current stage's batches, from the first that has not been learned from."""
        stage, here = self.stage.stage, self._place()
        share = Share(stage.batch, self.team.rank, self.team.world)
        view = self.view if stage.view is None else stage.view(self.view)
        batches = NumberedBatches(view, self.options.seed, self.state.position, share)
        first = self.state.stage_step * stage.accumulate
        left = None if here is None or here.end is None else (here.end - self.state.step) * stage.accumulate
        workers = self.options.workers
        if workers is None:
            workers = derived_workers(self.team.cores, len(view))
        pin = self.team.device.type == "cuda"
        return Feed(batches, first, None if left is None else first + left, workers=workers, pin=pin)

    def _step(self, here: Place, interruption: Interruption) -> bool:
        """One optimiser step.

        Returns:
            Whether any process was asked to stop.
        """
        state, stage, waited = self.state, self.stage, self.stage.waited_s
        own = stage.gradients(step_seed(self.options.seed, state.step, self.team.rank))
        elapsed = time.monotonic() - self.began_s
        *sums, clock, stops = self.team.total(
            [*own.values(), elapsed if self.team.main else 0.0, float(interruption.asked)]
        )
        losses = {name: value / self.team.world for name, value in zip(own, sums, strict=True)}
        learning_rate = rate(here.progress, stage.stage)
        if stage.update(learning_rate, losses["loss"], state.stage_step):
            state.skipped_in_a_row = 0
            self.meter.add(losses, stage.samples, stage.waited_s - waited)
        else:
            self._skip()
        state.step, state.stage_step, state.elapsed_s = state.step + 1, state.stage_step + 1, clock
        last = stops > 0 or self._place() is None
        self.meter.log(step=state.step, stage=stage.stage.name, elapsed_s=clock, rate=learning_rate, last=last)
        self._show()
        return stops > 0

    def _skip(self) -> None:
        self.state.skipped += 1
        self.state.skipped_in_a_row += 1
        if self.state.skipped_in_a_row > MOST_SKIPPED:
            raise TrainingError(
                f"the loss or its gradient has not been finite for {self.state.skipped_in_a_row} steps, "
                f"up to step {self.state.step}",
                hint="a lower --set learning_rate, or look for damaged pixels with polyclinic data check",
            )

    def _show(self) -> None:
        state, budget = self.state, self.budget
        if not self.meter.smooth:
            return
        if budget.steps is not None:
            done = state.step / budget.steps
            left = state.elapsed_s / state.step * (budget.steps - state.step)
        else:
            done = min(1.0, state.elapsed_s / (budget.seconds or 1.0))
            left = max(0.0, (budget.seconds or 0.0) - state.elapsed_s)
        tick = Tick(
            self.stage.stage.name, state.step, done, self.meter.smooth, self.meter.samples_per_s, self.meter.wait, left
        )
        self.screen.show(tick)
