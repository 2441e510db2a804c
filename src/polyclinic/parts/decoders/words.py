"""Text from features: a small transformer that writes word by word while it looks at the tokens of an image."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class WordDecoder(nn.Module):
    """Each layer looks at the words so far, then at the image, then thinks; words in and out share their vectors.

    Args:
        vocabulary: of the words.
        width: of its layers, of which there are `depth` with `heads` heads each.
        width_seen: of the image's tokens.
        longest: most words of a text, marks included.

    Source:
        arXiv 1706.03762, section 3.1 (the decoder). Differs: normed before each part, not after.
    """

    def __init__(self, *, vocabulary: int, width: int, depth: int, heads: int, width_seen: int, longest: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.words.weight, std=width**-0.5)
        self.positions_LE = nn.Parameter(torch.randn(longest, width) * width**-0.5)
        self.seen = nn.Sequential(nn.LayerNorm(width_seen), nn.Linear(width_seen, width))
        self.layers = nn.ModuleList(
            nn.TransformerDecoderLayer(
                width, heads, 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
            )
            for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, ids_BL: Tensor, tokens_BNE: Tensor) -> Tensor:
        """Logits (B, L, vocabulary) of the word that follows each; padding on the right is seen by no word before."""
        x_BLE = self.words(ids_BL) + self.positions_LE[: ids_BL.shape[1]]
        seen_BNE = self.seen(tokens_BNE)
        later_LL = torch.ones(ids_BL.shape[1], ids_BL.shape[1], dtype=torch.bool, device=ids_BL.device).triu(1)
        for layer in self.layers:
            x_BLE = layer(x_BLE, seen_BNE, tgt_mask=later_LL, tgt_is_causal=True)
        logits_BLV: Tensor = self.norm(x_BLE) @ self.words.weight.T
        return logits_BLV

    @torch.inference_mode()
    def write(self, tokens_BNE: Tensor, *, start: int, end: int) -> list[list[int]]:
        """The most probable word each time, all images at once, until each text has ended or is as long as may be.

        Earlier words are read again at each step: at the length of a report that costs less than a store of keys and
        values would be worth.

        Args:
            start: id that opens a text; `end` closes it.

        Returns:
            Ids without the marks.
        """
        ids_BL = torch.full((len(tokens_BNE), 1), start, device=tokens_BNE.device)
        ended_B = torch.zeros(len(tokens_BNE), dtype=torch.bool, device=tokens_BNE.device)
        while ids_BL.shape[1] < len(self.positions_LE) and not ended_B.all():
            next_B = self(ids_BL, tokens_BNE)[:, -1].argmax(-1).masked_fill(ended_B, end)
            ids_BL = torch.cat([ids_BL, next_B[:, None]], dim=1)
            ended_B = ended_B | (next_B == end)
        return [row[1 : row.index(end) if end in row else None] for row in ids_BL.tolist()]
