"""What a Study's annotation says of its first image, in the form that scores compare."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import PixelError
from polyclinic.study import Mask, MaskFile, Pixels, Region, Study, Turn

YES_NO = {"en": ("yes", "no"), "zh": ("是", "否"), "ar": ("نعم", "لا")}
GROUPS = {"organ": "organs", "finding": "findings", None: "regions", "": "regions"}


def named_mask(study: Study, name: str) -> NDArray[np.bool_] | None:
    """All masks of a name in the first image as one; None where it has none.

    Raises:
        PixelError: masks of different sizes.
    """
    regions = [r for r in study.regions if r.name == name and r.image == 0]
    return united(regions)


def united(regions: Sequence[Region]) -> NDArray[np.bool_] | None:
    """The union of regions' masks; a label map that several share is read once."""
    read: dict[str, Pixels] = {}
    whole: NDArray[np.bool_] | None = None
    for region in regions:
        if region.mask is None:
            continue
        array = _decode(region.mask, read)
        if whole is not None and whole.shape != array.shape:
            raise PixelError(f"masks of {region.name!r} differ in size: {whole.shape} and {array.shape}")
        whole = array.copy() if whole is None else whole | array
    return whole


def _decode(mask: Mask | MaskFile, read: dict[str, Pixels]) -> NDArray[np.bool_]:
    if isinstance(mask, Mask) or mask.load is None:
        return mask.array()
    if mask.path not in read:
        read[mask.path] = mask.load()
    return dataclasses.replace(mask, load=_constant(read[mask.path])).array()


def _constant(pixels: Pixels) -> Callable[[], Pixels]:
    return lambda: pixels


def named_boxes(study: Study, name: str) -> list[tuple[float, ...]]:
    """The boxes of a name in the first image."""
    return [r.box for r in study.regions if r.name == name and r.image == 0 and r.box is not None]


def image_size(study: Study) -> tuple[int, int]:
    """Height and width of the first image: from a mask where that spares reading the pixels."""
    for region in study.regions:
        if region.image == 0 and isinstance(region.mask, Mask):
            return region.mask.size[-2], region.mask.size[-1]
    if not study.images:
        raise PixelError(f"study {study.id} has no image")
    height, width = study.images[0].pixels.shape[-2:]
    return height, width


def spacing_of(study: Study, axes: int) -> tuple[float, ...] | None:
    """Distance in millimetres between the first image's pixel centres along its last axes, where it is known."""
    spacing = study.images[0].spacing_mm if study.images else None
    return tuple(spacing[-axes:]) if spacing and len(spacing) >= axes else None


def allowed_answers(turn: Turn) -> tuple[str, ...]:
    """What a closed question allows; yes and no of its language where the record does not say."""
    if turn.kind == "open":
        return ()
    usual = YES_NO.get(turn.language, YES_NO["en"])
    return turn.options or (usual if turn.answer in usual else YES_NO["en"])


def group_of(kind: str | None) -> str:
    """The part of a score's name that keeps kinds of regions apart: organs, findings, regions where unknown.

    Example:
        >>> group_of("finding"), group_of("cell"), group_of(None)
        ('findings', 'cells', 'regions')
    """
    return GROUPS.get(kind) or f"{slug(str(kind))}s"


def slug(name: str) -> str:
    """A name as part of a score's name.

    Example:
        >>> slug("Right lung")
        'right_lung'
    """
    return "_".join(name.lower().replace(".", " ").split())
