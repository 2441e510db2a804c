"""The feed-forward layer that looks at neighbours."""

from typing import Any

import torch
from torch.nn import functional as F

from polyclinic.parts.vision.mixed_feed_forward import MixedFeedForward


def test_it_is_what_is_written_out() -> None:
    torch.manual_seed(0)
    layer = MixedFeedForward(width=4, hidden=8)
    x = torch.randn(2, 5, 6, 4)
    wide = layer.widen(x)
    padded = F.pad(wide, (0, 0, 1, 1, 1, 1))
    around: Any = layer.around
    seen = sum(padded[:, dy : dy + 5, dx : dx + 6] * around.weight[:, 0, dy, dx] for dy in range(3) for dx in range(3))
    inner = F.layer_norm(seen + around.bias + wide, (8,), layer.norm.weight, layer.norm.bias)
    torch.testing.assert_close(layer(x), layer.narrow(F.gelu(inner)), atol=1e-5, rtol=1e-5)


def test_it_reaches_one_place_and_no_further() -> None:
    torch.manual_seed(0)
    layer = MixedFeedForward(width=4, hidden=8)
    x = torch.randn(1, 7, 7, 4)
    moved = x.clone()
    moved[0, 3, 3] += 1
    changed = (layer(moved) - layer(x)).abs().amax(-1)[0] > 1e-6
    assert changed.sum() == 9
    assert changed[2:5, 2:5].all()
