"""GeoJSON that QuPath opens: an image and, beside it, its Regions as outlines with class names and colours.

```text
images/<study>.png   annotations/<study>.geojson
```

Images are copied as they are, slides included. A mask's outline runs along its pixels' edges, holes included; a box
becomes a rectangle, points stay points. The Region's kind is kept in the metadata.
"""

from __future__ import annotations

import colorsys
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from polyclinic.errors import PolyclinicError
from polyclinic.layouts.files import stem
from polyclinic.store.collection import Collection
from polyclinic.store.export import new_folder, place_file
from polyclinic.study import Image, Region, Study
from polyclinic.writers.account import Stems, Written, without
from polyclinic.writers.outlines import Ring, polygons

NAME = "geojson"
KEPT = ("regions",)


def write(collection: Collection, out: Path, *, link: bool = False) -> Written:
    """Write a collection's Regions as GeoJSON beside its images.

    Raises:
        UsageError: `out` is there already, and not empty.
    """
    written, stems = Written(), Stems()
    with new_folder(out) as building:
        for study in collection:
            written.leave_parts(study, KEPT)
            name = stems.of(study.id)
            placed = [
                _image(study, at, collection.root, building, name if at == 0 else f"{name}.{at}", written, link)
                for at in range(len(study.images))
            ]
            written.studies += any(placed)
    return written


def _image(study: Study, at: int, root: Path, building: Path, name: str, written: Written, link: bool) -> bool:
    image = study.images[at]
    if reason := _unfit(image):
        written.leave(f"image: {reason}", study.id)
        return False
    file = PurePosixPath(image.path).name
    try:
        place_file(root / image.path, building / "images" / (name + file[len(stem(file)) :].lower()), link=link)
    except PolyclinicError as error:
        written.leave(f"image: {without(error, image.path)}", study.id)
        return False
    regions = [region for region in study.regions if region.image == at]
    features = list(_features(regions, written, study.id))
    path = building / "annotations" / f"{name}.geojson"
    path.parent.mkdir(exist_ok=True)
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    path.write_text(text + "\n", "utf-8")
    return True


def _unfit(image: Image) -> str:
    if image.slice is not None or (image.spacing_mm is not None and len(image.spacing_mm) == 3):
        return "a volume or a slice of one: QuPath's outlines lie on flat images"
    return ""


def _features(regions: Sequence[Region], written: Written, where: str) -> Iterator[dict[str, Any]]:
    for region in regions:
        try:
            shape = geometry(region)
        except PolyclinicError as error:
            written.leave(f"region: {without(error, getattr(region.mask, 'path', ''))}", where)
            continue
        if shape is None:
            written.leave("region: an empty mask, or a box in a volume", where)
            continue
        metadata = {"kind": region.kind} if region.kind else {}
        yield {
            "type": "Feature",
            "geometry": shape,
            "properties": {
                "objectType": "annotation",
                "classification": {"name": region.name, "color": list(colour(region.name))},
                "metadata": metadata | {key: str(value) for key, value in region.attributes.items()},
            },
        }


def geometry(region: Region) -> dict[str, Any] | None:
    """A Region's geometry: of its mask, else its box, else its points; None where there is nothing."""
    if region.mask is not None:
        mask = region.mask.array()
        found = [[_closed(ring) for ring in polygon] for polygon in polygons(mask)] if mask.ndim == 2 else []
        if len(found) == 1:
            return {"type": "Polygon", "coordinates": found[0]}
        return {"type": "MultiPolygon", "coordinates": found} if found else None
    if region.box is not None:
        if len(region.box) != 4:
            return None
        x0, y0, x1, y1 = region.box
        corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
        return {"type": "Polygon", "coordinates": [corners]}
    points = [list(point[:2]) for point in region.points]
    return {"type": "MultiPoint", "coordinates": points} if points else None


def colour(name: str) -> tuple[int, int, int]:
    """A colour that depends on the name alone: the same class looks the same in every file.

    Example:
        >>> colour("tumour") == colour("tumour"), colour("tumour") == colour("stroma")
        (True, False)
    """
    hue = int.from_bytes(hashlib.sha256(name.encode()).digest()[:2], "big") / 2**16
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.8, 0.9))
    return red, green, blue


def _closed(ring: Ring) -> list[list[int]]:
    """The ring with its first point again at its end, as GeoJSON wants it."""
    return [list(point) for point in (*ring, ring[0])]
