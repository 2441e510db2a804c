"""How stacks of microscopy, with axes of time, channel and depth, become an image's (channel, [z,] y, x).

Depth is z. Time takes its place where there is no depth, so that frames are slices; where there is depth, each frame
gives channels of its own, named by time and channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from polyclinic.readers.units import time_names


@dataclass(frozen=True)
class StackFacts:
    """What a microscope's file says of its stack.

    Args:
        channels: a name a channel; empty where none is named.
        step_mm: distance of pixel centres by axis (`X`, `Y`, `Z`), where it is stated.
        frame_s: seconds from frame to frame.
    """

    channels: tuple[str, ...] = ()
    step_mm: Mapping[str, float] = field(default_factory=dict)
    frame_s: float | None = None


def time_is_depth(sides: Mapping[str, int]) -> bool:
    """Whether the frames of a stack are its slices."""
    return sides.get("T", 1) > 1 and sides.get("Z", 1) == 1


def known_of(facts: StackFacts, sides: Mapping[str, int]) -> dict[str, Any]:
    """The fields of `study.Image` that follow from the facts.

    Args:
        sides: lengths by axis letter, `T`, `C`, `Z`; an axis that is not there counts as one.
    """
    channels, frames = sides.get("C", 1), sides.get("T", 1)
    names = facts.channels if len(facts.channels) == channels else ()
    if frames > 1 and not time_is_depth(sides):
        times = time_names(frames, facts.frame_s)
        names = tuple(f"{time} {name}".strip() for time in times for name in names or _numbered(channels))
    axes = "ZYX" if sides.get("Z", 1) > 1 else "YX"
    spaced = not time_is_depth(sides) and all(axis in facts.step_mm for axis in axes)
    known: dict[str, Any] = {"spacing_mm": tuple(facts.step_mm[axis] for axis in axes) if spaced else None}
    return known | ({"channels": names} if names else {})


def named(names: list[str | None]) -> tuple[str, ...]:
    """Names of channels, numbers where some lack theirs; none at all where no channel is named."""
    if not any(names):
        return ()
    return tuple(name or f"C{number}" for number, name in enumerate(names))


def _numbered(channels: int) -> tuple[str, ...]:
    return tuple(f"C{number}" for number in range(channels)) if channels > 1 else ("",)
