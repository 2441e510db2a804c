import xml.etree.ElementTree as ET

import numpy as np
import pytest

from polyclinic.evaluation.card.cases import Case
from polyclinic.evaluation.card.examples import case_section, question_table

PIXELS = np.zeros((1, 10, 10), np.uint8)
MASK = {"size": [10, 10], "counts": [0, 20, 80]}


def question(predicted, confidence, **known):
    base = {"study": "s", "question": f"Is it {predicted}?", "kind": "closed", "reference": "yes", "pointed": []}
    return base | {"predicted": predicted, "confidence": confidence, "blind": "no"} | known


def mask_row(reference, predicted):
    row = {"study": "s", "subject": "p", "name": "heart", "group": "organs", "size": [10, 10]}
    return row | {"reference": reference, "predicted": predicted}


def box_row(scores):
    boxes = [[1.0, 1.0, 4.0, 4.0]] * len(scores)
    row = {"study": "s", "subject": "p", "name": "cell", "group": "cells"}
    return row | {"reference": [[1.0, 1.0, 4.0, 4.0]], "predicted": boxes, "scores": scores}


def section(**rows):
    made = case_section(3, "worst, number 1", Case("s", "p", 0.25, rows), PIXELS)
    ET.fromstring(made)  # every element is closed
    return made


@pytest.mark.parametrize(
    ("reference", "predicted", "note"),
    [(MASK, MASK, "Dice 1.00"), (MASK, None, "missed"), (None, MASK, "not there, drawn"), (None, None, "none found")],
)
def test_masks_are_drawn_and_judged(reference, predicted, note):
    made = section(segmentation=[mask_row(reference, predicted)])
    assert note in made
    assert made.count('<path class="truth"') == (reference is not None)
    assert made.count('<path class="guess"') == (predicted is not None)


def test_the_image_is_embedded_once():
    made = section(segmentation=[mask_row(MASK, MASK)], find=[box_row([0.9])])
    assert made.count("data:image/png;base64,") == 1
    assert made.count('<use href="#image-3"/>') == 2


def test_only_sure_boxes_are_drawn():
    made = section(find=[box_row([0.9, 0.4])])
    assert made.count('<path class="guess"') == 1
    assert "1 there, 1 found" in made


def test_wrong_answers_come_first_and_the_surest_on_top():
    made = section(questions=[question("yes", 0.99), question("no", 0.6), question("unknown", 0.8)])
    assert made.index("Is it unknown?") < made.index("Is it no?") < made.index("Is it yes?")
    assert made.count('class="wrong"') == 2


def test_long_lists_are_cut_and_say_so():
    made = section(questions=[question("no", 0.5) for _ in range(14)])
    assert made.count("<tr>") == 11
    assert "and 4 more questions" in made


def test_an_open_answer_may_be_partly_right():
    made = question_table([question("left upper", 0.5, kind="open", reference="left lower")], with_study=True)
    assert 'class="partly"' in made
    assert "<th>study</th>" in made


def test_sentences_that_differ_are_marked():
    row = {"language": "en", "reference": "There is a nodule. Normal heart.", "predicted": "No nodule. A mass is seen."}
    made = section(reports=[row])
    assert "<mark>There is a nodule.</mark> Normal heart." in made
    assert "No nodule.<mark> A mass is seen.</mark>" in made
    assert "nodule: missed" in made
    assert "mass: not there" in made


def test_classes_on_the_wrong_side_are_named():
    rows = [{"name": name, "predicted": p, "reference": True} for name, p in (("mass", 0.1), ("nodule", 0.9))]
    made = section(classification=rows)
    assert "mass: is, said 0.10" in made
    assert "nodule" not in made
