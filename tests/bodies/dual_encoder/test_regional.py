"""Candidate regions, the sentences that speak of an image's things, and the view that holds both."""

import numpy as np
import torch

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.dual_encoder import Outlook
from polyclinic.bodies.dual_encoder.regional import RegionView, candidates, mentions, windows
from polyclinic.bodies.dual_encoder.speaking import whole
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.study import Finding, Image, Region, Report, Study

PICTURE = Image.from_array(np.zeros((20, 40), np.uint8))
BOXED = Study(
    "1",
    "1",
    images=(PICTURE,),
    report=Report({"findings": "A mass. Two masses here. No cyst."}),
    findings=(Finding("mass", True), Finding("cyst", False), Finding("nodule", None)),
    regions=(Region("mass", box=(0, 0, 40, 20)), Region("elsewhere", image=1, box=(0, 0, 1, 1)), Region("no box")),
)


def test_windows_cover_the_square_once() -> None:
    cells = windows(12, 3)
    area = (cells[:, 2:] - cells[:, :2]).prod(1)
    assert len(cells) == 9
    assert area.tolist() == [16.0] * 9
    assert cells[5].tolist() == [8.0, 4.0, 12.0, 8.0]


def test_candidates_are_the_images_own_boxes_in_its_square() -> None:
    """Twice as wide as high, so half as large in the square, with margins above and below."""
    assert candidates(BOXED, 0, 20, 2).tolist() == [[0.0, 5.0, 20.0, 15.0]]
    bare = Study("2", "2", images=(PICTURE,))
    assert np.array_equal(candidates(bare, 0, 20, 2), windows(20, 2))


def test_a_sentence_is_drawn_for_what_is_not_denied() -> None:
    drawn = [mentions(BOXED, "A mass. Two masses here. No cyst.", np.random.default_rng(i)) for i in range(20)]
    assert {each["mass"] for each in drawn} == {"A mass.", "Two masses here."}
    assert {each["nodule"] for each in drawn} == {"nodule"}
    assert "cyst" not in drawn[0]


def test_a_view_of_one_stage_is_a_copy() -> None:
    view = RegionView(
        [BOXED],
        outlook=Outlook(20, 1),
        tokens=WordPieces.trained(["A mass. No cyst."], 40),
        longest=16,
        speak=whole,
        augment=Augmentation(),
    )
    stage = view.of("mapping")
    assert (view.task, stage.task) == (None, "mapping")
    batch = stage.collate([stage.sample(0, np.random.default_rng(0))] * 2)
    assert batch["task"] == "mapping"
    torch.testing.assert_close(batch["boxes"][1], torch.tensor([[0.0, 5.0, 20.0, 15.0]]))
    assert set(batch["said"][0]) == {"mass", "nodule"}
    assert batch["written"][0] == "A mass. Two masses here. No cyst."
    pairs = view.of("pairs")
    texts = {str(pairs.sample(0, np.random.default_rng(i))["text"]) for i in range(20)}
    assert texts == {"A mass.", "Two masses here.", "nodule"}
