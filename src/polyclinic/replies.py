"""The JSON form of what each verb gives: one for the command line's `--json` and for HTTP."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from polyclinic.records import to_plain
from polyclinic.study import Image, Region, Report
from polyclinic.verbs import Answer, Explanation, Risk

Json = dict[str, Any]
SMALLEST_SCORE = 0.3


def plain_region(region: Region) -> Json:
    """A region, its mask as run lengths."""
    plain: Json = to_plain(region)
    return {key: value for key, value in plain.items() if value != ""}


def answered(answer: Answer) -> Json:
    """Of `answer`."""
    found = [plain_region(region) for region in answer.regions]
    return {"answer": answer.text, "confidence": answer.confidence, "scores": dict(answer.scores), "regions": found}


def reported(report: Report) -> Json:
    """Of `report`."""
    return {"language": report.language, "sections": dict(report.sections)}


def high_enough(regions: Sequence[Region], smallest_score: float) -> list[Region]:
    """Regions that a score of their own lets through."""
    return [region for region in regions if (region.score or 0) >= smallest_score]


def found_regions(phrase: str, regions: Sequence[Region], smallest_score: float = SMALLEST_SCORE) -> Json:
    """Of `find`: the regions whose score is high enough, and how many they are."""
    kept = high_enough(regions, smallest_score)
    return {"phrase": phrase, "count": len(kept), "regions": [plain_region(region) for region in kept]}


def segmented(planes: Sequence[Sequence[Region]]) -> Json:
    """Of `segment`: the label map's values, and the regions; those of a volume in a list for each plane."""
    rows = [[plain_region(region) for region in regions] for regions in planes]
    labels = {region.name: value for value, region in enumerate(planes[0], start=1)}
    return {"labels": labels, "regions": rows[0] if len(rows) == 1 else rows}


def at_risk(risk: Risk) -> Json:
    """Of `risk`."""
    return {"times_days": list(risk.times_days), "survival": list(risk.survival), "score": risk.score}


def explained(explanation: Explanation) -> Json:
    """Of `explain`: the heat map as rows, the concepts with their weights."""
    heat = None if explanation.heat is None else explanation.heat.tolist()
    return {"heat": heat, "concepts": dict(explanation.concepts)}


def embedded(name: str, vector: Any) -> Json:
    """Of `embed`, one item."""
    return {"id": name, "vector": [float(value) for value in vector]}


def pictured(image: Image) -> Json:
    """An image as its numbers: shape (channel, [z,] y, x), type, and base64 of them in little-endian order."""
    pixels = np.ascontiguousarray(image.pixels)
    data = base64.b64encode(pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()).decode()
    return {"shape": list(pixels.shape), "type": pixels.dtype.name, "data": data}


def generated(images: Sequence[Image]) -> Json:
    """Of `generate`."""
    return {"images": [pictured(image) for image in images]}


def forecasted(image: Image, in_days: float) -> Json:
    """Of `forecast`: the image, and how long after the last visit it is expected."""
    return {"in_days": in_days, "image": pictured(image)}


def decoded(found: str | Image) -> Json:
    """Of `decode`: a text or an image."""
    return {"text": found} if isinstance(found, str) else {"image": pictured(found)}
