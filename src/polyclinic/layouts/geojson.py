"""GeoJSON beside images, as QuPath exports its annotations: outlines of named classes, holes included.

Shape: `a.geojson` for `a.png` (in any folder): a feature collection, or a list of features. The classification's name
is the Region's; points become points. On images of more than 16 million pixels outlines stay boxes and points.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from polyclinic.errors import LayoutError
from polyclinic.layouts.facts import Facts, facts_of
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.outlines import Polygon, outlined, points_of
from polyclinic.layouts.rows import read_json
from polyclinic.store.collection import Collection
from polyclinic.study import Region, Study

NAME = "GeoJSON"
LOOKED_FOR = "a .geojson file for each image (QuPath)"
ENDING = ".geojson"
NAMELESS = "annotation"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if not path.is_dir():
        return None
    files = Files.below(path)
    pairs = [file for file in _outlines(files) if files.find(PurePosixPath(file).stem) is not None]
    return f"{len(pairs)} images have outlines in {ENDING} files" if pairs else None


def read(path: Path) -> Collection:
    """One Study an image that has outlines, with a Region for each feature."""
    files = Files.below(path)
    intake = Intake(files, facts_of(files))
    studies = []
    for file in _outlines(files):
        image = intake.image(PurePosixPath(file).stem, file)
        if image is None:
            continue
        size = intake.shape(image.path)[-2:]
        ident = intake.study_id(image.path)
        regions = _regions(intake, file, (size[0], size[1]))
        studies.append(
            Study(ident, ident, intake.facts.domain, (image,), regions=tuple(regions), source=intake.source())
        )
    return intake.collection(studies, "outlines")


def _outlines(files: Files) -> list[str]:
    return [path for path in files.paths if path.lower().endswith(ENDING)]


def _regions(intake: Intake, file: str, size: tuple[int, int]) -> list[Region]:
    try:
        features = _features(read_json(intake.files.root / file))
    except LayoutError as error:
        intake.skipped.append(f"{file}: {error}")
        return []
    made = []
    for at, feature in enumerate(features, start=1):
        try:
            made.append(_region(feature, size, intake.facts))
        except LayoutError as error:
            intake.skipped.append(f"{file} feature {at}: {error}")
    return made


def _features(record: Any) -> list[Any]:
    if isinstance(record, dict) and record.get("type") == "FeatureCollection":
        record = record.get("features")
    elif isinstance(record, dict) and record.get("type") == "Feature":
        record = [record]
    if not isinstance(record, list):
        raise LayoutError("holds no features")
    return record


def _region(feature: Any, size: tuple[int, int], facts: Facts) -> Region:
    held = feature if isinstance(feature, dict) else {}
    geometry, properties = _object(held, "geometry"), _object(held, "properties")
    called = _object(properties, "classification").get("name") or properties.get("name") or NAMELESS
    name = facts.regions.get(str(called), str(called))
    kind = facts.kind(name) or _object(properties, "metadata").get("kind")
    coordinates = geometry.get("coordinates")
    polygons: list[Polygon]
    match geometry.get("type"), coordinates:
        case "Polygon", list():
            polygons = [[points_of(ring) for ring in coordinates]]
        case "MultiPolygon", list():
            polygons = [[points_of(ring) for ring in polygon] for polygon in coordinates if isinstance(polygon, list)]
        case ("Point" | "MultiPoint") as form, list():
            pairs = [coordinates] if form == "Point" else coordinates
            return Region(name, kind, points=tuple(_pair(pair) for pair in pairs))
        case form, _:
            raise LayoutError(f"a geometry of type {form!r} is not read")
    if not polygons or not all(polygons):
        raise LayoutError("its outline is empty")
    return outlined(name, kind, polygons, size)


def _pair(pair: Any) -> tuple[float, float]:
    try:
        return float(pair[0]), float(pair[1])
    except (TypeError, ValueError, IndexError) as error:
        raise LayoutError("a point is a pair of numbers") from error


def _object(record: dict[str, Any], key: str) -> dict[str, Any]:
    held = record.get(key)
    return held if isinstance(held, dict) else {}
