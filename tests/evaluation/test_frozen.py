"""All protocols over frozen features: what they learn from, and that they can succeed and fail."""

import dataclasses
import json

import numpy as np
import pytest

from polyclinic.errors import UnsupportedError, UsageError
from polyclinic.evaluation.assess import assess, others, recompute
from polyclinic.evaluation.few_shot import SHOTS
from polyclinic.evaluation.pointing import inside_of
from polyclinic.study import Image, Region, Study
from polyclinic.verbs import Explanation

LEARNED = ("probe", "neighbours", "few_shot", "label_efficiency")


class Knowing:
    """Features that tell whether there is a nodule, and nothing else."""

    def embed_images(self, studies):
        return np.array([[1.0, 0.0] if s.findings[0].present else [0.0, 1.0] for s in studies], np.float32)

    def embed_texts(self, texts):
        return np.ones((len(texts), 2), np.float32)


@pytest.fixture
def findings_only(collection):
    bare = tuple(dataclasses.replace(study, labels={}) for study in collection.studies)
    return dataclasses.replace(collection, studies=bare)


def test_features_that_know_win_and_noise_does_not(findings_only, tmp_path):
    scores = assess(Knowing(), findings_only, findings_only.split("test"), tmp_path, None, protocols=LEARNED)
    for name in ("probe", "neighbours", "few_shot.shots_1", "few_shot.shots_8", "label_efficiency.percent_100"):
        assert scores[f"{name}.auroc"].value == 1
        assert scores[f"{name}.auroc"].baseline == 0.5
        assert scores[f"{name}.auroc_of_pixels"].value < 0.95  # the images are noise
        gain = scores[f"{name}.auroc_over_pixels"]
        assert gain.value == pytest.approx(1 - scores[f"{name}.auroc_of_pixels"].value, abs=1e-6)
        assert gain.low <= gain.value <= gain.high
    # There are twelve subjects of each class.
    assert {f"few_shot.shots_{n}.auroc" for n in SHOTS if n <= 12} == {
        name for name in scores if name.startswith("few_shot") and name.endswith(".auroc")
    }
    assert recompute(tmp_path) == scores


def test_scored_subjects_are_never_learned_from(collection):
    skipped = []
    scored = collection.split("train")[:20]
    assert {s.subject for s in others(collection, scored, skipped)} == {f"p{i}" for i in range(120, 124)}


def test_without_other_subjects_it_says_why(findings_only, tmp_path):
    with pytest.raises(UnsupportedError, match="nothing to assess"):
        assess(Knowing(), findings_only, findings_only.studies, tmp_path, None, protocols=("probe",))


def test_they_run_only_when_asked(findings_only, tmp_path):
    scores = assess(Knowing(), findings_only, findings_only.split("test"), tmp_path, None)
    assert {name.split(".")[0] for name in scores} == {"search"}
    with pytest.raises(UsageError, match="no protocol 'prob'"):
        assess(Knowing(), findings_only, (), tmp_path, None, protocols=("prob",))


def test_zero_shot_asks_for_one_label_at_a_time(collection, perfect, tmp_path):
    asked = []

    class Listening:
        def classify(self, studies, names):
            asked.append(tuple(names))
            return perfect.classify(studies, names)

    scores = assess(Listening(), collection, collection.split("test"), tmp_path, None, protocols=("zero_shot",))
    assert set(asked) == {("F", "M")}
    assert scores["zero_shot.sex.balanced_accuracy"].value == 1


class Pointing:
    """A heat map that is hot in the corner."""

    def explain(self, studies, targets):
        heat = np.zeros((16, 16), np.float32)
        heat[:4, :4] = 1
        return [Explanation(heat=heat) for _ in studies]


def test_pointing(collection, tmp_path):
    pixels = np.zeros((32, 32), np.uint8)
    corner, middle = Region("corner", box=(0, 0, 8, 8)), Region("middle", box=(12, 12, 20, 20))
    both = (Study("a", "a", images=(Image.from_array(pixels),), regions=(corner, middle)),)
    assert inside_of(both[0], "corner").sum() == 64
    scores = assess(Pointing(), collection, both, tmp_path, None, protocols=("pointing",))
    assert scores["pointing.hit"].value == 0.5
    assert scores["pointing.hit"].baseline == 0.5
    rows = [json.loads(line) for line in (tmp_path / "predictions/pointing.jsonl").read_text().splitlines()]
    assert rows[0]["predicted"]["contrast_to_noise"] > 5 * rows[0]["baseline"]["contrast_to_noise"]
    assert rows[1]["predicted"]["mean_iou"] < 0.2
