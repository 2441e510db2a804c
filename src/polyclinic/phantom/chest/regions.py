"""Outlines on the frontal film: whole organs as they would be drawn, and one region for each lesion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from polyclinic.phantom.chest.projection import Grid, Projection, shadows
from polyclinic.phantom.chest.scene import Cavity, Scene
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.picture import LEAST_PIXELS, Outline, region_of
from polyclinic.phantom.primitives import UPRIGHT_POSE, Pose
from polyclinic.study import Region

# Millimetres of water below which a lesion leaves no trace, and the share of its peak that bounds it.
LEAST_MM, OF_PEAK, SHARP = 1.0, 0.2, 0.1


def outlines(scene: Scene, at: Grid, pose: Pose = UPRIGHT_POSE) -> dict[str, Outline]:
    """Lungs without what heart, mediastinum and diaphragm cover, the whole heart, and the spine."""
    right, left = scene.cavities["right"], scene.cavities["left"]
    right_lung, left_lung, right_dome, left_dome, *rest = shadows(
        [right.lung, left.lung, right.dome, left.dome, scene.middle, *scene.heart], at, pose
    )
    heart = np.logical_or.reduce(rest[1:])
    covered = heart | rest[0] | _under_heart(scene, at, pose)
    return {
        "right lung": _above_floor(right_lung & ~(covered | right_dome), right, at, pose),
        "left lung": _above_floor(left_lung & ~(covered | left_dome), left, at, pose),
        "heart": heart,
        "spine": _spine(scene, at, pose),
    }


def regions(scene: Scene, projection: Projection, lesions: Sequence[Lesion]) -> tuple[Region, ...]:
    """Organs first, then the lesions in their order, but for those that leave only a few pixels."""
    at = projection.grid
    organs = outlines(scene, at, projection.pose)
    found = [region_of(name, "organ", mask) for name, mask in organs.items()]
    for lesion in lesions:
        mask = organs["heart"] if lesion.side is None else _lesion(lesion, scene, projection, organs)
        if np.count_nonzero(mask) >= LEAST_PIXELS:
            found.append(region_of(lesion.name, "finding", mask, lesion.described))
    return tuple(found)


def _lesion(lesion: Lesion, scene: Scene, projection: Projection, organs: Mapping[str, Outline]) -> Outline:
    """Where a lesion changes the film noticeably; fluid and free air only within the lung's own outline."""
    water = projection.lesions.get(lesion.key)
    if water is None or lesion.side is None:
        return np.zeros_like(organs["heart"])
    depth = np.abs(water)
    collapsed = scene.cavities[lesion.side].collapsed
    if lesion.name == "pneumothorax" and collapsed is not None:
        return (
            (depth > LEAST_MM)
            & organs[f"{lesion.side} lung"]
            & ~shadows([collapsed], projection.grid, projection.pose)[0]
        )
    share = SHARP if lesion.name == "nodule" else OF_PEAK
    mask = depth > max(LEAST_MM, share * float(depth.max()))
    return mask & organs[f"{lesion.side} lung"] if lesion.name == "effusion" else mask


def _under_heart(scene: Scene, at: Grid, pose: Pose) -> Outline:
    """The slivers of lung between heart and diaphragm next to the midline, which nobody draws."""
    across, up, _ = at.axes
    low = at.v < pose.point(scene.heart[0].centre)[up]
    return low & (np.abs(at.u - pose.point(scene.middle.centre)[across]) < 1.4 * scene.middle.radii[0])


def _above_floor(mask: Outline, space: Cavity, at: Grid, pose: Pose) -> Outline:
    """A lung ends below where its space does, as seen through the lung's own centre."""
    floor = pose.slab(space.floor)
    across, up, along = at.axes
    height = floor.normal[across] * at.u + floor.normal[up] * at.v
    return mask & (height > floor.low - floor.normal[along] * pose.point(space.lung.centre)[along])


def _spine(scene: Scene, at: Grid, pose: Pose) -> Outline:
    """A band of a vertebra's width along the vertebrae's centres."""
    across, up, _ = at.axes
    centres = [pose.point(item.centre) for item in scene.spine]
    middle = np.interp(at.v[:, 0], [p[up] for p in centres], [p[across] for p in centres])
    return np.abs(at.u - middle[:, None]) < pose.scale * scene.spine_half_mm
