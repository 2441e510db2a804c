"""A segmenter of three convolutions, in two and three dimensions, and Studies that are made by hand."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from polyclinic.bodies.segmenter import Inference, Plan, Segmenter, Wanted
from polyclinic.cards import Card
from polyclinic.study import Finding, Image, Mask, Region, Study


@dataclasses.dataclass(frozen=True)
class ToyConfig:
    """What can be chosen."""

    patch: int = 16
    poolings: int = 2
    dimensions: int = 2
    flips: bool = False
    largest: bool = False


class Toy(Segmenter):
    """Three convolutions."""

    card = Card(id="toy", title="Toy", verbs=("segment",), kinds=("segmentation",), year=2026, checked="shape")
    config_type = ToyConfig

    def __init__(self, config: ToyConfig, plan: Plan) -> None:
        conv: Any = nn.Conv2d if plan.dimensions == 2 else nn.Conv3d
        super().__init__(
            config=config,
            plan=plan,
            network=nn.Sequential(
                conv(plan.width_in, 16, 3, padding=1),
                nn.ReLU(),
                conv(16, 16, 3, padding=1),
                nn.ReLU(),
                conv(16, plan.width_out, 1),
            ),
            inference=Inference(flips=config.flips, largest=config.largest),
        )

    @classmethod
    def wanted(cls, config: Any) -> Wanted:
        """Two or three dimensions."""
        return Wanted(config.patch, config.poolings, config.dimensions)


def region(name: str, mask: NDArray[Any], **known: Any) -> Region:
    """A region with a mask of an array."""
    return Region(name, "organ", mask=Mask.from_array(mask), **known)


def study(
    pixels: NDArray[Any], regions: tuple[Region, ...] = (), *, ident: str = "s", findings: Any = (), **known: Any
) -> Study:
    """One image with regions."""
    image = Image.from_array(pixels, **known)
    return Study(ident, ident, images=(image,), regions=regions, findings=tuple(Finding(n, p) for n, p in findings))


def discs(count: int, *, depth: int | None = None, size: int = 24, spacing_mm: Any = None) -> list[Study]:
    """Bright squares on noise, 8 pixels wide at random places, with their masks; volumes where there is a depth."""
    made = []
    for i in range(count):
        rng = np.random.default_rng(i)
        shape = (size, size) if depth is None else (depth, size, size)
        low = [int(rng.integers(0, n - 8 + 1)) if n > 8 else 0 for n in shape]
        mask = np.zeros(shape, bool)
        mask[tuple(slice(a, a + 8) for a in low)] = True
        pixels = rng.normal(size=shape).astype(np.float32) + 4 * mask
        made.append(study(pixels[None], (region("square", mask),), ident=f"s{i}", spacing_mm=spacing_mm, modality="MR"))
    return made
