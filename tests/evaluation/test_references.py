import numpy as np
import pytest

from polyclinic.errors import PixelError
from polyclinic.evaluation.references import (
    allowed_answers,
    group_of,
    image_size,
    named_boxes,
    named_mask,
    spacing_of,
)
from polyclinic.study import Image, Mask, MaskFile, Region, Study, Turn


def test_regions_of_one_name_are_united_and_other_images_left_out():
    left, right = np.zeros((2, 4, 4), bool)
    left[0, 0] = right[3, 3] = True
    regions = [Region("cell", mask=Mask.from_array(m), image=i) for m, i in ((left, 0), (right, 0), (~left, 1))]
    assert (named_mask(Study("s", "p", regions=tuple(regions)), "cell") == (left | right)).all()
    assert named_mask(Study("s", "p"), "cell") is None


def test_a_shared_label_map_is_read_once():
    reads = []

    def load():
        reads.append(1)
        return np.arange(16).reshape(4, 4)

    regions = tuple(Region("cell", mask=MaskFile("m.png", value, load=load)) for value in (3, 7, 11))
    assert named_mask(Study("s", "p", regions=regions), "cell").sum() == 3
    assert len(reads) == 1


def test_masks_of_different_sizes_are_an_error():
    regions = tuple(Region("cell", mask=Mask.from_array(np.ones((n, n), bool))) for n in (2, 3))
    with pytest.raises(PixelError, match=r"\(2, 2\) and \(3, 3\)"):
        named_mask(Study("s", "p", regions=regions), "cell")


def test_boxes_and_size():
    region = Region("cell", box=(0.0, 0.0, 1.0, 1.0), mask=Mask.from_array(np.ones((5, 7), bool)))
    study = Study("s", "p", images=(Image("unread.png"),), regions=(region,))
    assert named_boxes(study, "cell") == [(0.0, 0.0, 1.0, 1.0)]
    assert image_size(study) == (5, 7)
    assert image_size(Study("s", "p", images=(Image.from_array(np.ones((3, 4))),))) == (3, 4)
    with pytest.raises(PixelError, match="has no image"):
        image_size(Study("s", "p"))


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (Turn("?", "yes", "closed"), ("yes", "no")),
        (Turn("?", "否", "closed", language="zh"), ("是", "否")),
        (Turn("?", "no", "closed", language="zh"), ("yes", "no")),
        (Turn("?", "a", "closed", ("a", "b")), ("a", "b")),
        (Turn("?", "a"), ()),
    ],
)
def test_allowed_answers(turn, expected):
    assert allowed_answers(turn) == expected


def test_groups_and_spacing():
    assert [group_of(kind) for kind in ("organ", "finding", None, "", "blood cell")] == [
        "organs",
        "findings",
        "regions",
        "regions",
        "blood_cells",
    ]
    assert spacing_of(Study("s", "p", images=(Image("a", spacing_mm=(3.0, 2.0, 1.0)),)), 2) == (2.0, 1.0)
    assert spacing_of(Study("s", "p", images=(Image("a"),)), 2) is None
