"""Volumes to slices: one Study of a volume becomes one for each plane along z that shows something."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.study import Image, Mask, MaskFile, Region, Study


def slices(study: Study, *, every: bool = False) -> list[Study]:
    """One Study for each plane along z of a volume; a Study without a volume comes back alone.

    A plane shows something where its pixels differ. Where the volume has masks or boxes, a plane must also
    cross one of them. Subject, split, labels and texts are kept; ids end in `-z012`.

    Args:
        study: its first image is the volume; further images are left behind.
        every: keep all planes, whatever they show.
    """
    if not study.images or not study.images[0].is_volume:
        return [study]
    pixels = study.images[0].pixels
    crossed = [_crossings(region) for region in study.regions if region.image == 0]
    regions = [region for region in study.regions if region.image == 0]
    made = []
    for z in range(pixels.shape[1]):
        inside = [flat for region, planes in zip(regions, crossed, strict=True) if (flat := _flat(region, planes, z))]
        plane = pixels[:, z]
        if every or ((inside or not regions) and _differs(plane)):
            made.append(_plane(study, z, tuple(inside)))
    return made


def flattened(studies: Iterable[Study]) -> Iterator[Study]:
    """Studies with every volume cut into its slices."""
    for study in studies:
        yield from slices(study)


def _differs(plane: NDArray[Any]) -> bool:
    known = plane[np.isfinite(plane)] if plane.dtype.kind == "f" else plane
    return bool(known.size) and known.min() != known.max()


def _crossings(region: Region) -> dict[int, tuple[float, ...] | None]:
    """The planes that a region crosses, each with the box of its mask there (None where there is no mask)."""
    if region.mask is not None:
        array = region.mask.array()
        return {int(z): _box(array[z]) for z in np.flatnonzero(array.any(axis=(1, 2)))}
    if region.box is not None and len(region.box) == 6:
        return dict.fromkeys(range(int(np.floor(region.box[2])), int(np.ceil(region.box[5]))))
    return {}


def _box(mask: NDArray[np.bool_]) -> tuple[float, ...]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _flat(region: Region, planes: dict[int, tuple[float, ...] | None], z: int) -> Region | None:
    """The region in one plane; None where it is not there."""
    if z not in planes:
        return None
    box = planes[z]
    if box is None and region.box is not None:
        x0, y0, _, x1, y1, _ = region.box
        box = (x0, y0, x1, y1)
    return dataclasses.replace(region, box=box, mask=_flat_mask(region.mask, z), points=())


def _flat_mask(mask: Mask | MaskFile | None, z: int) -> Mask | MaskFile | None:
    if isinstance(mask, MaskFile):
        return dataclasses.replace(mask, slice=z)
    return None if mask is None else Mask.from_array(mask.array()[z])


def _plane(study: Study, z: int, regions: tuple[Region, ...]) -> Study:
    image = study.images[0]
    spacing = image.spacing_mm[-2:] if image.spacing_mm else None
    flat: Image = dataclasses.replace(image, slice=z, spacing_mm=spacing)
    prior = f"{study.prior}-z{z:03d}" if study.prior else None
    return dataclasses.replace(study, id=f"{study.id}-z{z:03d}", images=(flat,), regions=regions, prior=prior)
