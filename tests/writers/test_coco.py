"""COCO: what is written is what our layout and the reference implementation read, and the rest is counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_coco_eval import mask as reference
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from polyclinic.errors import UsageError
from polyclinic.layouts import open_folder, recognise
from polyclinic.layouts.coco import unpacked
from polyclinic.store.collection import Collection
from polyclinic.study import Mask
from polyclinic.writers.coco import packed, write


def test_there_and_back(tmp_path: Path, held: Collection) -> None:
    written = write(held, tmp_path / "out")
    assert recognise(tmp_path / "out").layout.NAME == "COCO"
    back = open_folder(tmp_path / "out")
    assert (written.studies, len(back), back.skipped) == (3, 4, ())
    one, two, more, three = (back.by_id[name] for name in ("one", "two", "two.1", "three"))
    assert (one.split, two.split, one.captions) == ("train", "test", ("A mole on skin.",))
    for region, other in zip(one.regions, held.by_id["one"].regions, strict=True):
        assert region.name == other.name
        assert (region.array == other.array).all()
    assert [(r.name, r.box) for r in (*two.regions, *more.regions)] == [("mole", (1, 2, 4, 4)), ("mole", (0, 0, 2, 1))]
    for study, image in ((one, held.by_id["one"].images[0]), (three, held.by_id["three"].images[0])):
        assert (study.images[0].pixels == image.pixels).all()


def test_what_is_left_out_is_counted(tmp_path: Path, held: Collection) -> None:
    assert sorted(write(held, tmp_path / "out").lines()) == [
        "1 x findings: the form has no place for them (first: one)",
        "1 x outcomes: the form has no place for them (first: two)",
        "1 x region: points alone, or an empty mask (first: two)",
        "1 x reports: the form has no place for them (first: one)",
        "1 x turns: the form has no place for them (first: one)",
        "3 x labels: the form has no place for them (first: one)",
    ]


def test_the_file_is_whole(tmp_path: Path, held: Collection) -> None:
    write(held, tmp_path / "out")
    record = json.loads((tmp_path / "out/annotations/instances_train.json").read_text())
    assert record["categories"] == [
        {"id": 1, "name": "mark"},
        {"id": 2, "name": "mole", "supercategory": "finding"},
        {"id": 3, "name": "skin", "supercategory": "organ"},
    ]
    assert record["images"] == [{"id": 1, "file_name": "one.png", "height": 6, "width": 8, "study": "one"}]
    first, second = record["annotations"]
    assert (first["bbox"], first["area"], first["image_id"], first["id"]) == ([3, 2, 2, 2], 4.0, 1, 1)
    assert (reference.decode(second["segmentation"]) == held.by_id["one"].regions[1].array).all()
    assert not list((tmp_path / "out").rglob("*.rest"))


def test_a_volume_is_refused(tmp_path: Path, volumes: Collection) -> None:
    written = write(volumes, tmp_path / "out")
    assert written.studies == 0
    assert "3 x image: a volume: the form holds flat images (first: v1)" in written.lines()


def test_an_old_folder_is_not_touched(tmp_path: Path, held: Collection) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(UsageError, match="is there already"):
        write(held, tmp_path / "out")


@given(arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 1)))
def test_packed_runs_are_those_of_the_reference(mask: np.ndarray[Any, Any]) -> None:
    runs = Mask.from_array(mask).counts
    expected = reference.encode(np.asfortranarray(mask))["counts"]
    assert packed(runs) == (expected.decode() if isinstance(expected, bytes) else expected)
    assert tuple(unpacked(packed(runs))) == runs
