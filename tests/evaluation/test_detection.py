import numpy as np
import pytest

from polyclinic.curate.instructions import survey
from polyclinic.evaluation.assess import countable
from polyclinic.evaluation.detection import predict, score
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context
from polyclinic.study import Finding, Image, Region, Study

BOX, OTHER = (0.0, 0.0, 10.0, 10.0), (20.0, 20.0, 30.0, 30.0)


def study(index, *boxes, name="cell", kind=None, findings=()):
    image = Image.from_array(np.zeros((40, 40), np.uint8))
    regions = tuple(Region(name, kind, box=box) for box in boxes)
    return Study(f"s{index}", f"p{index}", images=(image,), regions=regions, findings=findings)


class Finds:
    def __init__(self, *found):
        self.found = found

    def find(self, studies, phrases):
        return [[Region(p, box=box, score=value) for box, value in self.found] for p in phrases]


def scores_of(studies, *found, priors=None):
    context = Context(survey(studies), countable=countable(studies))
    return score(predict(Finds(*found), studies, priors, context))


def test_precision_by_hand():
    # by falling score: wrong, right, right, wrong; the best precision from any recall on is 2 of 3
    found = scores_of([study(0, BOX), study(1, OTHER)], (OTHER, 0.9), (BOX, 0.6))
    assert found["find.regions.ap50"].value == pytest.approx(2 / 3, abs=1e-6)


def test_boxes_on_images_without_the_name_are_wrong():
    present, absent = study(0, BOX, kind="finding"), study(1, findings=(Finding("cell", False),))
    assert scores_of([present], (BOX, 0.9))["find.findings.ap50"].value == 1
    assert scores_of([absent, present], (BOX, 0.9))["find.findings.ap50"].value == 0.5


def test_precision_is_the_mean_over_names():
    studies = [study(1, OTHER, name="b"), study(0, BOX, name="a")]
    found = scores_of(studies, (BOX, 0.9))
    names = ("find.regions.a.ap50", "find.regions.b.ap50", "find.regions.ap50")
    assert [found[name].value for name in names] == [0.5, 0, 0.25]


def test_count_error_counts_sure_boxes_of_countable_names():
    studies = [study(0, BOX, OTHER), study(1, BOX)]
    found = scores_of(studies, (BOX, 0.9), (OTHER, 0.4), priors=Priors(counts={"cell": 3.0}))
    assert found["find.count_error"].value == 0.5
    assert found["find.count_error"].baseline == 1.5
    assert "find.count_error" not in scores_of([study(0, BOX), study(1, BOX)], (BOX, 0.9))


def test_the_typical_box_is_the_baseline():
    studies = [study(0, BOX), study(1, OTHER)]
    found = scores_of(studies, (BOX, 0.9), priors=Priors.from_studies(studies[:1]))
    assert found["find.regions.ap50"].baseline == found["find.regions.ap50"].value
