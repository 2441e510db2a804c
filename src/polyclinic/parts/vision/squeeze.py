"""Channels of a map weighed by what all channels hold on average."""

from __future__ import annotations

from torch import Tensor, nn


class SqueezeExcitation(nn.Module):
    """Each channel times a factor between 0 and 1, the same at all places.

    Args:
        width: channels.
        narrow: width between the two layers that give the factors.

    Source:
        arXiv 1709.01507, section 3, without biases.
    """

    def __init__(self, *, width: int, narrow: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(width, narrow, bias=False)
        self.excite = nn.Linear(narrow, width, bias=False)

    def forward(self, x_BEX: Tensor) -> Tensor:
        """The same shape, in any number of dimensions."""
        factor_BE = self.excite(self.squeeze(x_BEX.flatten(2).mean(2)).relu()).sigmoid()
        return x_BEX * factor_BE.unflatten(1, (-1, *[1] * (x_BEX.ndim - 2)))
