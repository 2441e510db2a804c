"""The way into the square and back again."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.bodies.framing import Frame, to_square
from polyclinic.errors import PixelError


@given(st.integers(8, 400), st.integers(8, 400), st.sampled_from([64, 128]))
def test_boxes_come_back(height: int, width: int, size: int) -> None:
    frame = Frame.of(height, width, size)
    box = np.array([[width * 0.2, height * 0.1, width * 0.7, height * 0.9]], np.float32)
    np.testing.assert_allclose(frame.boxes_out(frame.boxes_in(box)), box, atol=1e-2)


@given(st.integers(40, 300), st.integers(40, 300))
def test_a_mask_comes_back(height: int, width: int) -> None:
    frame = Frame.of(height, width, 128)
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : height // 2, width // 4 : width // 2] = 255
    logits = torch.from_numpy(frame.image_in(mask)).float()[None] / 255 - 0.5
    out = frame.masks_out(logits)[0]
    shared = (out & (mask > 0)).sum()
    assert out.shape == (height, width)
    assert 2 * shared / (out.sum() + (mask > 0).sum()) > 0.9


def test_eight_bit_pixels_keep_their_values() -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)
    square, frame = to_square(pixels, 8, 1)
    np.testing.assert_array_equal(square, pixels)
    assert (frame.scale, frame.left, frame.top) == (1.0, 0, 0)


@pytest.mark.parametrize(("channels_in", "channels_out"), [(1, 3), (3, 1), (4, 3), (2, 1), (2, 3), (5, 1)])
def test_any_number_of_channels(channels_in: int, channels_out: int) -> None:
    square, _ = to_square(np.full((channels_in, 10, 6), 200, np.uint8), 16, channels_out)
    assert square.shape == (channels_out, 16, 16)
    assert square[0, 8, 8] == 200


def test_not_a_number_becomes_the_lowest() -> None:
    pixels = np.linspace(0, 1, 256, dtype=np.float32).reshape(1, 16, 16)
    pixels[0, 3, 3] = np.nan
    square, _ = to_square(pixels, 16, 1)
    assert square[0, 3, 3] == 0
    assert square.max() == 255


@pytest.mark.parametrize("pixels", [np.full((1, 4, 4), np.nan), np.zeros((1, 2, 4, 4))], ids=["nan", "volume"])
def test_unusable_pixels(pixels: np.ndarray) -> None:
    with pytest.raises(PixelError):
        to_square(pixels, 16, 1)
