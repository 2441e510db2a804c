"""One stage being trained: its parameters, optimizer, averaged weights and batches, and how a step is made."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping

import torch
from accelerate.utils import send_to_device
from torch import Tensor, nn

from polyclinic.errors import TrainingError
from polyclinic.training.checkpoint import Checkpoint, copy_tensors, live_tensors
from polyclinic.training.loader import Feed
from polyclinic.training.optimizer import Average, make_optimizer, optimizer_tensors, restore_optimizer, trainable
from polyclinic.training.stages import Stage
from polyclinic.training.team import Team


class StageRun:
    """A stage in training.

    Args:
        always: names of the parameters that require a gradient before any stage narrows them.
        open_feed: gives the stage's batches; called before its first step.
        stored: what a checkpoint holds of this stage, to go on from.
    """

    def __init__(
        self,
        team: Team,
        model: nn.Module,
        stage: Stage,
        always: frozenset[str],
        open_feed: Callable[[], Feed],
        stored: Checkpoint | None,
    ) -> None:
        self.stage = stage
        self._team, self._model, self._open_feed = team, model, open_feed
        self._parameters = trainable(model, stage, always)
        self._wrapped = team.accelerator.prepare_model(model.train())
        self._optimizer = make_optimizer(model, self._parameters, stage)
        self._average = Average(live_tensors(model), stage.ema) if stage.ema is not None else None
        self._feed: Feed | None = None
        self._closed = False
        if stored is not None:
            restore_optimizer(self._optimizer, self._parameters, stored.optimizer)
            if self._average is not None and stored.average:
                copy_tensors(self._average.tensors, stored.average)

    @property
    def samples(self) -> int:
        """Samples that one step learns from, over all processes."""
        return self.stage.batch * self.stage.accumulate

    @property
    def waited_s(self) -> float:
        """Seconds that this stage has waited for data."""
        return self._feed.waited_s if self._feed is not None else 0.0

    def optimizer_tensors(self) -> dict[str, Tensor]:
        """For a checkpoint."""
        return optimizer_tensors(self._optimizer, self._parameters)

    def average_tensors(self) -> Mapping[str, Tensor]:
        """For a checkpoint; empty where the stage keeps no average."""
        return self._average.tensors if self._average is not None else {}

    def gradients(self, seed: int) -> dict[str, float]:
        """Forward and backward over the step's batches.

        Args:
            seed: for dropout and the like, of this step and process.

        Returns:
            The losses, mean over the batches of this process.

        Raises:
            TrainingError: the model gives no `loss`, or a worker fails.
        """
        self._feed = self._feed or self._open_feed()
        torch.manual_seed(seed)
        self._optimizer.zero_grad(set_to_none=True)
        sums: dict[str, float] = {}
        for number in range(self.stage.accumulate):
            batch = send_to_device(self._feed.next(), self._team.device, non_blocking=True)
            waits = number + 1 < self.stage.accumulate
            with self._team.accelerator.no_sync(self._wrapped) if waits else contextlib.nullcontext():
                losses = self._wrapped(batch)
                if "loss" not in losses:
                    raise TrainingError(f"the model gives no loss named 'loss', only {sorted(losses)}")
                self._team.accelerator.backward(losses["loss"] / self.stage.accumulate)
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach()) / self.stage.accumulate
        return sums

    def update(self, rate: float, loss: float, stage_step: int) -> bool:
        """Change the weights, unless the loss or the gradient is not finite.

        Args:
            loss: mean over the processes, so that all decide alike.

        Returns:
            Whether the weights were changed.
        """
        norm = torch.nn.utils.clip_grad_norm_(self._parameters.values(), self.stage.clip)
        if not (math.isfinite(loss) and math.isfinite(float(norm))):
            return False
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        if self._average is not None:
            self._average.update(live_tensors(self._model), stage_step)
        return True

    def finish(self) -> None:
        """End the stage: the averaged weights, where it keeps them, become the model's."""
        self.close()
        if self._average is not None:
            self._average.copy_to(live_tensors(self._model))

    def close(self) -> None:
        """Let go of loader processes and wrappers; once is enough."""
        if self._closed:
            return
        self._closed = True
        if self._feed is not None:
            self._feed.close()
        self._optimizer.zero_grad(set_to_none=True)
        self._team.accelerator.unwrap_model(self._wrapped, keep_fp32_wrapper=False)
        self._team.accelerator.free_memory()
