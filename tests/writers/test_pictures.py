"""Pictures: copied as they are, or as a PNG of the same values, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.errors import PixelError
from polyclinic.readers import read_pixels
from polyclinic.study import Image
from polyclinic.writers.pictures import place_picture, whole

RNG = np.random.default_rng(0)


def test_a_png_stays_the_same_bytes(tmp_path: Path) -> None:
    Pillow.fromarray(RNG.integers(0, 255, (4, 5), dtype=np.uint8)).save(tmp_path / "a.png")
    name = place_picture(Image("a.png"), tmp_path, tmp_path / "out", "x")
    assert name == "x.png"
    assert (tmp_path / "out/x.png").read_bytes() == (tmp_path / "a.png").read_bytes()


def test_a_turned_jpeg_is_turned_for_good(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    Pillow.fromarray(RNG.integers(0, 255, (4, 6, 3), dtype=np.uint8)).save(tmp_path / "a.jpg", exif=exif)
    pixels = read_pixels(tmp_path / "a.jpg")
    image = Image("a.jpg", load=lambda: pixels)
    assert place_picture(image, tmp_path, tmp_path / "out", "x") == "x.png"
    with Pillow.open(tmp_path / "out/x.png") as photo:
        assert photo.size == (4, 6)
    assert (read_pixels(tmp_path / "out/x.png") == pixels).all()


@pytest.mark.parametrize(
    "pixels",
    [
        RNG.integers(0, 60000, (1, 4, 5), dtype=np.uint16),
        RNG.integers(0, 200, (3, 4, 5)).astype(np.float32),
        RNG.integers(0, 3000, (1, 1, 4, 5)).astype(np.int16),
    ],
)
def test_values_are_kept(tmp_path: Path, pixels: np.ndarray) -> None:
    name = place_picture(Image.from_array(pixels), tmp_path, tmp_path, "x")
    assert (read_pixels(tmp_path / name) == pixels.reshape(-1, 4, 5)).all()


def test_slices_are_cut(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 255, (1, 3, 4, 5), dtype=np.uint8)
    name = place_picture(Image("v.png", slice=2, load=lambda: pixels), tmp_path, tmp_path, "x")
    assert (read_pixels(tmp_path / name) == pixels[:, 2]).all()


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (np.zeros((1, 2, 4, 5), np.uint8), "a volume"),
        (np.zeros((5, 4, 5), np.uint8), "5 channels"),
        (np.full((1, 4, 5), 0.5), "fractions"),
        (np.full((1, 4, 5), -1, np.int16), "values below 0"),
        (np.full((1, 4, 5), 2**17, np.int32), "beyond 16 bits"),
        (np.full((3, 4, 5), 700, np.uint16), "colours of 16 bits"),
        (np.array([[[np.nan, 1.0]]]), "fractions"),
    ],
)
def test_what_is_refused(tmp_path: Path, pixels: np.ndarray, reason: str) -> None:
    with pytest.raises(PixelError, match=reason):
        place_picture(Image.from_array(pixels), tmp_path, tmp_path, "x")
    assert not list(tmp_path.iterdir())


def test_masks_become_black_and_white() -> None:
    assert whole(np.array([[[True, False]]])).tolist() == [[[255, 0]]]
