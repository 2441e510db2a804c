"""GeoJSON: QuPath's features, points, classes, and features that are wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from polyclinic.layouts import open_folder, recognise

Paint = Callable[..., Path]
RING = [[1, 1], [4, 1], [4, 3], [1, 3], [1, 1]]
HOLE = [[2, 1], [3, 1], [3, 2], [2, 2], [2, 1]]


def feature(form: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": form, "coordinates": coordinates}, "properties": properties}


def write(tmp_path: Path, record: Any, name: str = "a") -> None:
    (tmp_path / f"{name}.geojson").write_text(json.dumps(record))


def test_features(tmp_path: Path, paint: Paint) -> None:
    paint("slides/a.png")
    told = {"classification": {"name": "Tumor", "color": [200, 0, 0]}, "metadata": {"kind": "finding"}}
    features = [
        feature("Polygon", [RING, HOLE], **told),
        feature("MultiPolygon", [[RING], [[[5, 4], [6, 4], [6, 5], [5, 5]]]], name="two parts"),
        feature("Point", [3, 4]),
    ]
    write(tmp_path, {"type": "FeatureCollection", "features": features})
    assert recognise(tmp_path).layout.NAME == "GeoJSON"
    held = open_folder(tmp_path)
    (study,) = held
    one, two, three = study.regions
    assert (one.name, one.kind, one.box, int(one.array.sum())) == ("Tumor", "finding", (1, 1, 4, 3), 5)
    assert (two.name, int(two.array.sum()), two.box) == ("two parts", 7, (1, 1, 6, 5))
    assert (three.name, three.points, three.mask) == ("annotation", ((3, 4),), None)
    assert held.skipped == ()


def test_a_list_and_a_single_feature(tmp_path: Path, paint: Paint) -> None:
    paint("a.png")
    paint("b.png")
    write(tmp_path, [feature("Polygon", [RING])])
    write(tmp_path, feature("Polygon", [RING]), "b")
    assert [len(study.regions) for study in open_folder(tmp_path)] == [1, 1]


def test_what_is_wrong_is_named(tmp_path: Path, paint: Paint) -> None:
    paint("a.png")
    paint("b.png")
    wrong = [
        feature("LineString", RING),
        feature("Polygon", []),
        feature("Polygon", [[[0, 0], [1, 1]]]),
        feature("Point", ["x", 1]),
        7,
    ]
    write(tmp_path, wrong)
    write(tmp_path, {"type": "Topology"}, "b")
    write(tmp_path, [], "gone")
    held = open_folder(tmp_path)
    assert [study.regions for study in held] == [(), ()]
    assert [line.split(":")[0] for line in held.skipped] == [
        *(f"a.geojson feature {at}" for at in range(1, 6)),
        "b.geojson",
        "gone.geojson",
    ]
