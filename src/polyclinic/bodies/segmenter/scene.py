"""From a Study to arrays: the channels of its picture or volume, on the plan's grid and scale, and the masks over it.

The first image leads. Others of the same visit that show other channels (the sequences of an MR) join it; a
second view of the same channel is left aside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from polyclinic.bodies.segmenter.plan import Channel, Plan
from polyclinic.bodies.segmenter.resampling import WHOLE, label_map, resized, shares
from polyclinic.curate.instructions import annotated
from polyclinic.errors import PixelError
from polyclinic.objectives.labels import IGNORED
from polyclinic.study import Image, Pixels, Region, Study

GREY, COLOURS = "grey", ("red", "green", "blue")
MOST_PLACES = 512
EPS = 1e-6
Floats = NDArray[np.float32]
NameChannel = Callable[[Image, int, int], str]


@dataclass(frozen=True)
class Scene:
    """A Study as training sees it.

    Args:
        image: channels on the plan's grid and scale, (C, [z,] y, x).
        present: which channels the Study has, (C,).
        target: shares of each class (K, ...) from 0 to 255 where classes overlap, else the label map (1, ...).
        known: classes whose presence or absence the annotation tells, (K,).
        places: pixels in the foreground, (n, axes), some of each class; `classes` whose each is, (n,).
    """

    image: NDArray[np.float16]
    present: NDArray[np.bool_]
    target: NDArray[np.uint8]
    known: NDArray[np.bool_]
    places: NDArray[np.int32]
    classes: NDArray[np.int32]

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.image.nbytes + self.target.nbytes


def channel_name(image: Image, channel: int, channels: int) -> str:
    """What a channel is called: as its image says, else grey, or the three colours, else by number."""
    if len(image.channels) == channels:
        return image.channels[channel]
    return GREY if channels == 1 else COLOURS[channel] if channels == len(COLOURS) else f"channel {channel}"


def read_planes(study: Study, name: NameChannel) -> dict[str, Pixels]:
    """Channel name -> its pixels ([z,] y, x), of all images that show the scene of the first.

    Raises:
        PixelError: no image, or images of one scene that differ in size.
        ReadError: an image cannot be read.
    """
    if not study.current_images:
        raise PixelError(f"study {study.id} has no image", hint="leave out the studies that have none")
    planes: dict[str, Pixels] = {}
    for image in study.current_images:
        pixels = image.pixels
        named = {name(image, c, len(pixels)): pixels[c] for c in range(len(pixels))}
        if planes.keys() & named.keys():
            continue
        first = next(iter(planes.values()), pixels[0])
        if first.shape != pixels.shape[1:]:
            raise PixelError(
                f"study {study.id}: its channels differ in size, {first.shape} and {pixels.shape[1:]}",
                hint="bring all sequences of a visit onto one grid, or make each a study of its own",
            )
        planes |= named
    return planes


def stacked(study: Study, plan: Plan, name: NameChannel = channel_name) -> tuple[Floats, NDArray[np.bool_]]:
    """The plan's channels (C, [z,] y, x) as they are, zero where the Study lacks one, and which it has (C,).

    Raises:
        PixelError: as `read_planes`; a picture for a plan of volumes or the reverse; none of the channels.
        ReadError: an image cannot be read.
    """
    planes = _matched(read_planes(study, name), plan)
    first = next(iter(planes.values()), None)
    names = [channel.name for channel in plan.channels]
    if first is None:
        raise PixelError(
            f"study {study.id} has none of the channels {', '.join(names)}",
            hint="say which it shows (polyclinic segment ... --channel NAME), or train with what it shows",
        )
    if first.ndim != plan.dimensions:
        raise PixelError(
            f"study {study.id}: expected {plan.dimensions} axes, got an image of shape {first.shape}",
            hint="pictures and single slices are for 2D models, whole volumes for 3D ones",
        )
    present = np.array([each in planes for each in names])
    array = np.stack([_finite(planes[each]) if each in planes else np.zeros(first.shape, np.float32) for each in names])
    return array, present


def _matched(planes: dict[str, Pixels], plan: Plan) -> dict[str, Pixels]:
    """Planes under the plan's names; colour answers for grey and grey for colour, a lone channel for a lone one."""
    names = {channel.name for channel in plan.channels}
    if names & planes.keys():
        return {name: plane for name, plane in planes.items() if name in names}
    if names == {GREY} and planes.keys() == set(COLOURS):
        colours: Floats = np.stack(list(planes.values())).astype(np.float32)
        return {GREY: colours.mean(axis=0)}
    if len(planes) == 1 and (len(names) == 1 or names == set(COLOURS)):
        return dict.fromkeys(names, next(iter(planes.values())))
    return {}


def _finite(plane: Pixels) -> Floats:
    values = plane.astype(np.float32)
    if plane.dtype.kind != "f" or np.isfinite(values).all():
        return values
    known = values[np.isfinite(values)]
    if not known.size:
        raise PixelError("a channel holds no finite value", hint="leave the channel out of the study")
    return np.nan_to_num(values, nan=known.min(), posinf=known.max(), neginf=known.min())


def scaled(array_CX: torch.Tensor, present: NDArray[np.bool_], channels: Sequence[Channel]) -> torch.Tensor:
    """Channels on their plan's scale, of order one; those that are missing stay zero."""
    planes = [
        _scaled(plane, channel) if there else torch.zeros_like(plane)
        for plane, there, channel in zip(array_CX, present, channels, strict=True)
    ]
    return torch.stack(planes)


