"""From pixels to Regions: boxes in two and three dimensions, and prompts that narrow a class down."""

import numpy as np

from polyclinic.bodies.segmenter.answering import answered, hull, narrowed
from polyclinic.bodies.segmenter.inference import Decided
from polyclinic.study import Mask, Region

LABELS = np.zeros((2, 4, 6), np.uint8)
LABELS[0, 0, 0] = LABELS[1, 2:, 3:5] = 1
LABELS[0, 3, 5] = 2
NAMES, KINDS = ("liver", "cyst"), ("organ", None)
DECIDED = Decided(LABELS, np.array([0.9, 0.4], np.float32))


def test_a_region_has_mask_box_kind_and_score() -> None:
    liver, cyst = answered(DECIDED, ["liver", "cyst"], NAMES, KINDS, largest=False, volume=True)
    assert (liver.kind, cyst.kind) == ("organ", None)
    assert liver.box == (0, 0, 0, 5, 4, 2)
    assert cyst.box == (5, 3, 0, 6, 4, 1)
    assert liver.score == np.float32(0.9)
    np.testing.assert_array_equal(liver.array, LABELS == 1)


def test_only_the_largest_piece_where_asked() -> None:
    (liver,) = answered(DECIDED, ["liver"], NAMES, KINDS, largest=True, volume=True)
    assert liver.array.sum() == 4
    assert not liver.array[0].any()


def test_masks_that_overlap_are_answered_like_labels() -> None:
    masks = np.stack([LABELS == 1, LABELS > 0])
    one, two = answered(Decided(masks, DECIDED.scores), NAMES, NAMES, KINDS, largest=False, volume=True)
    assert (one.array & two.array).sum() == 5
    assert two.array.sum() == 6


def test_a_picture_is_flat_again_and_a_volume_of_one_plane_is_not() -> None:
    plane = Decided(LABELS[1:], DECIDED.scores)
    (flat,) = answered(plane, ["liver"], NAMES, KINDS, largest=False, volume=False)
    assert flat.array.shape == (4, 6)
    assert flat.box == (3, 2, 5, 4)
    (deep,) = answered(plane, ["liver"], NAMES, KINDS, largest=False, volume=True)
    assert deep.array.shape == (1, 4, 6)
    assert deep.box == (3, 2, 0, 5, 4, 1)


def test_a_box_of_a_volume_and_one_of_a_plane() -> None:
    mask = LABELS == 1
    deep = narrowed(mask, Region("liver", box=(0, 0, 1, 4, 4, 2)))
    assert deep.sum() == 2
    through = narrowed(mask, Region("liver", box=(0, 0, 4, 4)))
    assert through.sum() == 3  # all planes, x below 4


def test_points_and_scribbles_choose_pieces() -> None:
    mask = LABELS == 1
    assert narrowed(mask, Region("liver", points=((4.0, 3.0, 1.0),))).sum() == 4
    scribble = np.zeros(mask.shape, bool)
    scribble[0, 0, :3] = True
    assert narrowed(mask, Region("liver", mask=Mask.from_array(scribble))).sum() == 1
    assert not narrowed(mask, Region("liver", points=((5.0, 0.0, 0.0),))).any()


def test_without_a_name_everything_is_meant() -> None:
    (found,) = answered(DECIDED, [Region("", box=(0, 0, 6, 4))], NAMES, KINDS, largest=False, volume=True)
    assert found.array.sum() == np.count_nonzero(LABELS)
    assert hull(np.zeros((2, 2), bool)) is None
