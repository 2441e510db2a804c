"""Phrases to masks: queries look at an image beside a phrase's words, and the one that it means gives the mask."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.decoders.queries import Beside, QueryDecoder, Sight, compared
from polyclinic.parts.features import Features, ImageEncoder
from polyclinic.parts.vision.maps import map_of, tokens_of
from polyclinic.parts.vision.positions import sinusoids
from polyclinic.parts.vision.pyramid import PyramidDecoder

START_LOG_SCALE = 2.0


class Asked(NamedTuple):
    """Texts about images.

    Args:
        texts: as the text encoder read them.
        missing_NL: which of their tokens are padding.
        item_N: which image each is about.
    """

    texts: Features
    missing_NL: Tensor
    item_N: Tensor


class Found(NamedTuple):
    """What the queries of each text found after one layer.

    Args:
        masks_NQYX: logits at a quarter of the resolution.
        like_NQ: logits of which query the text means.
        normed_NQE: the queries.
    """

    masks_NQYX: Tensor
    like_NQ: Tensor
    normed_NQE: Tensor


class PixelDecoder(nn.Module):
    """The encoder's maps in one width: the coarsest mixed by a transformer, the finer ones joined from the top down.

    Args:
        encoder: of images, with two maps or more.
        width: of its own maps; `depth` layers of `heads` heads mix the coarsest, `hidden` wide inside.

    Source:
        arXiv 2107.06278, section 3.2 and its code (the pixel decoder with a transformer).
    """

    def __init__(self, *, encoder: ImageEncoder, width: int, heads: int, hidden: int, depth: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.enter = nn.Conv2d(encoder.widths_maps[-1], width, 1)
        self.mix = nn.ModuleList(
            nn.TransformerEncoderLayer(width, heads, hidden, dropout=0.0, batch_first=True) for _ in range(depth)
        )
        self.down = PyramidDecoder(widths=(*encoder.widths_maps[:-1], width), width_out=width)

    def forward(self, image_BCYX: Tensor) -> list[Tensor]:
        """Maps, the finest first."""
        maps = list(self.encoder(image_BCYX).maps)
        last_BEYX = self.enter(maps[-1])
        rows, columns = last_BEYX.shape[2:]
        x_BNE = tokens_of(last_BEYX) + sinusoids((rows, columns), last_BEYX.shape[1]).to(last_BEYX)
        for layer in self.mix:
            x_BNE = layer(x_BNE)
        made: list[Tensor] = self.down([*maps[:-1], map_of(x_BNE, rows, columns)])
        return made


class PhraseDecoder(nn.Module):
    """A picture's maps, learned queries beside each text, and the masks that they find.

    A query looks, in the coarser maps, only where the layer before saw its mask; the words do not look at the image.

    Args:
        count: queries of each text.
        width: of maps and queries; `width_text` that of the texts.

    Source:
        arXiv 2304.06718, section 3, as arXiv 2405.12971 uses it. Differs: words are not changed by the layers.
    """

    def __init__(self, *, pixels: PixelDecoder, queries: QueryDecoder, count: int, width: int, width_text: int) -> None:
        super().__init__()
        self.pixels, self.queries = pixels, queries
        self.start_QE = nn.Parameter(torch.randn(count, width) * width**-0.5)
        self.level_LE = nn.Parameter(torch.randn(len(pixels.encoder.widths_maps) - 1, width) * 0.02)
        self.words, self.whole = nn.Linear(width_text, width), nn.Linear(width_text, width)
        self.mask = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width)
        )
        self.meaning = nn.Linear(width, width)
        self.log_scale = nn.Parameter(torch.tensor(START_LOG_SCALE))

    def forward(self, image_BCYX: Tensor, asked: Asked) -> list[Found]:
        """What was found before the first layer and after each."""
        maps = self.pixels(image_BCYX)
        finest_NEYX = maps[0][asked.item_N]
        coarse = maps[1:][::-1]
        sights = [
            self._sight(map_BEYX, level_E, asked.item_N)
            for map_BEYX, level_E in zip(coarse, self.level_LE, strict=True)
        ]
        sizes = [map_BEYX.shape[2:] for map_BEYX in coarse]

        def hide(normed_NQE: Tensor, level: int) -> Tensor:
            masks_NQYX = compared(self.mask(normed_NQE), finest_NEYX).detach()
            fitted_NQYX = F.interpolate(masks_NQYX, sizes[level], mode="bilinear", align_corners=False)
            return (fitted_NQYX < 0).flatten(2)

        start_NQE = self.start_QE.expand(len(asked.item_N), -1, -1)
        beside = Beside(self.words(asked.texts.tokens_BNE), asked.missing_NL)
        text_NE1 = F.normalize(self.whole(asked.texts.pooled_BE), dim=-1)[:, :, None]
        found = []
        for normed_NQE in self.queries(start_NQE, sights, hide, beside):
            like_NQ = (F.normalize(self.meaning(normed_NQE), dim=-1) @ text_NE1)[..., 0] * self.log_scale.exp()
            found.append(Found(compared(self.mask(normed_NQE), finest_NEYX), like_NQ, normed_NQE))
        return found

    @staticmethod
    def _sight(map_BEYX: Tensor, level_E: Tensor, item_N: Tensor) -> Sight:
        value_BNE = tokens_of(map_BEYX) + level_E
        places_NE = sinusoids(map_BEYX.shape[2:], map_BEYX.shape[1]).to(map_BEYX)
        return Sight((value_BNE + places_NE)[item_N], value_BNE[item_N])
