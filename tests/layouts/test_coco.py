"""COCO JSON: boxes, polygons, both run-length forms, captions, splits, and annotations that are wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_coco_eval import mask as reference
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from polyclinic.layouts import open_folder, recognise
from polyclinic.layouts.coco import unpacked
from polyclinic.study import Mask

Paint = Callable[..., Path]


def write(path: Path, annotations: list[dict[str, Any]], images: tuple[str, ...] = ("a.png",)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {
        "images": [{"id": i, "file_name": name} for i, name in enumerate(images)],
        "annotations": [{"id": i, "image_id": 0, "category_id": 3} | one for i, one in enumerate(annotations)],
        "categories": [{"id": 3, "name": "polyp"}],
    }
    path.write_text(json.dumps(record))


def test_boxes_polygons_and_runs(tmp_path: Path, paint: Paint) -> None:
    paint("a.png", size=(4, 5))
    square = [1, 1, 3, 1, 3, 2, 1, 2]
    runs = {"size": [4, 5], "counts": [4, 3, 13]}
    write(tmp_path / "c.json", [{"bbox": [1, 2, 3, 2]}, {"segmentation": [square]}, {"segmentation": runs}])
    assert recognise(tmp_path).layout.NAME == "COCO"
    (study,) = open_folder(tmp_path)
    box, polygon, mask = study.regions
    assert (box.name, box.box) == ("polyp", (1, 2, 4, 4))
    assert polygon.array[1:3, 1:4].all()
    assert int(polygon.array.sum()) == 6
    assert np.argwhere(mask.array).tolist() == [[0, 1], [1, 1], [2, 1]]


def test_what_is_wrong_is_named(tmp_path: Path, paint: Paint) -> None:
    paint("a.png", size=(4, 5))
    wrong = [
        {"category_id": 9, "bbox": [0, 0, 1, 1]},
        {"bbox": ["x", 0, 1, 1]},
        {"segmentation": {"size": [4, 5], "counts": [4, 3]}},
        {"segmentation": {"size": [9, 9], "counts": [81]}},
        {"segmentation": {"size": [4, 5]}},
    ]
    write(tmp_path / "c.json", wrong, ("a.png", "gone.png"))
    collection = open_folder(tmp_path)
    assert collection.studies[0].regions == ()
    assert len(collection.skipped) == 6
    assert "c.json image 0: annotation 0 is of no category" in collection.skipped
    assert "c.json image 1: image gone.png is missing" in collection.skipped


def test_splits_and_captions(tmp_path: Path, paint: Paint) -> None:
    paint("train/a.png")
    paint("valid/a.png")
    write(tmp_path / "train" / "_annotations.coco.json", [{"caption": "A polyp."}])
    write(tmp_path / "valid" / "_annotations.coco.json", [{"bbox": [0, 0, 1, 1]}])
    one, two = open_folder(tmp_path)
    assert (one.split, one.captions, one.regions) == ("train", ("A polyp.",), ())
    assert (two.split, two.images[0].path) == ("val", "valid/a.png")


@given(arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 1)))
def test_packed_runs_agree_with_the_reference(mask: np.ndarray[Any, Any]) -> None:
    packed = reference.encode(np.asfortranarray(mask))["counts"]
    text = packed.decode() if isinstance(packed, bytes) else packed
    assert (Mask(mask.shape, tuple(unpacked(text))).array() == mask).all()


@pytest.mark.parametrize("text", ["", "0"])
def test_packed_runs_of_nothing(text: str) -> None:
    assert unpacked(text) in ([], [0])


def test_files_of_the_same_images_are_joined(tmp_path: Path, paint: Paint) -> None:
    paint("images/a.png")
    write(tmp_path / "annotations" / "captions_val.json", [{"caption": "A polyp."}])
    write(tmp_path / "annotations" / "instances_val.json", [{"bbox": [0, 0, 1, 1]}])
    (study,) = open_folder(tmp_path)
    assert (study.id, study.split, study.captions) == ("a", "val", ("A polyp.",))
    assert [region.box for region in study.regions] == [(0, 0, 1, 1)]


def test_livecell_keeps_annotations_by_number(tmp_path: Path, paint: Paint) -> None:
    paint("images/livecell_train_val_images/A172/A172_Phase_A7_1_00d00h00m_1.tif")
    record = {
        "images": [{"id": 1, "file_name": "A172_Phase_A7_1_00d00h00m_1.tif"}],
        "annotations": {"9": {"id": 9, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2]}},
        "categories": [{"id": 1, "name": "cell"}],
    }
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "livecell_coco_train.json").write_text(json.dumps(record))
    held = open_folder(tmp_path)
    (study,) = held
    assert (held.header.name, study.split, study.images[0].modality) == ("LIVECell", "train", "GM")
    assert [(r.name, r.kind, r.box) for r in study.regions] == [("cell", "cell", (1, 1, 3, 3))]
