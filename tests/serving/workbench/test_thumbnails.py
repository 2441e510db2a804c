from __future__ import annotations

import io

import numpy as np
from PIL import Image as Pillow

from polyclinic.serving.workbench.thumbnails import SIDE, Thumbnails, thumbnail
from polyclinic.study import Image


def shown(data: bytes) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(data)))


def test_a_volume_shows_its_middle_slice() -> None:
    volume = np.zeros((1, 5, 8, 8), np.uint8)
    volume[:, 2] = 200
    assert (shown(thumbnail(Image.from_array(volume))) == 200).all()


def test_large_pictures_are_thinned_and_keep_their_shape() -> None:
    picture = np.zeros((1, 3000, 1500), np.uint16)
    picture[:, 1500:] = 60000
    small = shown(thumbnail(Image.from_array(picture)))
    assert small.shape == (SIDE, SIDE // 2)
    assert small[0, 0] == 0
    assert small[-1, -1] == 255


def test_the_oldest_go_first() -> None:
    reads: list[int] = []

    def image(number: int) -> Image:
        return Image("x", load=lambda: reads.append(number) or np.zeros((1, 4, 4), np.uint8))  # type: ignore[func-returns-value]

    kept = Thumbnails(most=2)
    for number in (1, 2, 1, 3, 1, 2):
        kept.png(("s", number), image(number))
    assert reads == [1, 2, 3, 2]
