"""Image folders and Parquet: read back by our layout, and by pyarrow."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.errors import UnsupportedError
from polyclinic.layouts import open_folder, recognise
from polyclinic.store.collection import Collection
from polyclinic.study import Report
from polyclinic.writers import huggingface, parquet


def test_there_and_back(tmp_path: Path, held: Collection) -> None:
    written = huggingface.write(held, tmp_path / "out")
    assert recognise(tmp_path / "out").layout.NAME == "image folders"
    back = open_folder(tmp_path / "out")
    assert (written.studies, len(back), back.skipped) == (3, 3, ())
    one = next(study for study in back if study.subject == "p1")
    assert (one.split, one.captions, one.report) == (
        "train",
        ("A mole on skin.",),
        Report(held.by_id["one"].report.sections),
    )  # type: ignore[union-attr]
    assert [(turn.question, turn.answer) for turn in one.turns] == [("Is it round?", "yes")]
    assert [(r.name, r.box) for r in one.regions] == [("mole", (3, 2, 5, 4)), ("skin", (0, 1, 8, 6))]
    assert (one.images[0].pixels == held.by_id["one"].images[0].pixels).all()
    assert one.images[0].path == "train/one.png"
    two = next(study for study in back if study.subject == "p2")
    assert [(image.path, image.view) for image in two.images] == [("test/two.png", "front"), ("test/two.1.png", None)]
    assert [(r.image, r.box) for r in two.regions] == [(0, (1, 2, 4, 4)), (1, (0, 0, 2, 1))]


def test_what_is_left_out_is_counted(tmp_path: Path, held: Collection) -> None:
    assert sorted(huggingface.write(held, tmp_path / "out").lines()) == [
        "1 x findings: the form has no place for them (first: one)",
        "1 x outcomes: the form has no place for them (first: two)",
        "1 x region: points alone (first: two)",
        "2 x masks: only their boxes are written (first: one)",
    ]


def test_volumes_have_no_rows(tmp_path: Path, volumes: Collection) -> None:
    written = huggingface.write(volumes, tmp_path / "out")
    assert written.studies == 0
    assert "3 x image: a volume: the form holds flat images (first: v1)" in written.lines()
    assert (tmp_path / "out/train/metadata.jsonl").read_text() == ""


def test_parquet(tmp_path: Path, held: Collection) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    written = parquet.write(held, tmp_path / "out")
    assert written.studies == 3
    table = pq.read_table(tmp_path / "out/data/test-00000-of-00001.parquet")
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == table.column_names
    rows = table.to_pylist()
    assert [row["study"] for row in rows] == ["two", "two", "three"]
    assert rows[2]["image"]["path"] == "three.png"
    with Pillow.open(io.BytesIO(rows[2]["image"]["bytes"])) as picture:
        assert (np.asarray(picture) == held.by_id["three"].images[0].pixels[0]).all()
    assert (rows[0]["age"], rows[2]["age"], rows[0]["smoker"]) == (50.0, None, False)
    assert rows[0]["objects"] == {"bbox": [[1.0, 2.0, 3.0, 2.0]], "category": ["mole"]}


def test_parquet_needs_pyarrow(tmp_path: Path, held: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UnsupportedError, match="needs pyarrow"):
        parquet.write(held, tmp_path / "out")
    assert not (tmp_path / "out").exists()
