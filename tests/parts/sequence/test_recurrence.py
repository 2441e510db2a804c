"""The recurrence beside one that goes token by token, in value and gradient, real and complex."""

import pytest
import torch
from torch import Tensor

from polyclinic.parts.sequence.recurrence import log_steps, recurrence


def close(one: Tensor | None, other: Tensor | None) -> None:
    assert one is not None
    assert other is not None
    assert (one - other).abs().max() <= 1e-5 * max(1, other.abs().max().item())


def one_by_one(decay_BLX: Tensor, given_BLX: Tensor, first_BX: Tensor | None = None) -> Tensor:
    state = torch.zeros_like(given_BLX[:, 0]) if first_BX is None else first_BX
    states = []
    for at in range(given_BLX.shape[1]):
        state = decay_BLX[:, at] * state + given_BLX[:, at]
        states.append(state)
    return torch.stack(states, 1)


def drawn(length: int, kind: torch.dtype) -> list[Tensor]:
    torch.manual_seed(length)
    decay = torch.rand(2, length, 3, 4).to(kind)
    if kind.is_complex:
        decay = decay * torch.exp(3j * torch.rand(2, length, 3, 4))
    given, first = torch.randn(2, length, 3, 4, dtype=kind), torch.randn(2, 3, 4, dtype=kind)
    return [each.detach().requires_grad_() for each in (decay, given, first)]


@pytest.mark.parametrize("length", [1, 2, 7, 16, 50, 257])
@pytest.mark.parametrize("kind", [torch.float32, torch.complex64])
def test_it_is_the_recurrence_one_by_one(length: int, kind: torch.dtype) -> None:
    ours, plain = drawn(length, kind), drawn(length, kind)
    told = torch.randn(2, length, 3, 4, dtype=kind)
    for inputs, made in ((ours, recurrence(*ours)), (plain, one_by_one(*plain))):
        (made * told).abs().square().sum().backward()
        assert all(each.grad is not None for each in inputs)
    close(recurrence(*ours), one_by_one(*plain))
    for one, other in zip(ours, plain, strict=True):
        close(one.grad, other.grad)


def test_decays_of_nothing_divide_by_nothing() -> None:
    decay, given = torch.zeros(1, 9, 2), torch.randn(1, 9, 2)
    assert torch.equal(recurrence(decay, given), given)


def test_what_is_given_is_left_as_it_was() -> None:
    decay, given = torch.rand(1, 9, 2), torch.randn(1, 9, 2)
    before = decay.clone(), given.clone()
    recurrence(decay, given)
    assert torch.equal(decay, before[0])
    assert torch.equal(given, before[1])


def test_steps_are_even_in_their_logarithm() -> None:
    torch.manual_seed(0)
    step = log_steps(4000).exp()
    assert 1e-3 <= step.min() <= step.max() <= 0.1
    assert step.log10().mean().item() == pytest.approx(-2, abs=0.03)
