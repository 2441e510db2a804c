"""Labels and reports in one batch."""

import numpy as np
import pytest

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.dual_encoder import Outlook, SharedView, stated
from polyclinic.bodies.dual_encoder.labelled import number_of
from polyclinic.bodies.dual_encoder.speaking import Said
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.study import Finding, Image, Report, Study

PIXELS = Image.from_array(np.zeros((8, 8), np.uint8))


def study(identity: str, *findings: Finding, **labels: str) -> Study:
    return Study(identity, identity, images=(PIXELS,), findings=findings, labels=labels)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], []),
        ([("a", False), ("b", False)], ["normal"]),
        ([("a", False), ("b", None)], []),
        ([("a", True), ("b", None), ("c", True)], ["a", "c"]),
    ],
)
def test_what_is_stated_and_what_is_left_open(findings: list[tuple[str, bool | None]], expected: list[str]) -> None:
    assert stated(study("1", *(Finding(*one) for one in findings)), "class") == expected


def test_a_class_label_is_stated_once() -> None:
    assert stated(study("1", Finding("a", True), grade="a", site="b"), "grade") == ["a"]
    assert stated(study("1", Finding("a", False), grade="mild"), "grade") == ["mild", "normal"]


def test_a_batch_tells_categories_apart_whatever_the_texts() -> None:
    view = SharedView(
        [
            study("1", Finding("a", True)),
            study("2", Finding("a", True)),
            study("3", Finding("b", True)),
            study("4"),
            Study("5", "5", images=(PIXELS,), report=Report({"findings": "c"})),
        ],
        outlook=Outlook(8, 1),
        tokens=WordPieces.trained(["text 1 2 3 4 5"], 50),
        longest=8,
        speak=lambda study, rng: Said(f"text {study.id}", (stated(study, "class") or ["none"])[0]),
        augment=Augmentation(),
    )
    assert [one.id for one in view.studies] == ["1", "2", "3", "5"], "the fourth has nothing to say"
    batch = view.collate([view.sample(i, np.random.default_rng(0)) for i in range(3)])
    first, second, third = batch["category"].tolist()
    assert first == second != third
    assert first == number_of("a")
    assert len({tuple(row) for row in batch["texts"].ids_BL.tolist()}) == 3


def test_a_number_is_the_same_in_every_process() -> None:
    """BLAKE2b of 8 bytes, as its standard has it, so it hangs on no seed of Python's own hashing."""
    assert number_of("drusen") == 8629754211151659673
