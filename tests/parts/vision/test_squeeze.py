"""Channels weighed by what all of them hold."""

import pytest
import torch

from polyclinic.parts.vision.squeeze import SqueezeExcitation


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4)])
def test_it_is_what_is_written_out(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    weigh = SqueezeExcitation(width=6, narrow=2)
    x = torch.randn(2, 6, *shape)
    made = weigh(x)
    for item in range(2):
        mean = torch.stack([x[item, channel].mean() for channel in range(6)])
        factor = torch.sigmoid(weigh.excite.weight @ (weigh.squeeze.weight @ mean).clamp(min=0))
        expected = torch.stack([x[item, channel] * factor[channel] for channel in range(6)])
        torch.testing.assert_close(made[item], expected, atol=1e-5, rtol=1e-5)
