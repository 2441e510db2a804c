"""Parquet with pictures inside: our own form there and back, questions about one picture, classes, masks, faults."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image as Pillow
from pyarrow import parquet as pq

from polyclinic.errors import LayoutError, ReadError
from polyclinic.layouts import open_folder, recognise
from polyclinic.readers import read_pixels
from polyclinic.store.collection import Collection, Header
from polyclinic.store.export import export
from polyclinic.study import Image, Region, Report, Study, Turn
from polyclinic.writers import parquet as writer

A, B = np.arange(48, dtype=np.uint8).reshape(6, 8), np.full((6, 8), 9, np.uint8)


def png(values: Any, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(np.asarray(values)).save(out, form)
    return out.getvalue()


def picture(values: Any, path: str | None = None) -> dict[str, Any]:
    return {"bytes": png(values), "path": path}


def put(path: Path, rows: list[dict[str, Any]], features: dict[str, Any] | None = None, group: int = 2) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(rows)
    if features is not None:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pq.write_table(table, path, row_group_size=group)
    return path


def test_there_and_back(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, values in (("a", A), ("b", B)):
        (tmp_path / f"in/{name}.png").write_bytes(png(values))
    one = Study(
        "one",
        "p1",
        images=(Image("a.png"), Image("b.png")),
        report=Report({"findings": "A mole.", "impression": "None."}),
        captions=("A mole on skin.",),
        regions=(Region("mole", None, 1, (1.0, 2.0, 4.0, 5.0)),),
        turns=(Turn("Is it?", "yes", "closed", ("yes", "no")),),
        labels={"age": 50},
        split="train",
    )
    two = Study("two", "p2", images=(Image("b.png"),), labels={"age": 61}, split="test")
    writer.write(Collection(tmp_path / "in", Header("mine"), (one, two)), tmp_path / "out")
    assert recognise(tmp_path / "out").layout.NAME == "Parquet"
    back = open_folder(tmp_path / "out")
    assert back.skipped == ()
    assert "objects" not in str(back.header.note)
    assert "questions" not in str(back.header.note)
    first = next(study for study in back if study.subject == "p1")
    assert (first.report, first.captions, first.turns, first.split) == (one.report, one.captions, one.turns, "train")
    assert [(region.name, region.image, region.box) for region in first.regions] == [("mole", 1, (1, 2, 4, 5))]
    assert [image.pixels.tolist() for image in first.images] == [[A.tolist()], [B.tolist()]]
    assert {study.subject: (study.split, study.labels["age"]) for study in back}["p2"] == ("test", 61)


def test_questions_about_one_picture_make_one_study_a_split(tmp_path: Path) -> None:
    rows = [{"image": picture(A), "question": f"Is it {i}?", "answer": "no"} for i in range(3)]
    rows += [{"image": picture(B), "question": "Is it?", "answer": "yes"}]
    put(tmp_path / "data/train-00000-of-00002.parquet", rows)
    put(tmp_path / "data/train-00001-of-00002.parquet", [{**rows[0], "question": "Where?", "answer": "here"}])
    put(tmp_path / "data/test-00000-of-00001.parquet", [{**rows[0], "question": "Which?", "answer": "this"}])
    held = open_folder(tmp_path)
    assert [(study.split, len(study.turns)) for study in held] == [("test", 1), ("train", 4), ("train", 1)]
    test, train, other = held
    assert test.subject == train.subject != other.subject
    assert (train.images[0].pixels == A).all()
    assert train.images[0].path == "data/train-00000-of-00002.parquet/image/0.png"


def test_classes_have_their_names_and_any_row_is_found(tmp_path: Path) -> None:
    rows = [{"img": png(np.full((6, 8), i, np.uint8)), "label": i % 2, "vector": [0.5] * 9} for i in range(7)]
    features = {"img": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["benign", "malignant"]}}
    held = open_folder(put(tmp_path / "validation.parquet", rows, features, group=3))
    assert [study.labels["label"] for study in held] == ["benign", "malignant"] * 3 + ["benign"]
    assert {study.split for study in held} == {"val"}
    assert [int(study.images[0].pixels[0, 0, 0]) for study in held] == list(range(7))


def test_masks_beside_their_pictures(tmp_path: Path) -> None:
    rows = [{"image": picture(A, "x.png"), "mask": picture((A > i) * np.uint8(255))} for i in (30, 40)]
    put(tmp_path / "train.parquet", rows)
    held = open_folder(tmp_path)
    assert [int(study.regions[0].array.sum()) for study in held] == [17, 7]


def test_a_row_may_have_no_picture(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"image": picture(A), "caption": "A."}, {"image": None, "caption": "B."}]
    put(tmp_path / "train.parquet", rows)
    held = open_folder(tmp_path)
    assert [study.captions for study in held] == [("A.",)]
    assert held.skipped == ("train.parquet line 2: no image is named",)


def test_a_converted_set_takes_its_file_along_once(tmp_path: Path) -> None:
    put(tmp_path / "in/train.parquet", [{"image": picture(A), "caption": "A."}, {"image": picture(B), "caption": "B."}])
    assert export(open_folder(tmp_path / "in"), tmp_path / "out") == 2
    assert [entry.name for entry in (tmp_path / "out").rglob("*.parquet")] == ["train.parquet"]
    assert [int(study.images[0].pixels[0, 0, 1]) for study in open_folder(tmp_path / "out")] == [1, 9]


def test_faults_are_told(tmp_path: Path) -> None:
    put(tmp_path / "train.parquet", [{"image": {"bytes": b"\x89PNG\r\n\x1a\n torn", "path": None}, "caption": "A."}])
    (tmp_path / "other.parquet").write_bytes(b"PAR1 no such thing PAR1")
    held = open_folder(tmp_path)
    assert [line.partition(":")[0] for line in held.skipped] == ["other.parquet is left out"]
    with pytest.raises(ReadError, match="train"):
        _ = held.studies[0].images[0].pixels
    for wrong in ("image/9.png", "image/x.png", "none/0.png"):
        with pytest.raises(ReadError):
            read_pixels(tmp_path / "train.parquet" / wrong)


def test_without_pictures_it_is_another_layouts(tmp_path: Path) -> None:
    put(tmp_path / "index.parquet", [{"image": b"no picture", "caption": "A."}])
    with pytest.raises(LayoutError, match="known layout"):
        recognise(tmp_path)
