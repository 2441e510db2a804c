import base64
import io

import numpy as np
import pytest
from PIL import Image

from polyclinic.evaluation.card.pictures import box_path, display, mask_path, picture, png_uri


@pytest.mark.parametrize(
    ("pixels", "shape"),
    [
        (np.zeros((1, 4, 5), np.uint8), (4, 5)),
        (np.zeros((3, 4, 5), np.uint8), (4, 5, 3)),
        (np.zeros((8, 4, 5), np.uint16), (4, 5, 3)),
        (np.zeros((2, 4, 5), np.float32), (4, 5)),
        (np.ones((1, 4, 5), bool), (4, 5)),
    ],
)
def test_display_is_grey_or_colour_bytes(pixels, shape):
    shown = display(pixels)
    assert shown.dtype == np.uint8
    assert shown.shape == shape


def test_bytes_keep_their_values_and_others_are_stretched():
    assert display(np.array([[[3, 7]]], np.uint8)).tolist() == [[3, 7]]
    stretched = display(np.array([[[-1000.0, np.nan, 1000.0]]], np.float32))
    assert stretched.tolist() == [[0, 0, 255]]


def test_large_images_are_made_smaller():
    uri = png_uri(np.zeros((1, 1000, 500), np.uint8))
    assert Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).size == (192, 384)


def test_the_outline_of_a_square_runs_along_its_edge():
    mask = np.zeros((10, 10), bool)
    mask[2:6, 3:8] = True
    numbers = [float(v) for v in mask_path(mask).replace("M", " ").replace("L", " ").replace("Z", " ").split()]
    xs, ys = numbers[::2], numbers[1::2]
    assert (min(xs), max(xs), min(ys), max(ys)) == (3, 8, 2, 6)


def test_two_pieces_are_two_closed_lines():
    mask = np.zeros((10, 10), bool)
    mask[1:3, 1:3] = mask[6:9, 6:9] = True
    assert mask_path(mask).count("M") == mask_path(mask).count("Z") == 2


def test_a_panel_shows_roles_and_names():
    made = picture("image-0", (10, 20), None, [("truth", "a<b", box_path([1, 2, 3, 4]))], "boxes")
    assert 'viewBox="0 0 20 10"' in made
    assert '<use href="#image-0"/>' in made
    assert '<path class="truth" d="M1 2L3 2L3 4L1 4Z"><title>a&lt;b: reference</title>' in made
