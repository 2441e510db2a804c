"""Encoding in chunks gives what encoding at once gives."""

import pytest
import torch
from torch import Tensor, nn

from polyclinic.objectives.memory import in_chunks


class Counted(nn.Module):
    """Two layers that share their weights, and the most rows that it has seen at once."""

    def __init__(self, drop: float = 0.0) -> None:
        super().__init__()
        self.layer, self.drop, self.most = nn.Linear(4, 4).double(), nn.Dropout(drop), 0

    def forward(self, rows: Tensor) -> Tensor:
        self.most = max(self.most, len(rows))
        return self.layer(self.drop(self.layer(rows).tanh()))


@pytest.mark.parametrize("size", [1, 3, 7, None])
def test_value_and_gradient_with_shared_weights(size: int | None) -> None:
    torch.manual_seed(0)
    model, rows = Counted(), torch.randn(7, 4, dtype=torch.float64)
    found = []
    for chunk in (None, size):
        model.zero_grad()
        model.most = 0
        out = in_chunks(model, rows, chunk)
        (out @ out.T).logsumexp(1).sum().backward()
        found.append((out.detach(), model.layer.weight.grad.clone()))
    torch.testing.assert_close(found[0], found[1])
    assert model.most == (size or 7)


def test_dropout_is_repeated_on_the_way_back() -> None:
    torch.manual_seed(0)
    model, rows = Counted(0.5), torch.randn(6, 4, dtype=torch.float64)
    start = torch.get_rng_state()
    in_chunks(model, rows, 3).square().sum().backward()
    chunked = model.layer.weight.grad.clone()
    model.zero_grad()
    torch.set_rng_state(start)
    torch.cat([model(rows[:3]), model(rows[3:])]).square().sum().backward()
    torch.testing.assert_close(chunked, model.layer.weight.grad)


def test_what_is_kept_between_the_ways_falls() -> None:
    model, rows = Counted(), torch.randn(64, 4, dtype=torch.float64)
    kept = []
    for size in (None, 8):
        held = []
        with torch.autograd.graph.saved_tensors_hooks(lambda t, held=held: held.append(t.numel()) or t, lambda t: t):
            in_chunks(model, rows, size)
        kept.append(sum(held))
    assert kept[1] < kept[0] / 2
