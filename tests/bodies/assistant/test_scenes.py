"""A moved picture takes its masks and boxes along."""

import numpy as np
import pytest

from polyclinic.bodies.assistant.scenes import Motion, scene
from polyclinic.study import Image, Mask, Region, Study


def square_at(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    plane = np.zeros((128, 128), np.uint8)
    plane[y0:y1, x0:x1] = 255
    return plane


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("flip", [False, True])
def test_box_and_mask_move_together(*, mirror: bool, flip: bool) -> None:
    motion = Motion(zoom=(1.1, 0.95), shift=(4.0, -6.0), mirror=mirror, flip=flip)
    moved = motion.plane(square_at(30, 40, 60, 90), 128) > 127
    rows, columns = np.flatnonzero(moved.any(1)), np.flatnonzero(moved.any(0))
    hull = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    box = motion.boxes(np.array([[30, 40, 60, 90]], np.float32), 128)[0]
    np.testing.assert_allclose(box, hull, atol=1.0)


def test_half_resolution_is_the_same_place() -> None:
    motion = Motion(zoom=(1.05, 1.05), shift=(3.0, 2.0))
    full = motion.plane(square_at(30, 40, 60, 90), 128)
    half = motion.plane(square_at(30, 40, 60, 90), 64)
    assert abs((full > 127).mean() - (half > 127).mean()) < 0.01


def test_boxes_that_leave_are_dropped() -> None:
    motion = Motion(shift=(100.0, 0.0))
    assert len(motion.boxes(np.array([[90, 10, 120, 40], [5, 5, 20, 20]], np.float32), 128)) == 1


def test_standing_still_changes_nothing() -> None:
    plane = np.random.default_rng(0).integers(0, 255, (1, 64, 64)).astype(np.uint8)
    np.testing.assert_array_equal(Motion().picture(plane), plane)


def test_regions_of_one_name_are_united() -> None:
    left, right = square_at(0, 0, 64, 64) > 0, square_at(64, 64, 128, 128) > 0
    regions = [
        Region("cell", box=(0, 0, 64, 64), mask=Mask.from_array(left)),
        Region("cell", mask=Mask.from_array(right)),
    ]
    image = Image.from_array(np.zeros((1, 128, 128), np.uint8))
    made = scene(Study("s", "s", images=(image,), regions=tuple(regions)), 64, 1)
    assert made.masks["cell"].shape == (64, 64)
    assert (made.masks["cell"] > 127).mean() == pytest.approx(0.5, abs=0.03)
    np.testing.assert_allclose(made.boxes["cell"], [[0, 0, 32, 32]])
