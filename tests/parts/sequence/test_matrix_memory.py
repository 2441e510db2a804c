"""The matrix memory in chunks beside the one that goes token by token, and beside the paper's parallel form."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from polyclinic.parts.sequence.matrix_memory import matrix_memory


def close(one: Tensor | None, other: Tensor | None) -> None:
    assert one is not None
    assert other is not None
    assert (one - other).abs().max() <= 1e-5 * max(1, other.abs().max().item())


def one_by_one(query: Tensor, key: Tensor, value: Tensor, write: Tensor, keep: Tensor) -> Tensor:
    """Equations 19 to 27 with the stabilised gates of the appendix."""
    key = key * key.shape[-1] ** -0.5
    memory = torch.zeros(*key.shape[:2], value.shape[-1], key.shape[-1])
    count, most = torch.zeros_like(key[:, :, 0]), torch.zeros(key.shape[:2])
    read = []
    for t in range(query.shape[2]):
        forget = F.logsigmoid(keep[..., t])
        now = torch.maximum(forget + most, write[..., t])
        i, f = (write[..., t] - now).exp(), (forget + most - now).exp()
        written = value[:, :, t, :, None] * key[:, :, t, None, :]
        memory = f[..., None, None] * memory + i[..., None, None] * written
        count, most = f[..., None] * count + i[..., None] * key[:, :, t], now
        asked = query[:, :, t]
        scale = torch.maximum((count * asked).sum(-1).abs(), (-most).exp()) + 1e-6
        read.append((memory @ asked[..., None])[..., 0] / scale[..., None])
    return torch.stack(read, 2)


def in_parallel(query: Tensor, key: Tensor, value: Tensor, write: Tensor, keep: Tensor) -> Tensor:
    """The paper's parallel form: all tokens at once."""
    total = F.logsigmoid(keep).cumsum(-1)
    log = total[..., :, None] - total[..., None, :] + write[..., None, :]
    log = log.masked_fill(torch.ones_like(log[0, 0]).triu(1).bool(), -torch.inf)
    most = log.amax(-1)
    seen = query @ key.transpose(-1, -2) * key.shape[-1] ** -0.5 * (log - most[..., None]).exp()
    scale = torch.maximum(seen.sum(-1).abs(), (-most).exp())
    return (seen / (scale[..., None] + 1e-6)) @ value


def drawn(length: int, spread: float = 1.0) -> list[Tensor]:
    torch.manual_seed(length)
    tokens = [torch.randn(2, 3, length, 4) for _ in range(3)]
    gates = [spread * torch.randn(2, 3, length) for _ in range(2)]
    return [each.requires_grad_() for each in (*tokens, *gates)]


@pytest.mark.parametrize("length", [1, 8, 21])
@pytest.mark.parametrize("plain", [one_by_one, in_parallel])
def test_chunks_are_the_recurrence(length: int, plain: type) -> None:
    ours, theirs = drawn(length), drawn(length)
    mine, other = matrix_memory(*ours, chunk=8), plain(*theirs)
    close(mine, other)
    mine.square().sum().backward()
    other.square().sum().backward()
    for one, two in zip(ours, theirs, strict=True):
        close(one.grad, two.grad)


def test_it_does_not_depend_on_the_chunk() -> None:
    given = drawn(50)
    for chunk in (1, 7, 64):
        close(matrix_memory(*given, chunk=chunk), matrix_memory(*given, chunk=50))


def test_gates_of_any_size_stay_in_range() -> None:
    """Gates of a hundred, whose exponentials no number holds: values stay within those written."""
    given = drawn(40, spread=100.0)
    read = matrix_memory(*given, chunk=8)
    read.sum().backward()
    assert torch.isfinite(read).all()
    assert all(each.grad is not None and torch.isfinite(each.grad).all() for each in given)


def test_a_closed_gate_forgets() -> None:
    query, key, value, write, keep = (each.detach() for each in drawn(20))
    changed = value.clone()
    changed[:, :, :10] += 1
    keep[..., 10] = -100
    before, after = (matrix_memory(query, key, v, write, keep, chunk=8) for v in (value, changed))
    torch.testing.assert_close(before[:, :, 10:], after[:, :, 10:])
    keep[..., 10] = 5
    before, after = (matrix_memory(query, key, v, write, keep, chunk=8) for v in (value, changed))
    assert not torch.allclose(before[:, :, 10:], after[:, :, 10:], atol=1e-3)
