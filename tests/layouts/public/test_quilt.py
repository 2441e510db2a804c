"""Quilt-1M in miniature."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]
COLUMNS = ["", "caption", "image_path", "subset", "split", "pathology", "roi_text", "noisy_text", "magnification"]


def test_frames_of_one_video_are_one_subject(tmp_path: Path, paint: Write) -> None:
    rows = [
        ["0", "A gland.", "w5CVC_image_a.jpg", "quilt", "train", "['Renal']", "['A duct.', 'A gland.']", "", "2"],
        ["1", "Another.", "w5CVC_image_b.jpg", "quilt", "val", "['Renal']", "[", "", ""],
        ["2", "Nuclei.", "pub_9.jpg", "pubmed", "train", "", "", "", "1.0"],
        ["3", "Gone.", "gone.jpg", "pubmed", "train", "", "", "", ""],
    ]
    with (tmp_path / "quilt_1M_lookup.csv").open("w", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *rows])
    for name in ("w5CVC_image_a", "w5CVC_image_b", "pub_9"):
        paint(f"images_part_1/quilt_1m/{name}.jpg")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "Quilt-1M"
    a, b, figure = held
    assert (a.subject, b.subject, figure.subject) == ("w5CVC", "w5CVC", "pub_9")
    assert (a.captions, b.captions) == (("A gland.", "A duct."), ("Another.",))
    assert a.labels == {"subset": "quilt", "magnification": 2, "pathology": "Renal"}
    assert (a.split, b.split, a.images[0].modality) == ("train", "val", "SM")
    assert held.skipped == ("quilt_1M_lookup.csv line 5: image gone.jpg is missing",)
