"""Rows: the same columns in all of them, one type a column, boxes from masks."""

from __future__ import annotations

from polyclinic.store.collection import Collection
from polyclinic.study import Image, Region, Study
from polyclinic.writers.rows import Columns, rows_of


def test_columns(held: Collection) -> None:
    columns = Columns.over(held)
    assert columns.sections == ("findings", "impression")
    assert columns.labels == {"site": "text", "age": "number", "smoker": "flag"}
    assert (columns.turns, columns.boxes) == (True, True)


def test_mixed_labels_are_text_and_taken_names_are_left() -> None:
    studies = [Study("a", "a", labels={"x": 1.0, "view": "q"}), Study("b", "b", labels={"x": "two"})]
    assert Columns.over(studies).labels == {"x": "text"}


def test_rows(held: Collection) -> None:
    columns = Columns.over(held)
    rows = [row for study in held for _, row in rows_of(study, columns)]
    assert len(rows) == 4
    assert len({tuple(row) for row in rows}) == 1
    one, two, more, three = rows
    assert one["objects"] == {"bbox": [[3, 2, 2, 2], [0, 1, 8, 5]], "category": ["mole", "skin"]}
    assert (one["caption"], one["findings"], one["language"]) == ("A mole on skin.", "A mole.", "en")
    assert one["questions"] == [{"question": "Is it round?", "answer": "yes"}]
    assert (two["objects"]["bbox"], more["objects"]["bbox"]) == ([[1, 2, 3, 2]], [[0, 0, 2, 1]])
    assert (three["age"], three["site"], three["findings"], three["questions"]) == (None, "arm", None, [])


def test_boxes_in_volumes_have_no_place() -> None:
    study = Study("a", "a", images=(Image("x"),), regions=(Region("r", box=(0.0, 0.0, 0.0, 1.0, 1.0, 1.0)),))
    columns = Columns.over([study])
    assert not columns.boxes
    assert "objects" not in next(row for _, row in rows_of(study, columns))
