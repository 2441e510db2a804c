"""Questions gathered by image and split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts.asked import Asked, split_in
from polyclinic.layouts.facts import Facts
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.study import Turn

Paint = Callable[..., Path]


def test_an_image_of_two_splits_is_two_studies_of_one_subject(tmp_path: Path, paint: Paint) -> None:
    paint("images/a.png")
    asked = Asked(Intake(Files.below(tmp_path), Facts()))
    for question, split in (("Q1", "train"), ("Q2", "test"), ("Q3", "train"), ("Q3", "train")):
        assert asked.ask("a", "here", Turn(question, "x"), split) is not None
    assert asked.ask("b", "here", Turn("Q", "x"), "train") is None
    assert asked.ask("b", "there", Turn("Q", "x"), "train") is None
    one, two = asked.drafts.studies()
    assert [(s.id, s.subject, s.split, len(s.images)) for s in (one, two)] == [
        ("a", "a", "train", 1),
        ("a-2", "a", "test", 1),
    ]
    assert [t.question for t in one.turns] == ["Q1", "Q3"]
    assert asked.drafts.intake.skipped == ["here: image b is missing"]


def test_what_ties_images_together_is_the_subject(tmp_path: Path, paint: Paint) -> None:
    paint("a.png")
    asked = Asked(Intake(Files.below(tmp_path), Facts()))
    draft = asked.ask("a", "here", Turn("Q", "x"), None, "PMC1")
    assert draft is not None
    assert (draft.subject, draft.split) == ("PMC1", None)


def test_a_files_name_goes_before_its_folders() -> None:
    assert split_in(Path("train/val.json")) == "val"
    assert split_in(Path("qas/train/qa.json")) == "train"
    assert split_in(Path("x/NewValidationSets.txt")) == "val"
