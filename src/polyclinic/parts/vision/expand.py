"""The way back to finer maps of transformers: each place becomes several."""

from __future__ import annotations

from torch import Tensor, nn


class PatchExpand(nn.Module):
    """Each place of a map (B, Y, X, E) becomes `factor` x `factor` places that are `width_out` wide, and normed.

    Source:
        arXiv 2105.05537, section 3.5.
    """

    def __init__(self, *, width: int, factor: int, width_out: int) -> None:
        super().__init__()
        self.factor = factor
        self.expand = nn.Linear(width, factor**2 * width_out, bias=False)
        self.norm = nn.LayerNorm(width_out)

    def forward(self, x_BYXE: Tensor) -> Tensor:
        """Sides times `factor`."""
        fine = self.expand(x_BYXE).unflatten(3, (self.factor, self.factor, -1))
        return self.norm(fine.permute(0, 1, 3, 2, 4, 5).flatten(1, 2).flatten(2, 3))
