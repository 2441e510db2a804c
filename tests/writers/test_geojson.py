"""GeoJSON for QuPath: read back by our layout, classes, colours, and what has no outline."""

from __future__ import annotations

import json
from pathlib import Path

from polyclinic.layouts import open_folder, recognise
from polyclinic.store.collection import Collection
from polyclinic.study import Mask, Region
from polyclinic.writers.geojson import geometry, write


def test_there_and_back(tmp_path: Path, held: Collection) -> None:
    written = write(held, tmp_path / "out")
    assert recognise(tmp_path / "out").layout.NAME == "GeoJSON"
    back = open_folder(tmp_path / "out")
    assert (written.studies, len(back), back.skipped) == (3, 4, ())
    one = back.by_id["one"]
    for region, before in zip(one.regions, held.by_id["one"].regions, strict=True):
        assert (region.name, region.kind) == (before.name, before.kind)
        assert (region.array == before.array).all()
    box, mark = back.by_id["two"].regions
    assert (box.name, box.box, mark.points) == ("mole", (1, 2, 4, 4), ((1, 1),))
    assert (back.by_id["three"].images[0].pixels == held.by_id["three"].images[0].pixels).all()


def test_what_qupath_reads(tmp_path: Path, held: Collection) -> None:
    write(held, tmp_path / "out")
    record = json.loads((tmp_path / "out/annotations/one.geojson").read_text())
    mole, skin = record["features"]
    assert record["type"] == "FeatureCollection"
    assert mole["geometry"] == {"type": "Polygon", "coordinates": [[[3, 2], [5, 2], [5, 4], [3, 4], [3, 2]]]}
    assert mole["properties"]["objectType"] == "annotation"
    assert mole["properties"]["classification"]["name"] == "mole"
    assert all(0 <= part <= 255 for part in mole["properties"]["classification"]["color"])
    assert len(skin["geometry"]["coordinates"]) == 2
    assert json.loads((tmp_path / "out/annotations/three.geojson").read_text())["features"] == []


def test_volumes_are_left_out(tmp_path: Path, volumes: Collection) -> None:
    written = write(volumes, tmp_path / "out")
    assert written.lines()[0].startswith("3 x image: a volume or a slice of one")


def test_geometries() -> None:
    two = Mask((2, 3), (0, 1, 3, 1, 1))
    assert geometry(Region("a", mask=two))["type"] == "MultiPolygon"  # type: ignore[index]
    assert geometry(Region("a", mask=Mask((2, 3), (6,)))) is None
    assert geometry(Region("a", box=(0.0, 0.0, 0.0, 1.0, 1.0, 1.0))) is None
    assert geometry(Region("a")) is None
