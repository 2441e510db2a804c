"""Tables that list a file for each channel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from polyclinic.layouts import open_folder, recognise

Paint = Callable[..., Path]
HEAD = "image,channel,stain,label\n"


def test_the_files_of_a_place_become_one_image_named_by_the_rows(tmp_path: Path, paint: Paint) -> None:
    for place in ("a", "b"):
        for value, mark in enumerate(("w1", "w2"), start=1):
            paint(f"plate/{place}_{mark}.png", np.full((4, 5), value, np.uint8))
    rows = (f"plate/{place}_w{n},{n},{stain},{place}" for place in "ab" for n, stain in ((2, "actin"), (1, "DNA")))
    (tmp_path / "index.csv").write_text(HEAD + "\n".join(rows))
    assert recognise(tmp_path).layout.NAME == "table"
    first, second = open_folder(tmp_path)
    assert [(study.id, study.labels["label"]) for study in (first, second)] == [("a", "a"), ("b", "b")]
    assert first.images[0].channels == ("DNA", "actin")
    assert first.images[0].pixels[:, 0, 0].tolist() == [1, 2]


def test_without_a_column_of_channels_each_file_stays_an_image(tmp_path: Path, paint: Paint) -> None:
    for mark in ("w1", "w2"):
        paint(f"plate/a_{mark}.png")
    (tmp_path / "index.csv").write_text("image,label\nplate/a_w1.png,x\nplate/a_w2.png,y\n")
    assert [study.id for study in open_folder(tmp_path)] == ["a_w1", "a_w2"]


def test_places_that_lack_a_channel_are_not_joined(tmp_path: Path, paint: Paint) -> None:
    for name in ("a_w1", "a_w2", "b_w1"):
        paint(f"plate/{name}.png")
    (tmp_path / "index.csv").write_text(HEAD + "".join(f"plate/{n}.png,1,x,y\n" for n in ("a_w1", "a_w2", "b_w1")))
    assert len(open_folder(tmp_path)) == 3
