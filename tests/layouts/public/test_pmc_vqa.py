"""PMC-VQA in miniature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from polyclinic.layouts import open_folder, recognise
from polyclinic.layouts.public.pmc_vqa import question_of
from polyclinic.layouts.rows import Row

Write = Callable[..., Path]
COLUMNS = "Figure_path,Caption,Question,Choice A,Choice B,Choice C,Choice D,Answer"
CHOICES = {"Choice A": " A:Brain ", "Choice B": "B: Lung", "Choice C": " C: Liver", "Choice D": " D:"}


@pytest.mark.parametrize(
    ("written", "answer"),
    [("B", "Lung"), ("B: Lung", "Lung"), ("Liver", "Liver"), ("D", None), ("Heart", None), ("", None)],
)
def test_the_answer_is_a_letter_or_a_text(written: str, answer: str | None) -> None:
    question = question_of(Row(2, {"Question": "What is it?", **CHOICES, "Answer": written}))
    assert (question.answer if question else None) == answer
    if question:
        assert (question.options, question.kind) == (("Brain", "Lung", "Liver"), "closed")


def test_figures_of_one_article_are_one_subject(tmp_path: Path, paint: Write, text: Write) -> None:
    text(
        "train_2.csv",
        COLUMNS,
        "PMC1_F1.jpg,A brain.,What?, A:x, B:y, C:z, D:w,A",
        "PMC1_F2.jpg,A lung.,What?, A:x, B:y, C:z, D:w,E",
        "PMC1_F2.jpg,A lung.,Why?, A:x, B:y, C:z, D:w,w",
    )
    text("test_2.csv", COLUMNS, "PMC2_F1.jpg,,What?, A:x, B:y, C:z, D:w,B", "PMC3_F1.jpg,,What?, A:x, B:y, C:z, D:w,B")
    for name in ("PMC1_F1", "PMC1_F2", "PMC2_F1"):
        paint(f"figures/{name}.jpg")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "PMC-VQA"
    by_id = held.by_id
    assert [by_id[f"PMC{name}"].subject for name in ("1_F1", "1_F2", "2_F1")] == ["PMC1", "PMC1", "PMC2"]
    assert (by_id["PMC1_F2"].turns[0].answer, by_id["PMC1_F1"].captions) == ("w", ("A brain.",))
    assert (by_id["PMC2_F1"].split, by_id["PMC1_F1"].split) == ("test", "train")
    assert held.skipped == (
        "test_2.csv line 3: image PMC3_F1.jpg is missing",
        "train_2.csv line 3: its answer is none of its choices",
    )
