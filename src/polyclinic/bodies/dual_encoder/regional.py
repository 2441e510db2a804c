"""Regions in training: pairs with the boxes of candidate regions, and what is said of each thing the image shows."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import product
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from polyclinic.bodies.base import Batch, Sample
from polyclinic.bodies.dual_encoder.speaking import sentences
from polyclinic.bodies.dual_encoder.view import PairView
from polyclinic.bodies.framing import Frame
from polyclinic.study import Study


def windows(size: int, side: int) -> NDArray[np.float32]:
    """The cells (side * side, 4) of a grid over a square, as x0, y0, x1, y1, row by row.

    Example:
        >>> windows(4, 2)[1].tolist()
        [2.0, 0.0, 4.0, 2.0]
    """
    edge = np.linspace(0, size, side + 1)
    cells = [(edge[x], edge[y], edge[x + 1], edge[y + 1]) for y, x in product(range(side), repeat=2)]
    return np.array(cells, np.float32)


def candidates(study: Study, image: int, size: int, grid: int) -> NDArray[np.float32]:
    """Boxes (R, 4) of an image in its square, x0, y0, x1, y1: the Study's own without their names, or a grid."""
    boxes = [region.box for region in study.regions if region.image == image and region.box and len(region.box) == 4]
    if not boxes:
        return windows(size, grid)
    height, width = study.images[image].pixels.shape[-2:]
    return Frame.of(height, width, size).boxes_in(np.array(boxes, np.float32))


class RegionView(PairView):
    """Pairs of first images with the boxes of candidate regions, and a sentence for each attribute.

    `task` names the stage that the batches are for; None is for all of them at once. `grid` is how many cells
    along each side stand in for the boxes of a Study that has none.
    """

    task: str | None = None
    grid: int = 1

    def of(self, task: str) -> Self:
        """The same Studies for one stage."""
        own = copy.copy(self)
        own.task = task
        return own

    def draw(self, index: int, rng: np.random.Generator) -> Sample:
        """A pair of the first image, its `boxes`, and `said`: attribute -> a sentence that mentions it.

        For the stage of pairs the text is one of these sentences, as short as captions are.
        """
        study = self.studies[index]
        text = str(self.speak(study, rng))
        said = mentions(study, text, rng)
        if self.task == "pairs" and said:
            text = [*said.values()][int(rng.integers(len(said)))]
        return {
            "picture": self.augment(self.square(index, 0), rng),
            "text": text,
            "index": index,
            "boxes": candidates(study, 0, self.outlook.image_size, self.grid),
            "said": said,
        }

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """The pairs' batch; `boxes` a tensor (R, 4) an image, `said` and `written` as they are, and the `task`."""
        return super().collate(samples) | {
            "boxes": [torch.from_numpy(sample["boxes"]) for sample in samples],
            "said": [sample["said"] for sample in samples],
            "written": [sample["text"] for sample in samples],
            "task": self.task,
        }


def mentions(study: Study, text: str, rng: np.random.Generator) -> dict[str, str]:
    """Each finding that is not denied, with one of the sentences that name it; its name where none does."""
    parts = sentences(text)
    said = {}
    for name in dict.fromkeys(finding.name for finding in study.findings if finding.present is not False):
        naming = [part for part in parts if name.lower() in part.lower()] or [name]
        said[name] = naming[int(rng.integers(len(naming)))]
    return said
