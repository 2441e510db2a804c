from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from polyclinic.errors import UsageError
from polyclinic.readers import FilePixels
from polyclinic.readers.slide import Slide
from polyclinic.serving.workbench.slides import TILE, Slides, cut, slide_file
from polyclinic.serving.workbench.thumbnails import thumbnail
from polyclinic.study import Image

HEIGHT, WIDTH = 700, 1000


@pytest.fixture
def slides() -> Iterator[Slides]:
    made = Slides()
    yield made
    made.close()


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A pyramid whose red grows to the right and whose green grows downwards."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    pixels = np.stack([x * 255 // WIDTH, y * 255 // HEIGHT, np.zeros_like(x)], axis=-1).astype(np.uint8)
    path = tmp_path / "scan.svs"
    told = "Aperio Image Library v1\n|AppMag = 20|MPP = 0.5"
    with tifffile.TiffWriter(path) as file:
        file.write(pixels, tile=(128, 128), photometric="rgb", subifds=0, description=told)
        file.write(pixels[::4, ::4].copy(), tile=(128, 128), photometric="rgb", subfiletype=1)
    return path


def test_a_slide_is_known_by_its_file_and_pictures_are_not(scan: Path, tmp_path: Path) -> None:
    assert slide_file(Image("scan", load=FilePixels(scan))) == scan
    Pillow.new("L", (4, 4)).save(tmp_path / "a.png")
    assert slide_file(Image("a", load=FilePixels(tmp_path / "a.png"))) is None
    assert slide_file(Image.from_array(np.zeros((4, 4)))) is None


def test_the_pyramid_reaches_from_one_pixel_to_the_slide(slides: Slides, scan: Path) -> None:
    told = slides.pyramid(scan)
    assert (told.width, told.height, told.levels, told.tile) == (WIDTH, HEIGHT, 11, TILE)
    assert told.pixel_um == (0.5, 0.5)


@pytest.mark.parametrize("level", [10, 9, 8, 6, 0])
def test_tiles_of_every_level_show_the_slide(scan: Path, level: int) -> None:
    scale = 2 ** (10 - level)
    width, height = -(-WIDTH // scale), -(-HEIGHT // scale)
    with Slide(scan) as held:
        whole = np.zeros((3, height, width), np.uint8)
        for row in range(-(-height // TILE)):
            for column in range(-(-width // TILE)):
                part = cut(held, level, column, row)
                across, down = min(TILE, width - column * TILE), min(TILE, height - row * TILE)
                assert part.shape == (3, down, across)
                whole[:, row * TILE : row * TILE + down, column * TILE : column * TILE + across] = part
    if min(width, height) > 4:
        middle = whole[:, height // 2, width // 2].astype(int)
        assert abs(middle[0] - 127) <= 4
        assert abs(middle[1] - 127) <= 4
        assert (np.diff(whole[0, 0].astype(int)) >= 0).all(), "red grows to the right over the tiles' edges"


@pytest.mark.parametrize(("level", "column", "row"), [(11, 0, 0), (-1, 0, 0), (10, 4, 0), (10, 0, 3), (10, -1, 0)])
def test_tiles_that_are_not_there_are_refused(slides: Slides, scan: Path, level: int, column: int, row: int) -> None:
    with pytest.raises(UsageError, match=r"no level|no tile"):
        slides.tile(scan, level, column, row)


def test_tiles_are_jpegs_and_are_kept(slides: Slides, scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = slides.tile(scan, 10, 0, 0)
    assert Pillow.open(io.BytesIO(first)).size == (TILE, TILE)
    monkeypatch.setattr("polyclinic.serving.workbench.slides.cut", None)
    assert slides.tile(scan, 10, 0, 0) is first


def test_a_slides_thumbnail_is_the_slide(scan: Path) -> None:
    small = np.asarray(Pillow.open(io.BytesIO(thumbnail(Image("scan", load=FilePixels(scan))))))
    assert small.shape[1] == 128
    assert small[:, -1, 0].mean() > 200
    assert small[:, 0, 0].mean() < 60
