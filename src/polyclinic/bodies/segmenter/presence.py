"""Whole images through a network that tells what a patch shows: window by window, and the surest counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import torch
from torch import Tensor

from polyclinic.bodies.segmenter.inference import Inference, padded, starts
from polyclinic.bodies.segmenter.plan import Plan
from polyclinic.bodies.segmenter.scene import NameChannel, channel_name, on_grid, with_flags
from polyclinic.curate.slices import slices
from polyclinic.study import Study

UNTOLD = 0.5  # of a name that training did not meet


def presences(
    studies: Sequence[Study],
    names: Sequence[str],
    look: Callable[[Tensor], Tensor],
    plan: Plan,
    settings: Inference,
    name: NameChannel = channel_name,
) -> list[dict[str, float]]:
    """The probability that each Study shows what is asked; a half of a name that is no class of the plan.

    Args:
        look: windows (B, C, *patch) to logits (B, K).
        settings: how windows overlap and how many are looked at together.

    Raises:
        PixelError: an image that does not fit the plan.
        ReadError: an image cannot be read.
    """
    told = []
    for study in studies:
        surest_K = torch.zeros(len(plan.classes))
        for window_BCX in windows(study, plan, settings, name):
            surest_K = torch.maximum(surest_K, look(window_BCX).float().sigmoid().amax(0).cpu())
        row = dict(zip(plan.classes, surest_K.tolist(), strict=True))
        told.append({each: row.get(each, UNTOLD) for each in names})
    return told


def windows(study: Study, plan: Plan, settings: Inference, name: NameChannel = channel_name) -> Iterator[Tensor]:
    """All windows of a Study (B, C, *patch), some at a time; for a plan of pictures each plane of a volume's."""
    flat = plan.dimensions == 2 and bool(study.current_images) and study.current_images[0].is_volume
    for each in slices(study, every=True) if flat else [study]:
        image, present, _ = on_grid(each, plan, name)
        image_CX = with_flags(image, present, plan)
        deep_CZYX = image_CX if plan.dimensions == 3 else image_CX[:, None]
        patch = (plan.patch[-3] if plan.dimensions == 3 else 1, plan.patch[-2], plan.patch[-1])
        whole_CZYX, _ = padded(deep_CZYX, patch)
        begin = [starts(n, p, settings.overlap) for n, p in zip(whole_CZYX.shape[1:], patch, strict=True)]
        cuts = [
            whole_CZYX[:, z : z + patch[0], y : y + patch[1], x : x + patch[2]].reshape(len(image_CX), *plan.patch)
            for z, y, x in product(*begin)
        ]
        yield from torch.split(torch.stack(cuts), settings.windows)
