"""The selective scan beside one that goes token by token, and what a fresh mixer starts from."""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from polyclinic.parts.sequence import selective
from polyclinic.parts.sequence.selective import SelectiveMixer, first_steps, rank_of, selective_scan


def close(one: Tensor | None, other: Tensor | None) -> None:
    assert one is not None
    assert other is not None
    assert (one - other).abs().max() <= 1e-5 * max(1, other.abs().max().item())


def one_by_one(x_BLE: Tensor, step_BLE: Tensor, rate_EN: Tensor, in_BLGN: Tensor, out_BLGN: Tensor) -> Tensor:
    """Algorithm 2 of the paper as a loop, each channel with the terms of its group."""
    each = x_BLE.shape[2] // in_BLGN.shape[2]
    in_BLEN, out_BLEN = (terms.repeat_interleave(each, 2) for terms in (in_BLGN, out_BLGN))
    state_BEN = torch.zeros(len(x_BLE), *rate_EN.shape)
    read = []
    for t in range(x_BLE.shape[1]):
        decay_BEN = (step_BLE[:, t, :, None] * rate_EN).exp()
        state_BEN = decay_BEN * state_BEN + step_BLE[:, t, :, None] * in_BLEN[:, t] * x_BLE[:, t, :, None]
        read.append((out_BLEN[:, t] * state_BEN).sum(-1))
    return torch.stack(read, 1)


def drawn(length: int, groups: int = 2) -> list[Tensor]:
    torch.manual_seed(length)
    terms = [torch.randn(2, length, groups, 4) for _ in range(2)]
    made = [torch.randn(2, length, 6), torch.rand(2, length, 6), -4 * torch.rand(6, 4), *terms]
    return [each.requires_grad_() for each in made]


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of 16 tokens, so that several are needed and recomputed."""
    monkeypatch.setattr(selective, "AT_ONCE", 16)


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("length", [1, 16, 50])
@pytest.mark.parametrize("groups", [1, 2])
def test_it_is_the_scan_one_by_one(length: int, groups: int) -> None:
    ours, plain = drawn(length, groups), drawn(length, groups)
    close(selective_scan(*ours), one_by_one(*plain))
    selective_scan(*ours).square().sum().backward()
    one_by_one(*plain).square().sum().backward()
    for one, other in zip(ours, plain, strict=True):
        close(one.grad, other.grad)


@pytest.mark.usefixtures("pieces")
def test_only_the_states_of_one_piece_are_kept() -> None:
    held: list[int] = []

    def pack(saved: Tensor) -> Tensor:
        held.append(saved.numel())
        return saved

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda saved: saved):
        selective_scan(*drawn(64))
    assert max(held) < 2 * 64 * 6 * 4  # no tensor of all states


def test_the_fused_kernel_gets_what_it_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels before tokens, and back: a stand-in that turns them round again and goes one by one."""

    def kernel(x_BEL: Tensor, step_BEL: Tensor, rate_EN: Tensor, in_BGNL: Tensor, out_BGNL: Tensor) -> Tensor:
        terms = [each.permute(0, 3, 1, 2) for each in (in_BGNL, out_BGNL)]
        return one_by_one(x_BEL.transpose(1, 2), step_BEL.transpose(1, 2), rate_EN, *terms).transpose(1, 2)

    given = drawn(7)
    close(selective._by(kernel, *given), one_by_one(*given))


def test_the_fused_kernel_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def kernel(*_: Any) -> Tensor:
        return torch.zeros(())

    selective._fused.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert selective._fused() is None
    selective._fused.cache_clear()
    inside = ModuleType("mamba_ssm.ops.selective_scan_interface")
    inside.selective_scan_fn = kernel  # type: ignore[attr-defined]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setitem(sys.modules, "mamba_ssm", ModuleType("mamba_ssm"))
    monkeypatch.setitem(sys.modules, "mamba_ssm.ops", ModuleType("mamba_ssm.ops"))
    monkeypatch.setitem(sys.modules, inside.__name__, inside)
    assert selective._fused() is kernel


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    selective._fused.cache_clear()


def test_a_mixer_depends_on_its_tokens() -> None:
    """With the terms of tokens the answer to twice the input is not twice the answer: it selects."""
    torch.manual_seed(0)
    mixer = SelectiveMixer(width=8, states=4, rank=2)
    x = torch.randn(1, 12, 8)
    assert not torch.allclose(mixer(2 * x), 2 * mixer(x), atol=1e-3)
    changed = x.clone()
    changed[:, 6] += 1
    moved = (mixer(changed) - mixer(x)).abs().amax((0, 2))
    assert not moved[:6].any()
    assert (moved[6:] > 0).all()


def test_routes_have_parameters_of_their_own() -> None:
    torch.manual_seed(0)
    both = SelectiveMixer(width=8, states=4, rank=2, routes=2)
    x = torch.randn(3, 10, 8)
    first, second = both(torch.cat([x, x], 2)).chunk(2, 2)
    assert not torch.allclose(first, second, atol=1e-3)
    alone = SelectiveMixer(width=8, states=4, rank=2)
    with torch.no_grad():
        for own, shared in zip(alone.parameters(), both.parameters(), strict=True):
            own.copy_(shared[len(shared) // 2 :])
    torch.testing.assert_close(alone(x), second)


def test_a_mixer_is_what_the_paper_writes() -> None:
    torch.manual_seed(0)
    mixer = SelectiveMixer(width=8, states=4, rank=2)
    x = torch.randn(2, 9, 8)
    narrow, into, out = (x @ mixer.terms[0].T).split([2, 4, 4], -1)
    step = F.softplus(narrow @ mixer.step[0].T + mixer.step_bias[0])
    y = one_by_one(x, step, -mixer.log_rate.exp(), into[:, :, None], out[:, :, None]) + mixer.skip * x
    close(mixer(x), y)


def test_it_starts_as_published() -> None:
    torch.manual_seed(0)
    mixer = SelectiveMixer(width=64, states=5, rank=rank_of(32))
    torch.testing.assert_close(-mixer.log_rate.exp(), -torch.arange(1.0, 6).repeat(64, 1))
    step = F.softplus(first_steps(1000))
    assert 1e-3 <= step.min() * 1.001
    assert step.max() <= 0.1001
    assert [rank_of(width) for width in (16, 17, 96)] == [1, 2, 6]