def _scaled(plane: torch.Tensor, channel: Channel) -> torch.Tensor:
    if channel.scheme == "window":
        return (plane.clamp(channel.low, channel.high) - channel.mean) / max(channel.spread, EPS)
    counted = plane[plane != 0] if channel.scheme == "nonzero" else plane
    if counted.numel() == 0:
        return torch.zeros_like(plane)
    mean, spread = counted.mean(), counted.std(correction=0)
    made = (plane - mean) / spread.clamp(min=EPS)
    return torch.where(plane != 0, made, 0.0) if channel.scheme == "nonzero" else made


def spacing_of(study: Study, axes: int) -> tuple[float, ...] | None:
    """Millimetres between the first image's pixels along each of its axes; None where nobody says.

    Raises:
        PixelError: another number of axes, or a distance that is none.
    """
    spacing_mm = study.current_images[0].spacing_mm
    if spacing_mm is None:
        return None
    if len(spacing_mm) != axes or not all(0 < each < math.inf for each in spacing_mm):
        raise PixelError(
            f"study {study.id}: expected a spacing of {axes} positive millimetres, got {spacing_mm}",
            hint="set the spacing in the file's header, or leave it out where it is unknown",
        )
    return spacing_mm


def on_grid(
    study: Study, plan: Plan, name: NameChannel = channel_name
) -> tuple[torch.Tensor, NDArray[np.bool_], tuple[int, ...]]:
    """The Study's channels resampled and scaled as the plan says (C, [z,] y, x), which it has (C,), its own shape.

    Raises:
        PixelError: as `stacked`; as `spacing_of` where the plan is in millimetres.
        ReadError: an image cannot be read.
    """
    array, present = stacked(study, plan, name)
    shape = plan.shape_for(array.shape[1:], spacing_of(study, plan.dimensions) if plan.spacing_mm else None)
    image = scaled(resized(torch.from_numpy(array), shape), present, plan.channels)
    return image, present, array.shape[1:]


def with_flags(image_CX: torch.Tensor, present: NDArray[np.bool_], plan: Plan) -> torch.Tensor:
    """The channels, and behind them a plane for each that says whether it is there, where the plan has flags."""
    if not plan.flags:
        return image_CX
    flags_C = torch.from_numpy(present.astype(np.float32)).reshape(-1, *[1] * plan.dimensions)
    return torch.cat([image_CX, flags_C.expand(image_CX.shape)])


def masks_of(study: Study, shape: tuple[int, ...], classes: Sequence[str]) -> dict[str, NDArray[np.bool_]]:
    """Class -> all its masks over the first image as one, for the classes that have any.

    Raises:
        PixelError: a mask of another size than its image.
    """
    found: dict[str, NDArray[np.bool_]] = {}
    for region in study.regions:
        if region.image != 0 or region.mask is None or region.name not in classes:
            continue
        mask = _fitting(study, region, shape)
        found[region.name] = found[region.name] | mask if region.name in found else mask
    return found


def _fitting(study: Study, region: Region, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    mask = region.array
    if mask.shape != shape:
        raise PixelError(
            f"study {study.id}: the mask of {region.name!r} has shape {mask.shape}, its image {shape}",
            hint="resample the mask to its image, and see polyclinic data check",
        )
    return mask


def make_scene(study: Study, plan: Plan, name: NameChannel = channel_name) -> Scene:
    """Read a training Study.

    Raises:
        PixelError: pixels or masks that do not fit the plan or each other.
        ReadError: a file cannot be read.
    """
    image, present, own_shape = on_grid(study, plan, name)
    masks = masks_of(study, own_shape, plan.classes)
    told = np.array([annotated(study, each, plan.survey, masks=True) is not None for each in plan.classes])
    shape = tuple(image.shape[1:])
    target = _target(masks, plan, told, shape)
    places, classes = _places(target, plan)
    return Scene(image.half().numpy(), present, target, told, places, classes)


def _target(
    masks: Mapping[str, NDArray[np.bool_]], plan: Plan, told: NDArray[np.bool_], shape: tuple[int, ...]
) -> NDArray[np.uint8]:
    if plan.overlapping:
        empty = np.zeros(shape, np.uint8)
        return np.stack([shares(masks[name], shape) if name in masks else empty for name in plan.classes])
    covers = ((k, shares(masks[name], shape)) for k, name in enumerate(plan.classes, start=1) if name in masks)
    labels = label_map(covers, shape)
    if not told.all():  # what is background here may be a class that nobody looked for
        labels[labels == 0] = IGNORED
    return labels[None]


def _places(target: NDArray[np.uint8], plan: Plan) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Some pixels of each class, evenly over its extent."""
    places, classes = [], []
    for k in range(len(plan.classes)):
        inside = target[k] > WHOLE // 2 if plan.overlapping else target[0] == k + 1
        flat = np.flatnonzero(inside)
        flat = flat[:: max(len(flat) // MOST_PLACES, 1)]
        places.append(np.stack(np.unravel_index(flat, inside.shape), axis=1).astype(np.int32))
        classes.append(np.full(len(flat), k, np.int32))
    return np.concatenate(places), np.concatenate(classes)
