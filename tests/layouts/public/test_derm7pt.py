"""Derm7pt in miniature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]


def test_cases_have_two_images_and_a_checklist(tmp_path: Path, paint: Write, text: Write) -> None:
    text(
        "meta/meta.csv",
        "case_num,diagnosis,seven_point_score,pigment_network,streaks,blue_whitish_veil,sex,clinic,derm",
        "1,blue nevus,3,absent,irregular,present,female,NEL/NEL027.JPG,NEL/Nel026.jpg",
        "2,melanoma,5,,absent,absent,male,NEL/gone.jpg,NEL/Nel028.jpg",
    )
    text("meta/train_indexes.csv", "indexes", "0")
    text("meta/test_indexes.csv", "indexes", "1", "x")
    for name in ("Nel026", "Nel027", "Nel028"):
        paint(f"images/NEL/{name}.jpg")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "Derm7pt"
    one, two = held
    assert [(image.path, image.view) for image in one.images] == [
        ("images/NEL/Nel026.jpg", "dermoscopy"),
        ("images/NEL/Nel027.jpg", "clinical"),
    ]
    assert {f.name: (f.present, dict(f.attributes)) for f in one.findings} == {
        "pigment network": (False, {}),
        "streaks": (True, {"type": "irregular"}),
        "blue whitish veil": (True, {}),
    }
    assert {f.name: f.present for f in two.findings} == {"streaks": False, "blue whitish veil": False}
    assert one.labels == {"diagnosis": "blue nevus", "seven point score": 3, "sex": "female"}
    assert (one.split, two.split, len(two.images)) == ("train", "test", 1)
    assert held.skipped == ("meta.csv line 3: image images/NEL/gone.jpg is missing",)
