"""A feed-forward layer that also looks at each place's neighbours, and so knows where places are."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class MixedFeedForward(nn.Module):
    """Widen, add a 3 x 3 convolution of each channel, norm, activate, narrow.

    Args:
        width: of the places.
        hidden: width inside.

    Source:
        arXiv 2105.15203, section 3.1 (Mix-FFN), with the shortcut and norm of arXiv 2109.07162, section 3.2.
    """

    def __init__(self, *, width: int, hidden: int) -> None:
        super().__init__()
        self.widen = nn.Linear(width, hidden)
        self.around = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.norm = nn.LayerNorm(hidden)
        self.narrow = nn.Linear(hidden, width)

    def forward(self, x_BYXE: Tensor) -> Tensor:
        """The same shape."""
        wide_BYXE = self.widen(x_BYXE)
        around_BYXE = self.around(wide_BYXE.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.narrow(F.gelu(self.norm(wide_BYXE + around_BYXE)))
