"""One image from a file a channel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from polyclinic.errors import PixelError, ReadError
from polyclinic.readers import image_files, read_header, read_image, read_pixels, read_slice
from polyclinic.readers.channel_files import MOST_FILES, claims

PATH = "a_{w1,w2}.tif"


def write(folder: Path, **planes: np.ndarray) -> Path:
    for token, plane in planes.items():
        tifffile.imwrite(folder / f"a_{token}.tif", plane, photometric="minisblack")
    return folder / PATH


def test_channels_are_stacked_and_named(tmp_path: Path) -> None:
    path = write(tmp_path, w1=np.full((4, 5), 1, np.uint8), w2=np.full((4, 5), 2, np.uint16))
    image = read_image(path)
    assert image.channels == ("w1", "w2")
    assert image.pixels[:, 3, 4].tolist() == [1, 2]
    assert image_files(path) == (tmp_path / "a_w1.tif", tmp_path / "a_w2.tif")


def test_slices(tmp_path: Path) -> None:
    data = np.arange(20 * 4 * 5, dtype=np.uint16).reshape(20, 4, 5)
    path = write(tmp_path, w1=data, w2=data + 7)
    assert (read_slice(path, 3) == read_pixels(path)[:, 3]).all()
    assert read_header(path).shape == (2, 20, 4, 5)
    with pytest.raises(PixelError, match="no slice 20"):
        read_slice(path, 20)


def test_a_stain_in_false_colour_is_one_channel(tmp_path: Path) -> None:
    for token, colour in (("w1", (0, 9, 0)), ("w2", (3, 0, 0))):
        Pillow.fromarray(np.full((4, 5, 3), colour, np.uint8)).save(tmp_path / f"a_{token}.png")
    assert read_pixels(tmp_path / "a_{w1,w2}.png")[:, 0, 0].tolist() == [9, 3]


def test_channels_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="differ in size"):
        read_pixels(write(tmp_path, w1=np.zeros((4, 5), np.uint8), w2=np.zeros((4, 6), np.uint8)))
    with pytest.raises(ReadError, match="expected one"):
        read_pixels(write(tmp_path, w1=np.zeros((4, 4, 5), np.uint8), w2=np.zeros((4, 4, 5), np.uint8)))
    (tmp_path / "a_w2.tif").unlink()
    with pytest.raises(ReadError, match="is missing"):
        read_pixels(tmp_path / PATH)


def test_names_that_stand_for_files(tmp_path: Path) -> None:
    (tmp_path / "b_{x,y}.png").touch()
    assert claims(tmp_path / PATH)
    assert not claims(tmp_path / "b_{x,y}.png")  # a file may be called so
    assert not claims(tmp_path / "a_{w1}.tif")
    for tokens in (["w1", "w1"], [f"w{i}" for i in range(MOST_FILES + 1)]):
        with pytest.raises(ReadError, match="different ones"):
            read_header(tmp_path / f"a_{{{','.join(tokens)}}}.tif")
