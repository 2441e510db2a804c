"""TIFF: single images, stacks, channels, palettes, and damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyclinic.errors import PixelError, PolyclinicError, ReadError
from polyclinic.readers import read_image, read_labels, read_pixels, read_shape


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((4, 5), {}, (1, 4, 5)),
        ((4, 5, 3), {"photometric": "rgb"}, (3, 4, 5)),
        ((3, 4, 5), {"photometric": "minisblack"}, (3, 4, 5)),  # three pages: channels
        ((20, 4, 5), {"photometric": "minisblack"}, (1, 20, 4, 5)),  # twenty pages: slices
        ((2, 6, 4, 5), {"imagej": True, "metadata": {"axes": "ZCYX"}}, (6, 2, 4, 5)),
        ((6, 4, 5), {"imagej": True, "metadata": {"axes": "ZYX"}}, (1, 6, 4, 5)),
        ((2, 4, 5), {"ome": True, "metadata": {"axes": "CYX"}}, (2, 4, 5)),
    ],
)
def test_axes(tmp_path: Path, shape: tuple[int, ...], options: dict[str, object], expected: tuple[int, ...]) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.arange(np.prod(shape), dtype=np.uint8).reshape(shape), **options)
    assert read_pixels(path).shape == read_shape(path) == expected


def test_order_of_axes_is_right(tmp_path: Path) -> None:
    data = np.arange(2 * 3 * 4 * 5, dtype=np.uint16).reshape(2, 3, 4, 5)
    tifffile.imwrite(tmp_path / "a.tif", data, imagej=True, metadata={"axes": "ZCYX"})
    assert (read_pixels(tmp_path / "a.tif") == data.transpose(1, 0, 2, 3)).all()


def test_floats_and_nan_pass_until_nothing_else_is_left(tmp_path: Path) -> None:
    some, none = np.array([[np.nan, 1.5]], np.float32), np.full((2, 2), np.nan, np.float32)
    tifffile.imwrite(tmp_path / "some.tif", some)
    tifffile.imwrite(tmp_path / "none.tif", none)
    assert np.isnan(read_image(tmp_path / "some.tif").pixels[0, 0, 0])
    with pytest.raises(PixelError, match="no finite value"):
        _ = read_image(tmp_path / "none.tif").pixels


def test_a_palette_of_colours_is_resolved(tmp_path: Path) -> None:
    colours = np.zeros((3, 256), np.uint16)
    colours[:, 1] = (65535, 0, 256)
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, 1]], np.uint8), photometric="palette", colormap=colours)
    assert read_pixels(tmp_path / "a.tif")[:, 0].T.tolist() == [[0, 0, 0], [255, 0, 1]]
    assert read_shape(tmp_path / "a.tif") == (3, 1, 2)


def test_label_maps_keep_their_values(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, 300], [2, 65535]], np.uint16))
    assert read_labels(tmp_path / "a.tif").tolist() == [[0, 300], [2, 65535]]


def test_too_many_axes_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((3, 2, 6, 4, 5), np.uint8), imagej=True)
    with pytest.raises(ReadError, match="at most channel, z, y, x"):
        read_pixels(tmp_path / "a.tif")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_truncation_never_passes_for_an_image(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.arange(400, dtype=np.uint8).reshape(20, 20))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * (len(data) - 1))])
    with pytest.raises(PolyclinicError):
        read_pixels(path)
