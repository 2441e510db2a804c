from __future__ import annotations

import pytest
import torch
from torch import nn

from polyclinic.errors import CheckpointError, TrainingError
from polyclinic.training.optimizer import Average, make_optimizer, optimizer_tensors, restore_optimizer, trainable
from polyclinic.training.stages import Stage

STAGE = Stage("s", steps=1, batch=1, learning_rate=0.1, weight_decay=0.3)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(3, 2)
        self.norm = nn.LayerNorm(2)
        self.head = nn.Linear(2, 3)
        self.head.weight = self.words.weight
        self.out = nn.Linear(3, 1)


def everything(model: nn.Module) -> frozenset[str]:
    return frozenset(name for name, _ in model.named_parameters())


def test_only_matrices_that_are_no_embeddings_decay() -> None:
    model = Net()
    optimizer = make_optimizer(model, trainable(model, STAGE, everything(model)), STAGE)
    decays = {id(p) for group in optimizer.param_groups if group["weight_decay"] for p in group["params"]}
    assert decays == {id(model.out.weight)}
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(everything(model))


def test_a_stage_narrows_what_is_trained_and_the_next_widens_it() -> None:
    model = Net()
    always = everything(model) - {"norm.weight"}
    head = Stage("h", steps=1, batch=1, learning_rate=1.0, trainable=lambda m: [m.out.weight, m.norm.weight])
    assert trainable(model, head, always).keys() == {"out.weight", "norm.weight"}
    assert not model.words.weight.requires_grad
    assert model.norm.weight.requires_grad
    assert trainable(model, STAGE, always).keys() == always
    assert model.words.weight.requires_grad
    assert not model.norm.weight.requires_grad


def test_a_stage_without_parameters_is_refused() -> None:
    nothing = Stage("n", steps=1, batch=1, learning_rate=1.0, trainable=lambda m: [])
    with pytest.raises(TrainingError, match="'n' has no parameter"):
        trainable(Net(), nothing, frozenset())


def step(model: Net, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    model.out(model.head(model.norm(model.words(torch.tensor([0, 2]))))).square().sum().backward()
    optimizer.step()


def test_restored_state_makes_the_same_step() -> None:
    torch.manual_seed(0)
    model, copy = Net(), Net()
    named = trainable(model, STAGE, everything(model))
    optimizer = make_optimizer(model, named, STAGE)
    step(model, optimizer)
    copy.load_state_dict(model.state_dict())
    kept = {name: value.clone() for name, value in optimizer_tensors(optimizer, named).items()}
    again = trainable(copy, STAGE, everything(copy))
    second = make_optimizer(copy, again, STAGE)
    restore_optimizer(second, again, kept)
    step(model, optimizer)
    step(copy, second)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), copy.parameters(), strict=True))
    with pytest.raises(CheckpointError, match="gone"):
        restore_optimizer(second, again, {"gone/step": torch.tensor(1.0)})


def test_average_starts_short_and_ends_at_its_decay() -> None:
    weights = {"w": torch.tensor([0.0]), "n": torch.tensor([1])}
    average = Average(weights, decay=0.5)
    weights["w"] = torch.tensor([1.0])
    average.update(weights, number=0)  # decay (1 + 0) / (10 + 0): 0.1 of the old, 0.9 of the new
    assert average.tensors["w"].item() == pytest.approx(0.9)
    average.update({"w": torch.tensor([2.9])}, number=1000)
    assert average.tensors["w"].item() == pytest.approx(1.9)
    average.copy_to(weights)
    assert weights["w"].item() == pytest.approx(1.9)
    assert weights["n"].item() == 1
