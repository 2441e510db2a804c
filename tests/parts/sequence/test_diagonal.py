"""State spaces that treat tokens alike: convolution and recurrence agree, and neither selects."""

import pytest
import torch
from torch import Tensor

from polyclinic.parts.sequence.diagonal import DiagonalMixer, JointMixer


def close(one: Tensor | None, other: Tensor | None) -> None:
    assert one is not None
    assert other is not None
    assert (one - other).abs().max() <= 1e-5 * max(1, other.abs().max().item())


def stepwise(mixer: DiagonalMixer, x_BLE: Tensor) -> Tensor:
    """Zero-order hold written out, token by token."""
    rate = torch.complex(-mixer.log_decay.exp(), mixer.turn)
    decay = (rate * mixer.log_step.exp()[:, None]).exp()
    into = (decay - 1) / rate
    state = torch.zeros(len(x_BLE), *rate.shape, dtype=torch.complex64)
    read = []
    for t in range(x_BLE.shape[1]):
        state = decay * state + into * x_BLE[:, t, :, None]
        read.append(2 * (torch.view_as_complex(mixer.out) * state).sum(-1).real + mixer.skip * x_BLE[:, t])
    return torch.stack(read, 1)


def joint_stepwise(mixer: JointMixer, x_BLE: Tensor) -> Tensor:
    rate = torch.complex(-mixer.log_decay.exp(), mixer.turn)
    decay = (rate * mixer.log_step.exp()).exp()
    enter = torch.view_as_complex(mixer.enter) * ((decay - 1) / rate)[:, None]
    state = torch.zeros(len(x_BLE), len(rate), dtype=torch.complex64)
    read = []
    for t in range(x_BLE.shape[1]):
        state = decay * state + x_BLE[:, t].to(torch.complex64) @ enter.T
        read.append(2 * (state @ torch.view_as_complex(mixer.out).T).real + mixer.skip * x_BLE[:, t])
    return torch.stack(read, 1)


def gradients(mixer: torch.nn.Module, y: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(y.square().sum(), list(mixer.parameters())))


@pytest.mark.parametrize("length", [1, 6, 33])
def test_the_convolution_is_the_recurrence(length: int) -> None:
    torch.manual_seed(0)
    mixer, x = DiagonalMixer(width=5, states=4), torch.randn(2, length, 5)
    ours, plain = mixer(x), stepwise(mixer, x)
    close(ours, plain)
    for one, other in zip(gradients(mixer, ours), gradients(mixer, plain), strict=True):
        close(one, other)


@pytest.mark.parametrize("length", [1, 6, 33])
def test_the_scan_is_the_recurrence(length: int) -> None:
    torch.manual_seed(0)
    mixer, x = JointMixer(width=5, states=4), torch.randn(2, length, 5)
    ours, plain = mixer(x), joint_stepwise(mixer, x)
    close(ours, plain)
    for one, other in zip(gradients(mixer, ours), gradients(mixer, plain), strict=True):
        close(one, other)


@pytest.mark.parametrize("kind", [DiagonalMixer, JointMixer])
def test_they_treat_all_tokens_alike(kind: type[DiagonalMixer] | type[JointMixer]) -> None:
    torch.manual_seed(0)
    mixer, x = kind(width=5, states=4), torch.randn(2, 12, 5)
    close(mixer(2 * x), 2 * mixer(x))
    later = torch.cat([torch.zeros(2, 3, 5), x], 1)
    close(mixer(later)[:, 3:], mixer(x))


def test_channels_meet_in_one_and_not_in_the_other() -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 9, 5)
    changed = x.clone()
    changed[..., 0] += 1
    apart, joint = DiagonalMixer(width=5, states=4), JointMixer(width=5, states=4)
    assert torch.allclose(apart(changed)[..., 1:], apart(x)[..., 1:], atol=1e-5)
    assert not torch.allclose(joint(changed)[..., 1:], joint(x)[..., 1:], atol=1e-3)
