"""Pictures on the page: the image once, and outlines of reference and prediction drawn over it."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.evaluation.card.words import escape

LARGEST = 384
MOST_LABELS, LETTER = 12, 22
LOW, HIGH = 0.5, 99.5
POINT = re.compile(r"(-?[\d.]+) (-?[\d.]+)")
Outline = tuple[str, str, str]


def display(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Pixels (channel, y, x) of any type as grey (y, x) or colour (y, x, 3) bytes, stretched unless they are bytes."""
    planes = pixels[:3] if pixels.shape[0] >= 3 else pixels[:1]
    if planes.dtype == bool:
        planes = planes.astype(np.uint8) * 255
    if planes.dtype != np.uint8:
        values = planes.astype(np.float32)
        low, high = np.percentile(values[np.isfinite(values)], [LOW, HIGH])
        values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
        planes = (np.clip((values - low) / max(high - low, 1e-6), 0, 1) * 255).astype(np.uint8)
    shown: NDArray[np.uint8] = planes[0] if planes.shape[0] == 1 else np.moveaxis(planes, 0, -1)
    return shown


def png_uri(pixels: NDArray[Any]) -> str:
    """An image as a data address, its longer side at most 384 pixels."""
    from PIL import Image

    picture = Image.fromarray(display(pixels))
    picture.thumbnail((LARGEST, LARGEST))
    data = io.BytesIO()
    picture.save(data, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode("ascii")


def picture(key: str, size: tuple[int, int], uri: str | None, outlines: Sequence[Outline], caption: str) -> str:
    """One panel.

    Args:
        key: id of the image on the page; panels of one image share it.
        size: height and width of the image, the units of the outlines.
        uri: the image's data on the first panel, None on those that show it again.
        outlines: (`truth` or `guess`, name, SVG path).
    """
    height, width = size
    base = (
        f'<image id="{escape(key)}" href="{uri}" width="{width}" height="{height}" preserveAspectRatio="none"/>'
        if uri
        else f'<use href="#{escape(key)}"/>'
    )
    drawn = "".join(
        f'<path class="{role}" d="{path}"><title>{escape(f"{name}: {said(role)}")}</title></path>'
        for role, name, path in outlines
    )
    return (
        f'<figure class="panel"><svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(caption)}">'
        f"{base}{drawn}{_labels(outlines, height, width)}</svg><figcaption>{escape(caption)}</figcaption></figure>"
    )


def _labels(outlines: Sequence[Outline], height: int, width: int) -> str:
    """Names above the tops of outlines, unless there are too many; a prediction's only where no reference is."""
    told = {name for role, name, _ in outlines if role == "truth"}
    named = [(role, name, _top(path)) for role, name, path in outlines if role == "truth" or name not in told]
    if len(named) > MOST_LABELS:
        return ""
    letter = max(height, width) / LETTER
    return "".join(
        f'<text class="{role}" x="{min(max(x, 0), width * 0.7):.1f}" y="{max(y - letter * 0.25, letter):.1f}" '
        f'font-size="{letter:.1f}" stroke-width="{letter * 0.25:.1f}">{escape(name)}</text>'
        for role, name, (x, y) in named
    )


def _top(path: str) -> tuple[float, float]:
    """The highest point of an outline."""
    return min(((float(x), float(y)) for x, y in POINT.findall(path)), key=lambda point: point[1])


def said(role: str) -> str:
    """What an outline shows."""
    return {"truth": "reference", "guess": "prediction"}[role]


def mask_path(mask: NDArray[np.bool_]) -> str:
    """A mask's outline as an SVG path along pixel edges, thinned a little."""
    from skimage import measure

    library: Any = measure
    padded = np.pad(mask.astype(np.float32), 1)
    lines = [library.approximate_polygon(line, 0.3) for line in library.find_contours(padded, 0.5)]
    return " ".join(_path((float(x) - 0.5, float(y) - 0.5) for y, x in line) + "Z" for line in lines)


def box_path(box: Sequence[float]) -> str:
    """A box as an SVG path.

    Example:
        >>> box_path([1, 2, 3, 4])
        'M1 2L3 2L3 4L1 4Z'
    """
    x0, y0, x1, y1 = box
    return _path([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) + "Z"


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{round(x, 1):g} {round(y, 1):g}" for x, y in points)
