"""Why a model says what it says: its own heat map and concepts, else what covering parts of the image changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from polyclinic.errors import UnsupportedError
from polyclinic.replies import explained
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.serving.workbench.routes import PREFIX
from polyclinic.study import Image, Pixels, Study
from polyclinic.verbs import Explanation

GRID = 8
COVER = 2  # cells that a patch covers along each side; neighbours overlap by half
FLOOR = 1e-6
Json = dict[str, Any]
Heat = NDArray[np.float32]
Name = Annotated[str, Field(min_length=1, max_length=256)]


class Why(BaseModel):
    """Why a target: a class, a finding or an answer."""

    model_config = ConfigDict(extra="forbid")
    study: Annotated[str, Field(max_length=512)]
    image: Annotated[int, Field(ge=0)] = 0
    index: Annotated[int, Field(ge=0)] = 0
    target: Name
    model: Annotated[str | None, Field(max_length=512)] = None


class Moved(BaseModel):
    """A prediction, its concepts, and what they were moved to."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    probability: Annotated[float, Field(ge=0, le=1)]
    concepts: Annotated[dict[Name, float], Field(max_length=1024)]
    moved: Annotated[dict[Name, float], Field(max_length=1024)]


@dataclass(frozen=True)
class Cells:
    """A grid over an image, whose patches are covered one after the other."""

    height: int
    width: int

    def patch(self, row: int, column: int) -> tuple[slice, slice]:
        """The pixels of the patch whose near corner is a cell's."""
        edges_y, edges_x = (np.linspace(0, size, GRID + 1).round().astype(int) for size in (self.height, self.width))
        low, right = min(row + COVER, GRID), min(column + COVER, GRID)
        return slice(int(edges_y[row]), int(edges_y[low])), slice(int(edges_x[column]), int(edges_x[right]))

    @property
    def corners(self) -> list[tuple[int, int]]:
        """Near corners of all patches."""
        steps = range(GRID - COVER + 1)
        return [(row, column) for row in steps for column in steps]


def covered(pixels: Pixels, patch: tuple[slice, slice]) -> Pixels:
    """A copy with a patch at the image's mean, channel by channel."""
    copy = pixels.copy()
    mean = pixels.mean(axis=(-2, -1), keepdims=True)
    copy[..., patch[0], patch[1]] = mean.astype(pixels.dtype)
    return copy


def occlusion(model: LoadingModel, study: Study, target: str) -> tuple[Heat, float]:
    """How much the probability of a target falls when a part is covered; negative where it rises.

    Source: Zeiler and Fergus 2014, section 4.2. Differs: patches overlap by half, and a cell has the mean of those
    that cover it.

    Returns:
        Heat (8, 8) and the probability with nothing covered.
    """
    image = study.images[0]
    pixels = image.pixels
    cells = Cells(*pixels.shape[-2:])
    shown = [pixels, *(covered(pixels, cells.patch(*corner)) for corner in cells.corners)]
    studies = [replace(study, images=(_with(image, one), *study.images[1:])) for one in shown]
    rows: list[dict[str, float]] = model.call("classify", "classify", studies, [target])
    whole, *others = (row[target] for row in rows)
    total, times = np.zeros((GRID, GRID), np.float32), np.zeros((GRID, GRID), np.float32)
    for (row, column), value in zip(cells.corners, others, strict=True):
        total[row : row + COVER, column : column + COVER] += whole - value
        times[row : row + COVER, column : column + COVER] += 1
    return total / times, whole


def _with(image: Image, pixels: Pixels) -> Image:
    return replace(image, slice=None, load=lambda: pixels)


def why(model: LoadingModel, study: Study, target: str) -> Json:
    """Heat map, concepts and the probability of a target, with how they came about.

    Raises:
        UnsupportedError: the model neither explains nor classifies.
    """
    told: Json = {"model": model.name, "phantom_trained": model.notice.phantom_trained, "target": target}
    if "explain" in model.verbs:
        own: list[Explanation] = model.call("explain", "explain", [study], [target])
        probability = _probability(model, study, target) if "classify" in model.verbs else None
        return told | explained(own[0]) | {"how": "explain", "probability": probability, "fall": None}
    if "classify" not in model.verbs:
        model.call("explain", "explain")  # waits for a model that still loads; says what it cannot do
        raise UnsupportedError(f"{model.name} neither explains nor classifies")
    heat, whole = occlusion(model, study, target)
    found = {"heat": heat.tolist(), "concepts": {}, "probability": whole}
    return told | found | {"how": "occlusion", "fall": max(float(heat.max()), 0.0)}


def _probability(model: LoadingModel, study: Study, target: str) -> float:
    rows: list[dict[str, float]] = model.call("classify", "classify", [study], [target])
    return rows[0][target]


def followed(probability: float, concepts: Mapping[str, float], moved: Mapping[str, float]) -> float:
    """The probability when concepts weigh otherwise.

    The weights of an explanation are what each concept adds to the log odds of its target, as in a concept
    bottleneck with a linear head (Koh et al. 2020, section 3), so that a change of one moves the log odds by as much.

    Example:
        >>> round(followed(0.5, {"cavity": 1.0}, {"cavity": 0.0}), 3)
        0.269
    """
    held = min(max(probability, FLOOR), 1 - FLOOR)
    change = sum(value - concepts[name] for name, value in moved.items() if name in concepts)
    odds = math.log(held / (1 - held)) + change
    return 1 / (1 + math.exp(-odds)) if odds > 0 else math.exp(odds) / (1 + math.exp(odds))


def router(bench: Bench) -> APIRouter:
    """The endpoints of the page."""
    routes = APIRouter(prefix=PREFIX, tags=["workbench"])

    @routes.post("/explain")
    def explain(asked: Why) -> Json:
        """Heat map and concepts for a target."""
        (model,) = bench.chosen([asked.model] if asked.model else [])[:1]
        return why(model, bench.shown(asked.study, asked.image, asked.index), asked.target)

    @routes.post("/concepts")
    def concepts(asked: Moved) -> Json:
        """The probability that follows when concepts are moved."""
        return {"probability": followed(asked.probability, asked.concepts, asked.moved)}

    return routes
