"""What augmentation does to a picture, with values that can be checked by eye."""

import numpy as np
import pytest

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.framing import Square


@pytest.fixture
def picture() -> Square:
    """Darker on the left, with a bright spot above the middle."""
    square = np.repeat(np.linspace(40, 200, 32)[None], 32, axis=0)
    square[6:9, 15:17] = 255
    return square.astype(np.uint8)[None]


def drawn(augmentation: Augmentation, picture: Square, seed: int = 0) -> Square:
    """One draw."""
    return augmentation(picture, np.random.default_rng(seed))


def test_the_defaults_change_nothing(picture: Square) -> None:
    assert np.array_equal(drawn(Augmentation(), picture), picture)


def test_a_draw_is_a_pure_function_of_its_arguments(picture: Square) -> None:
    moves = Augmentation(crop=(0.5, 1.0), degrees=20, shift=0.1, brightness=(0.5, 1.5), blur=(0, 2), blur_chance=0.5)
    assert np.array_equal(drawn(moves, picture, 3), drawn(moves, picture, 3))
    assert not np.array_equal(drawn(moves, picture, 3), drawn(moves, picture, 4))


def test_mirror_swaps_left_and_right(picture: Square) -> None:
    np.testing.assert_allclose(drawn(Augmentation(mirror=1.0), picture), picture[:, :, ::-1], atol=1)


def test_a_turn_by_half_a_circle_turns_both_axes(picture: Square, monkeypatch: pytest.MonkeyPatch) -> None:
    class Fixed:
        """Draws that always take the upper end."""

        def uniform(self, low: float, high: float, size: int | None = None) -> object:
            return high if size is None else np.zeros(size)

        def random(self) -> float:
            return 1.0

    turned = Augmentation(degrees=180)(picture, Fixed())  # type: ignore[arg-type]
    np.testing.assert_allclose(turned, picture[:, ::-1, ::-1], atol=1)


def test_a_crop_enlarges_what_it_keeps(picture: Square) -> None:
    """A quarter of the area makes a spot of 6 pixels one of about 24."""
    cropped = drawn(Augmentation(crop=(0.25, 0.25)), np.where(picture == 255, 255, 0).astype(np.uint8), 1)
    assert 12 <= (cropped > 127).sum() <= 40


def test_brightness_and_contrast(picture: Square) -> None:
    brighter = drawn(Augmentation(brightness=(1.2, 1.2)), picture)
    np.testing.assert_allclose(brighter, np.clip(picture * 1.2, 0, 255), atol=1)
    flat = drawn(Augmentation(contrast=(0.0, 0.0)), picture)
    assert flat.std() == 0
    assert abs(float(flat.mean()) - float(picture.mean())) <= 1


def test_blur_smooths(picture: Square) -> None:
    blurred = drawn(Augmentation(blur=(2, 2), blur_chance=1.0), picture)
    assert blurred[0, 7, 15] < 220
    assert np.array_equal(drawn(Augmentation(blur=(2, 2), blur_chance=0.0), picture), picture)
