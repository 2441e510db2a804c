"""Tables to Studies: joins, visits, boxes, masks, texts, questions, and rows that cannot be taken in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from polyclinic.errors import LayoutError
from polyclinic.layouts import open_folder, recognise
from polyclinic.layouts.tabular import listed

Paint = Callable[..., Path]
Table = Callable[..., Path]


def test_labels_split_subject_and_text(tmp_path: Path, paint: Paint, table: Table) -> None:
    for name in "abcd":
        paint(f"images/{name}.png")
    table(
        "metadata.csv",
        "image split label patient age clinical_notes caption",
        ("images/a.png", "train", "covid", "p1", 50, "Cough.", ""),
        ("images/b.png", "validation", "normal", "p2", 60, "", "A lung."),
        ("images/c.png", "test", "covid", "p3", "", "Fever.", "['One.', 'Two.']"),
        ("images/d.png", "test", "normal", "p3", 70, "", ""),
    )
    collection = open_folder(tmp_path)
    a, b, c, d = collection
    assert [s.split for s in collection] == ["train", "val", "test", "test"]
    assert (a.id, a.subject, a.labels) == ("a", "p1", {"label": "covid", "age": 50})
    assert a.report is not None
    assert a.report.sections == {"clinical_notes": "Cough."}
    assert (b.captions, c.captions) == (("A lung.",), ("One.", "Two."))
    assert "age" not in c.labels
    assert d.report is None
    assert collection.skipped == ()
    assert a.images[0].pixels.shape == (1, 6, 8)


def test_visits_are_ordered_and_linked(tmp_path: Path, paint: Paint, table: Table) -> None:
    for name in "abcde":
        paint(f"{name}.png")
    table(
        "t.csv",
        "image patientid offset view",
        ("a.png", "7", 9, "PA"),
        ("b.png", "7", -3, "AP"),
        ("c.png", "7", 2, "PA"),
        ("d.png", "7", 2, "AP"),
        ("e.png", "8", "", "AP"),
    )
    studies = open_folder(tmp_path).studies
    assert [(s.id, s.images[0].time_days, s.prior) for s in studies] == [
        ("b", 0.0, None),
        ("c", 5.0, "b"),
        ("d", 5.0, "b"),
        ("a", 12.0, "d"),
        ("e", None, None),
    ]
    assert [s.images[0].view for s in studies] == ["AP", "PA", "AP", "PA", "AP"]
    assert studies[0].labels == {"view": "AP"}


def test_boxes_of_several_rows_become_regions(tmp_path: Path, paint: Paint, table: Table) -> None:
    paint("images/a.jpg")
    paint("images/b.jpg")
    table(
        "boxes.csv",
        "image label xmin ymin xmax ymax",
        ("images/a.jpg", "RBC", 1, 2, 4, 5),
        ("images/b.jpg", "WBC", 0, 0, 2, 2),
        ("images/a.jpg", "WBC", 0, 0, 3, 3),
    )
    a, b = open_folder(tmp_path)
    assert [(r.name, r.box) for r in a.regions] == [("RBC", (1, 2, 4, 5)), ("WBC", (0, 0, 3, 3))]
    assert [r.name for r in b.regions] == ["WBC"]
    assert a.labels == {}


def test_tables_that_name_the_same_images_are_joined(tmp_path: Path, paint: Paint, table: Table) -> None:
    paint("images/a.png")
    paint("images/b.png")
    table("boxes.csv", "image label x y w h", ("images/a.png", "left lung", 1, 2, 3, 4))
    table("meta.csv", "image finding", ("images/a.png", "pneumonia"), ("images/b.png", "none seen"))
    table("pairs.csv", "before after score", ("images/a.png", "images/b.png", 1))
    collection = open_folder(tmp_path)
    a, b = collection
    assert a.labels == {"finding": "pneumonia"}
    assert [(r.name, r.box) for r in a.regions] == [("left lung", (1, 2, 4, 6))]
    assert b.regions == ()
    assert "pairs.csv is not used" in str(collection.header.note)


def test_a_box_of_the_only_mask_belongs_to_it(tmp_path: Path, paint: Paint, table: Table) -> None:
    paint("images/a.png")
    paint("masks/a.png", np.eye(6, 8, dtype=np.uint8) * 255)
    table("index.csv", "image polyp_mask xmin ymin xmax ymax", ("images/a.png", "masks/a.png", 0, 0, 6, 6))
    (region,) = open_folder(tmp_path).studies[0].regions
    assert (region.name, region.box, int(region.array.sum())) == ("polyp", (0, 0, 6, 6), 6)


def test_a_second_observer_and_the_field_of_view_stay_out(tmp_path: Path, paint: Paint, table: Table) -> None:
    for folder in ("images", "masks", "masks_2nd", "fov"):
        paint(f"{folder}/a.png", np.eye(6, 8, dtype=np.uint8) * 255)
    row = tuple(f"{folder}/a.png" for folder in ("images", "masks", "masks_2nd", "fov"))
    table("index.csv", "image vessel_mask vessel_mask_2nd fov_mask", row)
    collection = open_folder(tmp_path)
    assert [r.name for r in collection.studies[0].regions] == ["vessel"]
    assert "second observer" in str(collection.header.note)
    assert "field of view" in str(collection.header.note)


def test_what_cannot_be_taken_in_is_counted_and_named(tmp_path: Path, paint: Paint, table: Table) -> None:
    for name in ("good", "cut", "odd"):
        paint(f"images/{name}.png", size=(40, 40))
    cut = tmp_path / "images/cut.png"
    cut.write_bytes(cut.read_bytes()[:300])
    paint("masks/odd.png", np.ones((5, 5), np.uint8))
    table(
        "t.csv",
        "image lesion_mask label",
        ("images/good.png", "", "a"),
        ("images/gone.png", "", "b"),
        ("images/cut.png", "", "a"),
        ("images/odd.png", "masks/odd.png", "b"),
        ("../secret.png", "", "a"),
        ("", "", "b"),
    )
    collection = open_folder(tmp_path)
    assert [s.id for s in collection] == ["good", "odd"]
    assert collection.studies[1].regions == ()
    skipped = "\n".join(collection.skipped)
    assert "t.csv line 3: image images/gone.png is missing" in skipped
    assert "t.csv line 4: cannot read images/cut.png" in skipped
    assert "t.csv line 5: mask masks/odd.png is 5x5, its image images/odd.png is 40x40" in skipped
    assert "t.csv line 6: image ../secret.png is missing" in skipped
    assert "t.csv line 7: no image is named" in skipped
    assert len(collection.skipped) == 5


def test_a_table_whose_images_are_all_missing_is_an_error(tmp_path: Path, table: Table) -> None:
    table("t.csv", "image label", ("a.png", "x"), ("b.png", "y"))
    with pytest.raises(LayoutError, match=r"none of its rows.*t.csv line 2: image a.png is missing"):
        open_folder(tmp_path)


def test_a_table_of_texts_makes_studies_without_images(tmp_path: Path, table: Table) -> None:
    table(
        "reports.csv",
        "uid findings impression problem",
        ("1", "Clear lungs.", "Normal.", "none"),
        ("2", "", "", "none"),
        ("3", "Effusion.", "", "none"),
    )
    collection = open_folder(tmp_path)
    assert [s.id for s in collection] == ["1", "3"]
    assert collection.studies[0].report is not None
    assert collection.studies[0].report.sections == {"findings": "Clear lungs.", "impression": "Normal."}
    assert collection.studies[0].images == ()
    assert "names no images" in str(collection.header.note)
    assert collection.skipped == ("reports.csv line 3: neither image nor text",)


def test_rows_of_one_study_share_it(tmp_path: Path, paint: Paint, table: Table) -> None:
    for name in "abc":
        paint(f"{name}.png")
    table(
        "t.csv",
        "image study patient view report",
        ("a.png", "s1", "p1", "frontal", "Clear."),
        ("b.png", "s1", "p1", "lateral", "Clear."),
        ("c.png", "s2", "p1", "frontal", "Worse."),
    )
    one, two = open_folder(tmp_path)
    assert (one.id, [i.view for i in one.images]) == ("p1-s1", ["frontal", "lateral"])
    assert one.report is not None
    assert one.report.text == "Clear."
    assert (two.id, two.subject) == ("c", "p1")


@pytest.mark.parametrize("called", ["images/a.png", "a.png", "a", "./images/a.png"])
def test_images_are_found_by_what_they_are_called(tmp_path: Path, paint: Paint, table: Table, called: str) -> None:
    paint("images/a.png")
    paint("masks/a.png")
    table("t.csv", "image label", (called, "x"))
    assert [s.images[0].path for s in open_folder(tmp_path)] == ["images/a.png"]


def test_a_table_alone_may_be_given(tmp_path: Path, paint: Paint, table: Table) -> None:
    paint("a.png")
    one = table("one.csv", "image label", ("a.png", "x"))
    table("two.csv", "image grade", ("a.png", "y"))
    assert "one.csv" in recognise(one).reason
    assert len(open_folder(one)) == 1


def test_ids_stay_unique_where_stems_repeat(tmp_path: Path, paint: Paint, table: Table) -> None:
    paint("x/1.png")
    paint("y/1.png")
    table("t.csv", "image", ("x/1.png",), ("y/1.png",))
    assert [(s.id, s.subject) for s in open_folder(tmp_path)] == [("1", "1"), ("y-1", "y-1")]


def test_broken_tables_are_told(tmp_path: Path, paint: Paint, table: Table) -> None:
    (tmp_path / "list.json").write_text('[{"image": "a.png"},\n')
    with pytest.raises(LayoutError, match=r"list.json line 2: not JSON"):
        open_folder(tmp_path)
    paint("a.png")
    table("t.csv", "image", ("a.png",))
    assert any("list.json line 2" in line for line in open_folder(tmp_path).skipped)


def test_json_lines_are_read(tmp_path: Path, paint: Paint) -> None:
    paint("a.png")
    (tmp_path / "t.jsonl").write_text('{"image": "a.png", "captions": ["One.", "Two."], "age": 3}\n\n')
    assert open_folder(tmp_path).studies[0].captions == ("One.", "Two.")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("plain", ["plain"]),
        ("a\nb", ["a", "b"]),
        ("['x', 'y ']", ["x", "y"]),
        ("['broken]", ["['broken]"]),
        ("['the patient's lung']", ["the patient's lung"]),
        ("['" + "[" * 500 + "']", ["[" * 500]),
    ],
)
def test_listed(cell: str, expected: Any) -> None:
    assert listed(cell) == expected


def test_any_table_may_nest_boxes_and_questions(tmp_path: Path, paint: Paint) -> None:
    paint("a.png")
    nested = {"objects": {"bbox": [[1, 2, 3, 4]], "category": ["polyp"]}}
    asked = {"questions": [{"question": "Is it?", "answer": "no"}]}
    row = {"file_name": "a.png", **nested, **asked}
    (tmp_path / "metadata.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(row) + "\n")
    (study,) = open_folder(tmp_path)
    assert [(region.name, region.box) for region in study.regions] == [("polyp", (1, 2, 4, 6))]
    assert [turn.answer for turn in study.turns] == ["no"]


def test_a_column_of_that_name_in_words_is_a_column_like_others(tmp_path: Path, paint: Paint) -> None:
    paint("a.png")
    paint("b.png")
    (tmp_path / "t.csv").write_text("image,caption,questions\na.png,A.,Is it one or two?\nb.png,B.,What is it there?\n")
    assert [study.labels["questions"] for study in open_folder(tmp_path)] == ["Is it one or two?", "What is it there?"]
