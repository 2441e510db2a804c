"""What all layouts do alike: images and masks with an account of the failures, ids, the collection."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from polyclinic.errors import LayoutError
from polyclinic.layouts.facts import Facts
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.study import Study

Paint = Callable[..., Path]


def test_an_image_knows_its_header_and_the_facts(tmp_path: Path, paint: Paint) -> None:
    paint("a.png", size=(3, 4))
    intake = Intake(Files.below(tmp_path), Facts(modality="ES", licence="MIT"))
    image = intake.image("a.png", "here")
    assert image is not None
    assert (image.path, image.modality, intake.shape("a.png")) == ("a.png", "ES", (1, 3, 4))
    assert intake.source("Other").licence == "MIT"


def test_a_broken_image_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no")
    intake = Intake(Files.below(tmp_path), Facts())
    assert [intake.image("a.png", place) for place in ("first", "second")] == [None, None]
    assert len(intake.skipped) == 1
    assert intake.skipped[0].startswith("first: a.png is no image")


def test_masks_have_their_images_size(tmp_path: Path, paint: Paint) -> None:
    paint("a.png", size=(3, 4))
    paint("good.png", size=(3, 4))
    paint("bad.png", size=(4, 3))
    intake = Intake(Files.below(tmp_path), Facts())
    image = intake.image("a.png", "here")
    assert image is not None
    assert [intake.mask(name, image, "here") for name in ("good.png", "bad.png", "no.png")] == ["good.png", None, None]
    assert intake.skipped == ["here: mask bad.png is 4x3, its image a.png is 3x4", "here: mask no.png is missing"]


def test_ids_are_unique(tmp_path: Path) -> None:
    intake = Intake(Files(tmp_path, ()), Facts())
    assert [intake.study_id(path) for path in ("x/1.png", "y/1.png", "y/1.nii.gz")] == ["1", "y-1", "y-1-2"]
    assert [intake.name("n"), intake.name("n"), intake.name("n")] == ["n", "n-2", "n-3"]


def test_a_collection_of_nothing_is_an_error(tmp_path: Path) -> None:
    intake = Intake(Files(tmp_path, ()), Facts(), skipped=["a", "b", "c", "d"])
    with pytest.raises(LayoutError, match=r"none of its rows .*4 skipped.*: a; b; c$"):
        intake.collection([], "rows")


def test_a_collection_has_name_notes_and_skips(tmp_path: Path) -> None:
    intake = Intake(Files(tmp_path, ()), Facts(name="Set", note="first"), skipped=["gone"], notes=["second"])
    made = intake.collection([Study("a", "p")], "rows")
    assert (made.header.name, made.header.note, made.skipped) == ("Set", "first; second", ("gone",))
