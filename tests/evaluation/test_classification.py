import pytest

from polyclinic.curate.instructions import survey
from polyclinic.evaluation.classification import predict, score
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context
from polyclinic.study import Finding, Study


def study(index, present, **labels):
    return Study(f"s{index}", f"p{index}", findings=(Finding("mass", present),), labels=labels)


class Says:
    def __init__(self, probability):
        self.probability = probability
        self.names = ()

    def classify(self, studies, names):
        self.names = tuple(names)
        return [{name: float(self.probability(study, name)) for name in names} for study in studies]


def run(system, studies, priors=None):
    context = Context(survey(studies))
    return score(predict(system, studies, priors, context)), context.skipped


def test_areas_by_hand():
    order = {"s0": 0.1, "s1": 0.4, "s2": 0.35, "s3": 0.8}
    studies = [study(i, present) for i, present in enumerate((False, False, True, True))]
    found, _ = run(Says(lambda s, _: order[s.id]), studies)
    assert found["classification.mass.auroc"].value == 0.75
    assert found["classification.auprc"].value == pytest.approx((1 + 2 / 3) / 2, abs=1e-6)
    assert found["classification.auprc"].baseline == 0.5


def test_hedged_findings_are_left_out():
    studies = [study(0, True), study(1, None), study(2, False)]
    found, _ = run(Says(lambda s, _: s.id == "s0"), studies)
    assert found["classification.mass.auroc"].n == 2


def test_a_label_of_two_values_is_one_class_and_of_three_is_three():
    views = ["PA", "AP", "LL", "PA"]
    studies = [study(i, i > 1, sex="F" if i else "M", view=views[i]) for i in range(4)]
    found, _ = run(Says(lambda s, name: name in s.labels.values()), studies)
    areas = [name for name in found if name.endswith(".auroc") and "=" in name]
    assert sorted(areas) == [f"classification.{name}.auroc" for name in ("sex=m", "view=ap", "view=ll", "view=pa")]
    assert found["classification.view.balanced_accuracy"].value == 1


def test_the_majority_label_is_the_baseline():
    studies = [study(i, True, sex="F" if i else "M") for i in range(4)]
    found, _ = run(Says(lambda *_: 0.5), studies, Priors.from_studies(studies))
    assert found["classification.sex.balanced_accuracy"].baseline == 0.5


def test_values_that_two_labels_share_are_not_asked():
    studies = [study(i, i > 1, left="yes" if i else "no", right="no" if i else "yes") for i in range(4)]
    says = Says(lambda *_: 0.5)
    _, skipped = run(says, studies)
    assert says.names == ("mass",)
    assert len(skipped) == 2


def test_calibration_by_hand():
    studies = [study(i, i < 3) for i in range(4)]
    found, _ = run(Says(lambda *_: 0.5), studies, Priors(prevalence={"mass": 0.75}))
    assert found["classification.calibration_error"].value == 0.25
    assert found["classification.calibration_error"].baseline == 0
