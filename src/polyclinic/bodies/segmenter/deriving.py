"""The plan of a collection: a look at some of its Studies, and the choices that follow."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from polyclinic.bodies.segmenter.plan import (
    Channel,
    Plan,
    Wanted,
    coarsened,
    patch_size,
    pooling_of,
    target_spacing,
)
from polyclinic.bodies.segmenter.scene import NameChannel, channel_name, masks_of, read_planes, spacing_of
from polyclinic.curate.instructions import Survey
from polyclinic.errors import PolyclinicError, TrainingError
from polyclinic.objectives.labels import IGNORED
from polyclinic.study import Pixels, Study

PROBED = 48
OVERLAP = 0.01  # share of the smaller of two masks from which they count as overlapping
SMALLEST_EXTENT = 6.0  # pixels that the typical region measures at least after resampling
MOSTLY_ZERO = 0.25
SAMPLED = 5000
LOW, HIGH = 0.5, 99.5
SIDED = re.compile(r"\b(left|right)\b", re.IGNORECASE)


@dataclass
class Look:
    """What was seen of the Studies.

    Args:
        shapes: of the images; `spacings_mm` of volumes, as far as known.
        extents: square root of a region's pixels, as a share of the image's longest side.
        zeros: channel -> shares of pixels that are zero; `modalities` which it came from.
        inside: channel -> sampled values within masks.
        seen: channel -> how many Studies show it.
        overlapping: pairs of classes that cover the same pixels in some Study.
        last_error: why the last Study that cannot be used cannot.
    """

    shapes: list[tuple[int, ...]] = field(default_factory=list)
    spacings_mm: list[tuple[float, ...]] = field(default_factory=list)
    extents: list[float] = field(default_factory=list)
    zeros: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    modalities: dict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))
    inside: dict[str, list[NDArray[np.float32]]] = field(default_factory=lambda: defaultdict(list))
    seen: Counter[str] = field(default_factory=Counter)
    overlapping: set[tuple[str, str]] = field(default_factory=set)
    last_error: PolyclinicError | None = None


def derive_plan(studies: Sequence[Study], known: Survey, wanted: Wanted, name: NameChannel = channel_name) -> Plan:
    """Look at the Studies and choose.

    Args:
        known: the survey of the same Studies.
        name: what a channel is called.

    Raises:
        TrainingError: no Study has a mask, or none can be read; pictures where volumes are wanted.
    """
    if not known.masks:
        raise TrainingError(
            "no study has a mask to learn from", hint="polyclinic data inspect DATA shows what there is"
        )
    look = _look(studies, known, name)
    if not look.shapes:
        raise TrainingError(f"no study can be used, the last because: {look.last_error}", hint="polyclinic data check")
    if len(look.shapes[0]) != wanted.dimensions:
        raise TrainingError(
            f"expected {wanted.dimensions} axes, got images of shape {look.shapes[0]}",
            hint="--set dimensions=2 takes pictures and slices, --set dimensions=3 whole volumes",
        )
    make = _picture_plan if wanted.dimensions == 2 else _volume_plan
    return make(look, known, wanted)


def _look(studies: Sequence[Study], known: Survey, name: NameChannel) -> Look:
    look = Look()
    chosen = [studies[i] for i in range(0, len(studies), max(len(studies) // PROBED, 1))]
    drawn = [study for study in chosen if any(region.mask for region in study.regions)]
    for study in drawn or [study for study in studies if any(region.mask for region in study.regions)][:PROBED]:
        try:
            planes = read_planes(study, name)
            shape = next(iter(planes.values())).shape
            masks = masks_of(study, shape, known.masks)
            spacing_mm = spacing_of(study, 3) if len(shape) == 3 else None
        except PolyclinicError as error:
            look.last_error = error
            continue
        look.shapes.append(shape)
        look.spacings_mm += [spacing_mm] if spacing_mm else []
        _note(look, study, planes, masks)
    return look


def _note(look: Look, study: Study, planes: dict[str, Pixels], masks: dict[str, NDArray[np.bool_]]) -> None:
    shape = next(iter(planes.values())).shape
    foreground = np.zeros(shape, bool)
    for mask in masks.values():
        foreground |= mask
    modalities = {image.modality for image in study.current_images}
    for channel, plane in planes.items():
        look.seen[channel] += 1
        look.zeros[channel].append(float(np.mean(plane == 0)))
        look.modalities[channel] |= modalities
        values = plane[foreground]
        look.inside[channel].append(values[:: max(len(values) // SAMPLED, 1)].astype(np.float32))
    counts = [int(np.count_nonzero(r.array)) for r in study.regions if r.image == 0 and r.mask and r.name in masks]
    look.extents += [count ** (1 / len(shape)) / max(shape) for count in counts if count]
    look.overlapping |= {(a, b) for a, b in combinations(sorted(masks), 2) if _overlap(masks[a], masks[b])}


def _overlap(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> bool:
    smaller = min(np.count_nonzero(a), np.count_nonzero(b))
    return bool(np.count_nonzero(a & b) > OVERLAP * smaller)


def _channels(look: Look) -> tuple[Channel, ...]:
    return tuple(_channel(look, name) for name in look.seen)


def _channel(look: Look, name: str) -> Channel:
    """CT by a window that all images share, everything else by its own statistics."""
    values = np.concatenate(look.inside[name])
    values = values[np.isfinite(values)]
    if look.modalities[name] == {"CT"} and values.size:
        low, high = np.percentile(values, [LOW, HIGH])
        kept = values.clip(low, high)
        spread = float(kept.std()) or 1.0
        return Channel(name, "window", float(low), float(high), float(kept.mean()), spread)
    return Channel(name, "nonzero" if np.median(look.zeros[name]) > MOSTLY_ZERO else "image")


def _measured(look: Look) -> dict[str, float]:
    return {
        "studies_probed": len(look.shapes),
        "median_extent_share": round(float(np.median(look.extents)), 4) if look.extents else 0.0,
        "overlapping_pairs": len(look.overlapping),
    }


def _picture_plan(look: Look, known: Survey, wanted: Wanted) -> Plan:
    """A patch is the whole picture, unless the typical region would then be too small to draw."""
    longest = float(np.median([max(shape) for shape in look.shapes]))
    extent = float(np.median(look.extents)) if look.extents else 1.0
    side = round(min(max(wanted.patch, SMALLEST_EXTENT / extent), max(longest, wanted.patch)))
    pooling, patch = pooling_of((wanted.patch,) * 2, (1.0, 1.0), wanted.poolings)
    return _plan(look, known, patch, pooling, side=side, spacing_mm=None, overlapping=wanted.overlapping)


def _volume_plan(look: Look, known: Survey, wanted: Wanted) -> Plan:
    """Patches of about one edge length in millimetres, at the typical resolution."""
    spacings = np.array(look.spacings_mm if len(look.spacings_mm) == len(look.shapes) else [[1.0] * 3])
    own = np.broadcast_to(spacings, (len(look.shapes), 3))
    extent_mm = np.median(np.array(look.shapes) * own, axis=0)
    spacing = coarsened(target_spacing(spacings), extent_mm, wanted)
    pooling, patch = pooling_of(patch_size(spacing, extent_mm, wanted), spacing, wanted.poolings)
    return _plan(look, known, patch, pooling, side=None, spacing_mm=spacing, overlapping=wanted.overlapping)


def _plan(
    look: Look,
    known: Survey,
    patch: tuple[int, ...],
    pooling: tuple[tuple[int, ...], ...],
    *,
    side: int | None,
    spacing_mm: tuple[float, ...] | None,
    overlapping: bool,
) -> Plan:
    sided = any(SIDED.search(name) for name in known.masks)
    return Plan(
        channels=_channels(look),
        classes=known.masks,
        patch=patch,
        pooling=pooling,
        kinds={name: known.kinds.get(name, "") for name in known.masks},
        # A label is a byte, and one is taken.
        overlapping=overlapping or bool(look.overlapping) or len(known.masks) >= IGNORED,
        flags=len(set(look.seen.values())) > 1,
        side=side,
        spacing_mm=spacing_mm,
        mirrors=() if sided else tuple(range(len(patch))),
        measured=_measured(look),
    )
