"""VQA-Med's lists in miniature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]
TRAIN, TEST = "ImageClef-2019-VQA-Med-Training", "VQAMed2019Test"


def test_lists_of_three_and_four_fields(tmp_path: Path, paint: Write, text: Write) -> None:
    text(
        f"{TRAIN}/All_QA_Pairs_train.txt",
        "synpic1|what plane is it?|axial",
        "synpic1|is it a ct?|yes",
        "synpic2|what plane is it?",
        "synpic3|what plane is it?|axial",
    )
    text(f"{TRAIN}/QAPairsByCategory/C2_Plane_train.txt", "synpic1|what plane is it?|axial")
    text(f"{TRAIN}/train_ImageIDs.txt", "synpic1")
    text(
        f"{TEST}/VQAMed2019_Test_Questions_w_Ref_Answers.txt",
        "synpic9|abnormality|what is wrong?|cyst|simple cyst",
        "synpic9|what is wrong here?|cyst|simple cyst",
    )
    paint(f"{TRAIN}/Train_images/synpic1.jpg")
    paint(f"{TRAIN}/Train_images/synpic2.jpg")
    paint(f"{TEST}/Test_Images/synpic9.jpg")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "VQA-Med"
    one, nine = held
    assert [(t.question, t.answer, t.topic) for t in one.turns] == [
        ("what plane is it?", "axial", "plane"),
        ("is it a ct?", "yes", None),
    ]
    assert [(t.question, t.answer, t.topic) for t in nine.turns] == [
        ("what is wrong?", "cyst", "abnormality"),
        ("what is wrong here?", "cyst", None),
    ]
    assert (one.split, nine.split) == ("train", "test")
    assert held.skipped == (
        "All_QA_Pairs_train.txt line 3: expected image, question and answer",
        "All_QA_Pairs_train.txt line 4: image synpic3 is missing",
    )


def test_answers_without_questions_are_no_list(tmp_path: Path, text: Write, paint: Write) -> None:
    text("answers.txt", "synpic1|a thing|another")
    paint("a/x.png")
    paint("b/y.png")
    assert recognise(tmp_path).layout.NAME == "folder per class"
