from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from polyclinic.errors import TrainingError
from polyclinic.training.stage_run import StageRun
from polyclinic.training.stages import Stage
from polyclinic.training.team import Team

NAMES = frozenset({"weight"})


class Line(nn.Module):
    """loss = mean of w x."""

    def __init__(self, name: str = "loss") -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.name = name

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        return {self.name: (self.weight * batch["x"]).mean()}


class Numbers:
    """Batches of two: (1, 2), (3, 4), ..."""

    def __init__(self) -> None:
        self.waited_s = 0.0
        self._batches: Iterator[float] = iter(range(1, 100, 2))

    def next(self) -> dict[str, Tensor]:
        first = float(next(self._batches))
        return {"x": torch.tensor([first, first + 1])}

    def close(self) -> None:
        pass


def begin(model: nn.Module, **known: Any) -> StageRun:
    stage = Stage("s", **({"steps": 1, "batch": 2, "learning_rate": 1.0} | known))
    return StageRun(Team(), model, stage, NAMES, Numbers, None)  # type: ignore[arg-type]


def gradient(model: Line) -> float:
    assert model.weight.grad is not None
    return model.weight.grad.item()


def test_accumulated_batches_are_one_large_batch() -> None:
    model = Line()
    begin(model, accumulate=2).gradients(seed=0)
    assert gradient(model) == pytest.approx(2.5)  # mean of 1, 2, 3, 4


def test_gradients_are_clipped() -> None:
    model = Line()
    run = begin(model, clip=0.5)
    run.gradients(seed=0)
    assert run.update(1.0, loss=0.0, stage_step=0)
    assert gradient(model) == pytest.approx(0.5)


def test_the_first_step_of_adam_is_the_rate() -> None:
    model = Line()
    run = begin(model)
    run.gradients(seed=0)
    run.update(0.25, loss=0.0, stage_step=0)
    assert model.weight.item() == pytest.approx(-0.25)


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_weights_stay_where_the_loss_is_not_finite(loss: float) -> None:
    model = Line()
    run = begin(model)
    run.gradients(seed=0)
    assert not run.update(1.0, loss=loss, stage_step=0)
    model.weight.grad = torch.tensor([float("nan")])
    assert not run.update(1.0, loss=0.0, stage_step=0)
    assert model.weight.item() == 0.0


def test_the_average_becomes_the_weights_at_the_end() -> None:
    model = Line()
    run = begin(model, ema=0.99)
    run.gradients(seed=0)
    run.update(1.0, loss=0.0, stage_step=0)
    assert model.weight.item() == pytest.approx(-1.0)
    assert run.average_tensors()["weight"].item() == pytest.approx(-0.9)
    run.finish()
    assert model.weight.item() == pytest.approx(-0.9)


def test_a_model_without_a_loss_is_an_error() -> None:
    with pytest.raises(TrainingError, match=r"no loss named 'loss', only \['cost'\]"):
        begin(Line("cost")).gradients(seed=0)
