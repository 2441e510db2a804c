"""Phrases in pictures: heat maps of how near each place comes to a text, and the verbs find and explain upon them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from polyclinic.bodies.dual_encoder.core import DualEncoder
from polyclinic.bodies.framing import Frame
from polyclinic.errors import UsageError
from polyclinic.parts.features import Features, TokenBatch
from polyclinic.study import Region, Study
from polyclinic.verbs import Explanation

Heat = NDArray[np.float32]
STANDS_OUT = 0.5
MOST_BOXES = 5


def cosine_maps(place_BEYX: Tensor, text_BE: Tensor) -> Tensor:
    """The cosine (B, Y, X) of every place of a picture with its text.

    Source:
        arXiv 2204.09817, section 3.2 (inference).
    """
    place_BEYX, text_BE = F.normalize(place_BEYX, dim=1), F.normalize(text_BE, dim=-1)
    return torch.einsum("beyx,be->byx", place_BEYX, text_BE)


def smoothed(heat: Heat, sigma: float) -> Heat:
    """A heat map blurred by a Gaussian of `sigma` places; 0 leaves it as it is."""
    from scipy.ndimage import gaussian_filter

    blurred: Heat = gaussian_filter(heat, sigma).astype(np.float32) if sigma else heat
    return blurred


def heat_out(heat: Heat, frame: Frame) -> Heat:
    """A heat map over the square, at any resolution, as one over the image (height, width), without the margins."""
    size = (frame.size, frame.size)
    square = F.interpolate(torch.from_numpy(heat)[None, None], size, mode="bilinear", align_corners=False)
    x0, y0, x1, y1 = (
        int(side) for side in frame.boxes_in(np.array([[0, 0, frame.width, frame.height]], np.float32))[0]
    )
    crop = square[..., y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    out = F.interpolate(crop, (frame.height, frame.width), mode="bilinear", align_corners=False)
    whole: Heat = out[0, 0].numpy()
    return whole


def hot_regions(heat: Heat, name: str, *, most: int = MOST_BOXES) -> list[Region]:
    """The connected parts that stand out of a heat map as boxes, the hottest first.

    A part stands out where it is above the middle between the map's mean and its maximum; its score is its highest
    cosine brought from -1..1 to 0..1. A flat map has none.

    Example:
        >>> [region.box for region in hot_regions(np.array([[0, 0, 0], [0, 0, 1]], np.float32), "mass")]
        [(2.0, 1.0, 3.0, 2.0)]
    """
    from scipy.ndimage import find_objects, label

    mean, top = float(heat.mean()), float(heat.max())
    if top - mean < 1e-6:
        return []
    parts, _ = label(heat > mean + STANDS_OUT * (top - mean))
    found = []
    for number, (rows, columns) in enumerate(find_objects(parts), 1):
        hottest = float(heat[rows, columns][parts[rows, columns] == number].max())
        box = tuple(float(side) for side in (columns.start, rows.start, columns.stop, rows.stop))
        found.append(Region(name, box=box, score=min(max((hottest + 1) / 2, 0.0), 1.0), text=name))
    return sorted(found, key=lambda region: region.score or 0.0, reverse=True)[:most]


class GroundedEncoder(DualEncoder):
    """A dual encoder that has vectors for places too, in the same space as phrases. A system gives both.

    `blur` is the width of the Gaussian over a heat map, in places.
    """

    blur: float = 0.0

    @abstractmethod
    def places(self, seen: Features) -> Tensor:
        """A vector for every place (B, E, Y, X)."""

    @abstractmethod
    def phrases(self, read: Features, texts: TokenBatch) -> Tensor:
        """A vector (B, E) for every text, to be held against places."""

    @torch.inference_mode()
    def heats(self, studies: Sequence[Study], phrases: Sequence[str]) -> list[Heat]:
        """How near each place of a Study's first image comes to its phrase, a cosine for every pixel (y, x).

        Raises:
            UsageError: not one phrase a Study, or a Study without an image.
        """
        if len(studies) != len(phrases):
            raise UsageError(
                f"expected one phrase for each study, got {len(phrases)} for {len(studies)}",
                hint="repeat a study to ask several phrases of it",
            )
        found: list[Heat] = []
        for pictures, texts in zip(self.pictures(studies), self.token_batches(phrases), strict=True):
            text_BE = self.phrases(self.read(texts), texts)
            found.extend(cosine_maps(self.places(self.look(pictures)), text_BE).float().cpu().numpy())
        frames = [Frame.of(*study.images[0].pixels.shape[-2:], self.outlook.image_size) for study in studies]
        return [heat_out(smoothed(heat, self.blur), frame) for heat, frame in zip(found, frames, strict=True)]

    def find(self, studies: Sequence[Study], phrases: Sequence[str]) -> list[list[Region]]:
        """Boxes where a phrase's heat stands out, the hottest first.

        Raises:
            UsageError: not one phrase a Study, or a Study without an image.
        """
        heats = self.heats(studies, phrases)
        return [hot_regions(heat, phrase) for heat, phrase in zip(heats, phrases, strict=True)]

    def explain(self, studies: Sequence[Study], targets: Sequence[str]) -> list[Explanation]:
        """A phrase's heat map over the first image.

        Raises:
            UsageError: not one target a Study, or a Study without an image.
        """
        return [Explanation(heat=heat) for heat in self.heats(studies, targets)]
