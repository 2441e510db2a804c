"""PNG and JPEG: values, palettes, alpha, orientation, and damage."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from polyclinic.errors import PolyclinicError, ReadError
from polyclinic.readers import read_image, read_labels, read_pixels, read_shape


def png(path: Path, values: Any, mode: str | None = None, **options: Any) -> Path:
    picture = Pillow.fromarray(np.asarray(values))
    (picture.convert(mode) if mode else picture).save(path, **options)
    return path


def test_grey_keeps_its_values(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", np.array([[0, 10], [200, 255], [3, 4]], np.uint8))
    assert read_pixels(path).tolist() == [[[0, 10], [200, 255], [3, 4]]]
    assert read_shape(path) == (1, 3, 2)


def test_sixteen_bits_are_kept(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", np.array([[0, 1000], [40000, 65535]], np.uint16))
    assert read_pixels(path).tolist() == [[[0, 1000], [40000, 65535]]]


def test_colour_has_its_channels_first(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8))
    assert read_pixels(path).tolist() == [[[1, 4]], [[2, 5]], [[3, 6]]]


def test_one_bit_becomes_black_and_white(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", np.array([[0, 255]], np.uint8), "1")
    assert read_pixels(path).tolist() == [[[0, 255]]]


def test_alpha_is_laid_on_black(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", np.array([[[200, 100, 50, 255], [200, 100, 50, 0]]], np.uint8))
    assert read_pixels(path)[:, 0].T.tolist() == [[200, 100, 50], [0, 0, 0]]


def palette(path: Path, colours: list[int]) -> Path:
    picture = Pillow.fromarray(np.array([[0, 1], [2, 1]], np.uint8), mode="P")
    picture.putpalette(colours)
    picture.save(path)
    return path


def test_a_palette_gives_colours_to_images_and_indices_to_masks(tmp_path: Path) -> None:
    path = palette(tmp_path / "a.png", [0, 0, 0, 255, 0, 0, 0, 255, 0])
    assert read_pixels(path)[0].tolist() == [[0, 255], [0, 255]]
    assert read_shape(path) == (3, 2, 2)
    assert read_labels(path).tolist() == [[0, 1], [2, 1]]


def test_a_grey_palette_is_grey(tmp_path: Path) -> None:
    path = palette(tmp_path / "a.png", [9, 9, 9, 20, 20, 20, 30, 30, 30])
    assert read_pixels(path).tolist() == [[[9, 20], [30, 20]]]


def test_orientation_is_applied(tmp_path: Path) -> None:
    picture = Pillow.fromarray(np.zeros((4, 8), np.uint8))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.jpg", exif=exif)
    assert read_shape(tmp_path / "a.jpg") == read_pixels(tmp_path / "a.jpg").shape == (1, 8, 4)


def test_a_jpeg_mask_is_cut_at_half(tmp_path: Path) -> None:
    square = np.zeros((32, 32), np.uint8)
    square[8:24, 8:24] = 255
    png(tmp_path / "a.jpg", square, quality=60)
    labels = read_labels(tmp_path / "a.jpg")
    assert set(np.unique(labels)) == {0, 255}
    assert (labels > 0).sum() == pytest.approx(256, abs=8)


def test_a_colour_mask_is_its_largest_channel(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", np.array([[[0, 0, 0], [0, 7, 3]]], np.uint8))
    assert read_labels(path).tolist() == [[0, 7]]


def test_the_header_names_the_file_and_loads_on_demand(tmp_path: Path) -> None:
    image = read_image(png(tmp_path / "a.png", np.ones((2, 2), np.uint8)))
    assert image.path == "a.png"
    assert image.pixels.sum() == 4


@pytest.mark.parametrize("data", [b"", b"not an image at all", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_image_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(ReadError) as caught:
        read_pixels(tmp_path / "a.png")
    assert caught.value.hint


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="is missing"):
        read_pixels(tmp_path / "a.png")


def test_a_bomb_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(head)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    (tmp_path / "a.png").write_bytes(data + b"\0" * 64)
    with pytest.raises(ReadError):
        read_shape(tmp_path / "a.png")


def test_a_truncated_end_shows_in_the_header_already(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ReadError):
        read_image(path)


def encoded(kind: str) -> bytes:
    picture = Pillow.fromarray(np.random.default_rng(1).integers(0, 255, (24, 24, 3), dtype=np.uint8))
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1), flip=st.integers(0, 255))
def test_damage_is_read_or_refused_never_anything_else(tmp_path: Path, kind: str, share: float, flip: int) -> None:
    data = bytearray(encoded(kind))
    place = int(share * (len(data) - 1))
    for broken in (bytes(data[:place]), bytes(data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :])):
        path = tmp_path / f"a.{kind.lower()}"
        path.write_bytes(broken)
        for read in (read_pixels, read_image):
            try:
                read(path)
            except PolyclinicError:
                pass


def test_a_png_may_have_its_orientation_behind_its_pixels(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    path = tmp_path / "a.png"
    Pillow.new("L", (7, 5)).save(path, exif=exif)
    data = path.read_bytes()
    start, pixels, end = (data.index(mark) - 4 for mark in (b"eXIf", b"IDAT", b"IEND"))
    path.write_bytes(data[:start] + data[pixels:end] + data[start:pixels] + data[end:])
    assert read_shape(path) == read_pixels(path).shape == (1, 7, 5)


def test_gif_and_ppm_are_read(tmp_path: Path) -> None:
    values = np.array([[0, 10], [200, 255]], np.uint8)
    Pillow.fromarray(values).save(tmp_path / "a.gif")
    Pillow.fromarray(values).save(tmp_path / "a.pgm")
    Pillow.fromarray(np.stack([values] * 3, axis=-1)).save(tmp_path / "a.ppm")
    assert read_pixels(tmp_path / "a.gif").tolist() == [values.tolist()]
    assert read_pixels(tmp_path / "a.pgm").tolist() == [values.tolist()]
    assert read_shape(tmp_path / "a.ppm") == (3, 2, 2)


@pytest.mark.parametrize("ending", ["gif", "ppm"])
def test_cut_gif_and_ppm_are_refused(tmp_path: Path, ending: str) -> None:
    path = png(tmp_path / f"a.{ending}", np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8), "RGB")
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ReadError):
        read_shape(path)


def test_transparency_behind_the_pixels_counts_for_the_header_too(tmp_path: Path) -> None:
    path = palette(tmp_path / "a.png", [0, 0, 0, 128, 128, 128, 255, 255, 255])
    assert read_shape(path) == (1, 2, 2)
    data, end = path.read_bytes(), struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    late = struct.pack(">I", 1) + b"tRNS\x80" + struct.pack(">I", zlib.crc32(b"tRNS\x80"))
    path.write_bytes(data.removesuffix(end) + late + end)
    assert read_shape(path) == read_pixels(path).shape
