import numpy as np
import pytest

from polyclinic.curate.instructions import survey
from polyclinic.evaluation.protocol import Context
from polyclinic.evaluation.segmentation import predict, score
from polyclinic.study import Finding, Image, Mask, Region, Study


def mask_of(columns, size=10):
    mask = np.zeros((size, size), bool)
    mask[:, columns] = True
    return Mask.from_array(mask)


def study(index, *columns, kind="finding", findings=(), spacing_mm=(2.0, 2.0)):
    regions = tuple(Region("mass", kind, mask=mask_of(c)) for c in columns)
    image = Image.from_array(np.zeros((10, 10), np.uint8), spacing_mm=spacing_mm)
    return Study(f"s{index}", f"p{index}", images=(image,), regions=regions, findings=findings)


class Draws:
    def __init__(self, columns):
        self.columns = columns

    def segment(self, studies, prompts):
        return [[Region(name, mask=mask_of(self.columns)) for name in names] for names in prompts]


def scores_of(studies, columns):
    return score(predict(Draws(columns), studies, None, Context(survey(studies))))


def test_dice_and_distance_by_hand():
    found = scores_of([study(0, slice(0, 4)), study(1, slice(4, 8))], slice(0, 4))
    assert found["segmentation.findings.dice"].value == 0.5
    assert found["segmentation.findings.mass.dice"].n == 2
    assert found["segmentation.findings.surface_distance_mm"].value > 0


def test_regions_of_one_name_are_united():
    found = scores_of([study(0, slice(0, 2), slice(2, 4))], slice(0, 4))
    assert found["segmentation.findings.dice"].value == 1


def test_absent_names_count_as_false_positives_only():
    absent = [study(i, findings=(Finding("mass", False),)) for i in range(1, 4)]
    drawn = scores_of([study(0, slice(0, 4)), *absent], slice(0, 4))
    assert drawn["segmentation.findings.dice"].value == 1
    assert drawn["segmentation.findings.false_positive_rate"].value == 1
    assert drawn["segmentation.findings.false_positive_rate"].n == 3
    empty = scores_of([study(0, slice(0, 4)), *absent], slice(0, 0))
    assert empty["segmentation.findings.dice"].value == 0
    assert empty["segmentation.findings.false_positive_rate"].value == 0


def test_what_nobody_looked_for_is_not_asked():
    unknown = study(1, findings=(Finding("mass", None),))
    found = scores_of([study(0, slice(0, 4)), unknown], slice(0, 4))
    assert "segmentation.findings.false_positive_rate" not in found


def test_without_kind_or_spacing():
    found = scores_of([study(0, slice(0, 4), kind=None, spacing_mm=None)], slice(2, 4))
    assert found["segmentation.regions.dice"].value == pytest.approx(2 * 20 / 60, abs=1e-6)
    assert "segmentation.regions.surface_distance_px" in found


def test_masks_that_do_not_fit_are_skipped_by_name():
    bad = study(0, slice(0, 4))
    odd = Study("odd", "odd", images=bad.images, regions=(*bad.regions, Region("mass", mask=mask_of(slice(0, 1), 5))))
    context = Context(survey([odd]))
    assert predict(Draws(slice(0, 4)), [odd], None, context) == []
    assert "study odd: masks of 'mass' differ in size" in context.skipped[0]
