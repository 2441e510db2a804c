"""Words into a map, place by place, by as much as a gate lets through."""

from __future__ import annotations

from torch import Tensor, nn

HIDDEN = -1e4


class WordGate(nn.Module):
    """Each place looks at the words; what it found is scaled, channel by channel, by a gate between -1 and 1.

    Args:
        width: of the map; `width_text` of the words.

    Source:
        arXiv 2112.02244, section 3.2 (pixel-word attention and language gate), as arXiv 2408.17347 uses them.
    """

    def __init__(self, *, width: int, width_text: int) -> None:
        super().__init__()
        self.query = nn.Sequential(nn.Conv1d(width, width, 1), nn.InstanceNorm1d(width))
        self.key, self.value = nn.Conv1d(width_text, width, 1), nn.Conv1d(width_text, width, 1)
        self.out = nn.Sequential(nn.Conv1d(width, width, 1), nn.InstanceNorm1d(width))
        self.gate = nn.Sequential(
            nn.Conv1d(width, width, 1, bias=False), nn.ReLU(), nn.Conv1d(width, width, 1, bias=False), nn.Tanh()
        )

    def forward(self, map_BEX: Tensor, words_BLT: Tensor, real_BL: Tensor) -> Tensor:
        """What the words add to each place, of the map's shape."""
        x_BEN, real_B1L = map_BEX.flatten(2), real_BL[:, None]
        words_BTL = words_BLT.mT
        key_BEL, value_BEL = self.key(words_BTL) * real_B1L, self.value(words_BTL) * real_B1L
        like_BNL = self.query(x_BEN).mT @ key_BEL * x_BEN.shape[1] ** -0.5
        share_BNL = like_BNL.masked_fill(~real_B1L, HIDDEN).softmax(-1)
        found_BEN = self.out(value_BEL @ share_BNL.mT)
        return (self.gate(found_BEN) * found_BEN).reshape(map_BEX.shape)
