import dataclasses
import json

import numpy as np
import pytest

from polyclinic.errors import CheckpointError
from polyclinic.evaluation.priors import GRID, PriorMask, Priors
from polyclinic.study import Finding, Image, Mask, Region, Report, Study, Turn


def asked(index, question, answer, **known):
    return Study(f"s{index}", f"p{index}", turns=(Turn(question, answer, "closed", ("yes", "no"), **known),))


def test_the_most_frequent_answer_goes_from_text_to_topic_to_options():
    studies = [asked(i, "Is there a mass?", "no", topic="presence") for i in range(5)]
    studies += [asked(i, f"Is {i} large?", "yes", topic="size") for i in range(5, 8)]
    priors = Priors.from_studies(studies)
    options = ("yes", "no")
    ask = lambda text, topic=None: priors.answer(Turn(text, "", "closed", options, topic=topic), options)  # noqa: E731
    assert ask("is there a MASS") == "no"
    assert ask("Is it large?", "size") == "yes"
    assert ask("Something else?") == "no"
    assert priors.answer(Turn("Left or right?", "", "closed"), ("left", "right")) == "left"
    assert Priors().answer(Turn("What?", ""), ()) == ""


def test_an_own_text_counts_from_five_answers_on():
    studies = [asked(i, "Rare?", "yes", topic="t") for i in range(4)] + [
        asked(i, f"{i}?", "no", topic="t") for i in range(9)
    ]
    turn = Turn("Rare?", "", "closed", ("yes", "no"), topic="t")
    assert Priors.from_studies(studies).answer(turn, turn.options) == "no"


def test_prevalence_leaves_out_what_is_uncertain():
    states = [True, False, False, False, None]
    studies = [
        Study(f"s{i}", f"p{i}", findings=(Finding("mass", state),), labels={"sex": "F" if i else "M"})
        for i, state in enumerate(states)
    ]
    found = Priors.from_studies(studies).prevalence
    assert found == {"mass": 0.25, "sex=F": 0.8, "sex=M": 0.2}


def masked(index, mask):
    return Study(f"s{index}", f"p{index}", regions=(Region("heart", "organ", mask=Mask.from_array(mask)),))


def test_the_mean_mask_is_cut_where_dice_is_best():
    half, all_of_it = np.zeros((64, 64), bool), np.ones((64, 64), bool)
    half[:, :32] = True
    priors = Priors.from_studies([masked(0, half), masked(1, half), masked(2, half), masked(3, all_of_it)])
    prior = priors.masks["heart"]
    assert np.array(prior.mean)[:, : GRID // 2].min() == 1
    assert np.array(prior.mean)[:, GRID // 2 :].max() == 0.25
    assert prior.at(64, 64)[:, :30].all()
    assert not prior.at(64, 64)[:, 34:].any()
    assert prior.at(20, 50).shape == (20, 50)


def test_the_typical_box_is_the_one_that_overlaps_most():
    boxes = [(0, 0, 10, 10), (1, 0, 11, 10), (0, 1, 10, 11), (60, 60, 90, 90)]
    studies = [
        Study(
            f"s{i}",
            f"p{i}",
            images=(Image.from_array(np.zeros((100, 200), np.uint8)),),
            regions=(Region("cell", box=tuple(map(float, box))),),
        )
        for i, box in enumerate(boxes)
    ]
    assert Priors.from_studies(studies).boxes == {"cell": (0.0, 0.0, 0.05, 0.1)}


def test_the_count_is_the_median():
    studies = [
        Study(
            f"s{i}",
            f"p{i}",
            images=(Image.from_array(np.zeros((9, 9), np.uint8)),),
            regions=tuple(Region("cell", "cell", box=(0.0, 0.0, 1.0, 1.0)) for _ in range(n)),
        )
        for i, n in enumerate((1, 3, 20))
    ]
    assert Priors.from_studies(studies).counts == {"cell": 3.0}


def test_the_typical_report_shares_most_words():
    texts = ["no effusion here", "no effusion there", "no effusion", "something else altogether"]
    studies = [Study(f"s{i}", f"p{i}", report=Report({"findings": text})) for i, text in enumerate(texts)]
    chinese = Study("z", "z", report=Report({"findings": "未见结节"}, "zh"))
    assert Priors.from_studies([*studies, chinese]).reports == {"en": "no effusion", "zh": "未见结节"}


def test_what_is_saved_is_what_is_loaded(collection, tmp_path):
    priors = Priors.from_studies(collection.split("train"))
    priors.save(tmp_path)
    assert Priors.load(tmp_path) == priors
    assert isinstance(Priors.load(tmp_path).masks["nodule"], PriorMask)
    assert Priors.load(tmp_path / "elsewhere") is None


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"boxes": {"a": "b"}}), json.dumps({"unknown": 1})])
def test_a_damaged_file_is_a_clear_error(text, tmp_path):
    (tmp_path / "priors.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"priors\.json is damaged"):
        Priors.load(tmp_path)


def test_priors_do_not_depend_on_what_cannot_be_read():
    broken = Study("a", "a", images=(Image("gone.png"),), regions=(Region("cell", box=(0.0, 0.0, 1.0, 1.0)),))
    assert Priors.from_studies([broken]).boxes == {}
    volume = Study("v", "v", regions=(Region("heart", mask=Mask.from_array(np.ones((2, 3, 4), bool))),))
    assert Priors.from_studies([dataclasses.replace(volume)]).masks == {}
