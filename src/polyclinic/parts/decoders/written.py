"""Heads that are written: what is known of a class and of the image gives the weights of the layers that draw it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

LAYERS = 3


class WrittenHeads(nn.Module):
    """For each class three layers of one pixel, whose weights come from its text and from the coarsest map.

    Args:
        width_image: of the coarsest map; a multiple of `groups`.
        width_text: of the classes' vectors.
        width_map: of the map that is drawn from; a multiple of `groups`.
        common: width that image and text are brought to.
        narrow: channels that the written layers work in.
        groups: of the norms.
        axes: of the image, 2 or 3.

    Source:
        arXiv 2301.00785, section 3.2 (text-driven segmentor), as arXiv 2411.15576 uses it.
    """

    def __init__(
        self, *, width_image: int, width_text: int, width_map: int, common: int, narrow: int, groups: int, axes: int
    ) -> None:
        super().__init__()
        conv: Any = nn.Conv2d if axes == 2 else nn.Conv3d
        self.narrow = narrow
        self.image_norm = nn.Sequential(nn.GroupNorm(groups, width_image), nn.ReLU())
        self.image = nn.Linear(width_image, common)
        self.text = nn.Sequential(nn.Linear(width_text, common), nn.ReLU())
        self.write = nn.Linear(2 * common, (LAYERS - 1) * (narrow**2 + narrow) + narrow + 1)
        self.reduce = nn.Sequential(nn.GroupNorm(groups, width_map), nn.ReLU(), conv(width_map, narrow, 1))

    def forward(self, coarse_BEX: Tensor, map_BEX: Tensor, classes_BKT: Tensor) -> Tensor:
        """Logits (B, K, *X) at the map's resolution.

        Args:
            classes_BKT: a vector for each class, for each item its own.
        """
        seen_BE = self.image(self.image_norm(coarse_BEX).flatten(2).mean(-1))
        told_BKE = self.text(classes_BKT)
        both_BKE = torch.cat([seen_BE[:, None].expand_as(told_BKE), told_BKE], -1)
        return drawn(self.reduce(map_BEX), self.write(both_BKE), self.narrow)


def drawn(x_BCX: Tensor, written_BKP: Tensor, narrow: int) -> Tensor:
    """What layers with these weights make of a map: weights of all layers, then biases of all, for each class."""
    square, last = (LAYERS - 1) * narrow**2, narrow
    weights_BKP, biases_BKP = torch.split(written_BKP, [square + last, written_BKP.shape[-1] - square - last], -1)
    x_BCN = x_BCX.flatten(2)
    hidden = x_BCN[:, None].expand(-1, written_BKP.shape[1], -1, -1)
    for layer in range(LAYERS):
        first = layer * narrow**2
        wide = 1 if layer + 1 == LAYERS else narrow
        weight = weights_BKP[..., first : first + wide * narrow].reshape(*weights_BKP.shape[:-1], wide, narrow)
        bias = biases_BKP[..., layer * narrow : layer * narrow + wide]
        hidden = weight @ hidden + bias[..., None]
        hidden = hidden if layer + 1 == LAYERS else hidden.relu()
    return hidden[:, :, 0].reshape(*hidden.shape[:2], *x_BCX.shape[2:])
