import dataclasses
import json

import numpy as np
import pytest

from polyclinic.errors import PixelError, ReadError, UnsupportedError
from polyclinic.evaluation.assess import assess, flat, plain_scores, readable, recompute
from polyclinic.evaluation.priors import Priors
from polyclinic.study import Image, Study

BEST = {
    "questions.closed.balanced_accuracy": 1,
    "questions.closed.accuracy": 1,
    "questions.open.exact_match": 1,
    "questions.open.token_f1": 1,
    "questions.presence.nodule.balanced_accuracy": 1,
    "reports.finding_f1": 1,
    "reports.bleu4": 1,
    "reports.rouge_l": 1,
    "segmentation.organs.dice": 1,
    "segmentation.organs.right_lung.dice": 1,
    "segmentation.findings.dice": 1,
    "segmentation.findings.false_positive_rate": 0,
    "segmentation.organs.surface_distance_mm": 0,
    "segmentation.organs.hd95_mm": 0,
    "find.findings.ap50": 1,
    "find.organs.ap50": 1,
    "search.text_to_image.recall_at_1": 1,
    "search.text_to_image.recall_at_10": 1,
    "search.image_to_text.recall_at_10": 1,
    "classification.auroc": 1,
    "classification.auprc": 1,
    "classification.calibration_error": 0,
    "classification.nodule.auroc": 1,
    "classification.sex.balanced_accuracy": 1,
}


@pytest.fixture
def priors(collection):
    return Priors.from_studies(collection.split("train"))


def run(system, collection, out, priors):
    return assess(system, collection, collection.split("test"), out, priors)


def test_a_perfect_system_gets_perfect_scores(perfect, collection, priors, tmp_path):
    scores = run(perfect, collection, tmp_path, priors)
    assert {name: scores[name].value for name in BEST} == pytest.approx(BEST)
    assert scores["questions.closed.balanced_accuracy"].blind == 0.5
    assert scores["questions.open.exact_match"].blind == 0
    assert scores["classification.auroc"].baseline == 0.5
    assert scores["search.text_to_image.recall_at_5"].baseline == pytest.approx(5 / 12, abs=1e-6)


def test_a_system_that_says_what_the_priors_say_equals_the_baseline(guesser, collection, priors, tmp_path):
    scores = run(guesser(priors), collection, tmp_path, priors)
    compared = [
        name
        for name, score in scores.items()
        if score.baseline is not None and "calibration" not in name and "sex.balanced" not in name
    ]
    assert len(compared) > 25
    for name in compared:
        assert scores[name].value == pytest.approx(scores[name].baseline, abs=1e-5), name


def test_intervals_contain_the_value_and_shares_stay_shares(guesser, collection, priors, tmp_path):
    for name, score in run(guesser(priors), collection, tmp_path, priors).items():
        if score.low is not None:
            assert score.low <= score.value <= score.high, name


def test_scores_can_be_recomputed_from_stored_predictions(guesser, collection, priors, tmp_path):
    scores = run(guesser(priors), collection, tmp_path, priors)
    assert recompute(tmp_path) == scores
    assert json.loads((tmp_path / "scores.json").read_text()) == plain_scores(scores)


def test_a_changed_prediction_changes_the_score(perfect, collection, priors, tmp_path):
    run(perfect, collection, tmp_path, priors)
    path = tmp_path / "predictions" / "questions.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        row["predicted"] = "no" if row["topic"] == "presence" else row["predicted"]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert recompute(tmp_path)["questions.closed.balanced_accuracy"].value == 0.5


def test_every_score_has_the_six_fields(perfect, collection, priors, tmp_path):
    run(perfect, collection, tmp_path, priors)
    stored = json.loads((tmp_path / "scores.json").read_text())
    assert all(list(entry) == ["value", "low", "high", "n", "baseline", "blind"] for entry in stored.values())


def test_copies_of_a_subject_do_not_narrow_the_interval(guesser, collection, priors, study_of, tmp_path):
    once = [study_of(i) for i in range(6)]
    copies = [dataclasses.replace(s, id=f"{s.id}-{n}") for s in once for n in range(5)]
    strangers = [dataclasses.replace(s, id=f"{s.id}-{n}", subject=f"{s.id}-{n}") for s in once for n in range(5)]
    system = guesser(priors)
    widths = []
    for name, studies in (("copies", copies), ("strangers", strangers)):
        score = assess(system, collection, studies, tmp_path / name, priors)["segmentation.organs.dice"]
        widths.append(score.high - score.low)
    assert widths[1] < 0.6 * widths[0]


def test_without_priors_there_are_no_baselines(perfect, collection, tmp_path):
    scores = run(perfect, collection, tmp_path, None)
    assert scores["segmentation.organs.dice"].baseline is None
    assert scores["questions.closed.accuracy"].baseline is None


def test_only_what_the_system_provides_is_assessed(perfect, collection, priors, tmp_path):
    class OnlyFinds:
        find = perfect.find

    assert {name.split(".")[0] for name in run(OnlyFinds(), collection, tmp_path, priors)} == {"find"}
    assert [path.name for path in (tmp_path / "predictions").iterdir()] == ["find.jsonl"]


def test_nothing_in_common_is_an_error(collection, tmp_path):
    with pytest.raises(UnsupportedError, match="no verb"):
        run(object(), collection, tmp_path, None)


def test_an_unreadable_image_is_skipped_by_name(perfect, collection, priors, tmp_path):
    def broken():
        raise ReadError("cannot read b.png: truncated")

    bad = Study("bad", "bad", images=(Image("b.png", load=broken),))
    skipped = []
    assert readable([bad, Study("none", "none")], skipped) == []
    assert skipped == ["study bad: cannot read b.png: truncated", "study none: it has no image"]
    assess(perfect, collection, [*collection.split("test"), bad], tmp_path, priors)
    facts = json.loads((tmp_path / "assessment.json").read_text())
    assert facts["studies"] == 12
    assert "study bad: cannot read b.png: truncated" in facts["skipped"]


def test_a_system_that_cannot_do_without_images_has_no_blind_score(perfect, collection, priors, tmp_path):
    class NeedsImages(type(perfect)):
        def answer(self, asks):
            if not asks[0].study.images:
                raise PixelError("no image")
            return super().answer(asks)

    scores = run(NeedsImages(collection.split("test")), collection, tmp_path, priors)
    assert scores["questions.closed.balanced_accuracy"].blind is None
    assert scores["reports.finding_f1"].blind == 0


def test_a_volume_is_assessed_slice_by_slice():
    volume = Image("v.nii.gz", spacing_mm=(3.0, 1.0, 1.0), load=lambda: np.arange(192.0).reshape(1, 3, 8, 8))
    pieces = flat([Study("v", "v", images=(volume,))], [])
    assert len(pieces) == 3
    assert all(piece.subject == "v" and piece.images[0].pixels.shape == (1, 8, 8) for piece in pieces)


def test_a_damaged_volume_is_skipped_by_name():
    def broken():
        raise ReadError("cannot read v.nii.gz")

    skipped = []
    assert flat([Study("v", "v", images=(Image("v.nii.gz", load=broken),))], skipped) == []
    assert skipped == ["study v: cannot read v.nii.gz"]


def test_recompute_says_what_is_missing(tmp_path):
    with pytest.raises(ReadError, match="no predictions"):
        recompute(tmp_path)
    (tmp_path / "predictions").mkdir()
    (tmp_path / "predictions" / "find.jsonl").write_text("{}\n{")
    with pytest.raises(ReadError, match=r"find\.jsonl:2"):
        recompute(tmp_path)
