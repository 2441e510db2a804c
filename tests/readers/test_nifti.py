"""NIfTI: order of axes, spacing, affine, scaling, and damage."""

from __future__ import annotations

import dataclasses
import gzip
import struct
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyclinic.errors import PixelError, PolyclinicError, ReadError
from polyclinic.readers import (
    FileLabels,
    read_header,
    read_image,
    read_labels,
    read_pixels,
    read_shape,
    read_slice,
)
from polyclinic.study import MaskFile

AFFINE = np.diag([0.5, 2.0, 3.0, 1.0])


def write(path: Path, data: Any, kind: type = nibabel.Nifti1Image) -> Path:
    nibabel.save(kind(data, AFFINE), path)
    return path


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_axes_become_z_y_x(tmp_path: Path, name: str, kind: type) -> None:
    data = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    image = read_image(write(tmp_path / name, data, kind))
    assert image.pixels.shape == (1, 4, 3, 2)
    assert image.pixels[0, 3, 1, 0] == data[0, 1, 3]
    assert image.spacing_mm == (3.0, 2.0, 0.5)
    assert image.affine == tuple(map(tuple, AFFINE.tolist()))


def test_a_fourth_axis_becomes_channels(tmp_path: Path) -> None:
    data = np.arange(48, dtype=np.uint8).reshape(2, 3, 4, 2)
    path = write(tmp_path / "a.nii", data)
    assert (read_pixels(path) == data.transpose(3, 2, 1, 0)).all()
    assert read_shape(path) == (2, 4, 3, 2)


def test_a_flat_file_is_an_image(tmp_path: Path) -> None:
    assert read_pixels(write(tmp_path / "a.nii", np.zeros((5, 7), np.uint8))).shape == (1, 7, 5)


def test_scaled_values_are_floats(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.array([[[0.0, 1.0]]]), AFFINE)
    image.header.set_data_dtype(np.int16)
    nibabel.save(image, tmp_path / "a.nii")
    pixels = read_pixels(tmp_path / "a.nii")
    assert pixels.dtype == np.float32
    assert pixels.ravel() == pytest.approx([0, 1], abs=1e-4)


def test_labels_come_as_a_volume(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nii.gz", np.full((2, 3, 4), 2, np.uint8))
    assert read_labels(path).shape == (4, 3, 2)


def test_labels_are_read_anew_when_the_file_changes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nii", np.zeros((2, 3, 4), np.uint8))
    assert read_labels(path).max() == 0
    write(path, np.ones((2, 3, 5), np.uint8))
    assert read_labels(path).max() == 1


def test_an_absurd_header_is_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nii", np.zeros((2, 2, 2), np.uint8))
    data = bytearray(path.read_bytes())
    struct.pack_into("<8h", data, 40, 3, 32767, 32767, 32767, 1, 1, 1, 1)
    path.write_bytes(data)
    for read in (read_header, read_pixels):
        with pytest.raises(ReadError):
            read(path)
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(bytes(data)))
    with pytest.raises(ReadError, match="GiB"):
        read_pixels(tmp_path / "b.nii.gz")


def test_colour_and_complex_values_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="plain numbers"):
        read_pixels(write(tmp_path / "a.nii", np.zeros((2, 2, 2), np.complex64)))


def test_another_name_is_told(tmp_path: Path) -> None:
    write(tmp_path / "a.nii", np.zeros((2, 2, 2), np.uint8)).rename(tmp_path / "a.dat")
    with pytest.raises(ReadError) as caught:
        read_pixels(tmp_path / "a.dat")
    assert caught.value.hint is not None
    assert ".nii" in caught.value.hint


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_truncation_is_refused(tmp_path: Path, name: str, share: float) -> None:
    data = np.random.default_rng(0).integers(0, 255, (6, 7, 8), dtype=np.uint8)
    path = write(tmp_path / name, data)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * (len(whole) - 1))])
    with pytest.raises(PolyclinicError):
        read_pixels(path)
    with pytest.raises(PolyclinicError):
        read_image(path)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("shape", [(5, 4, 6), (5, 4, 6, 3)])
@pytest.mark.parametrize("scale", [None, 0.5])
def test_one_slice_is_that_of_the_whole(tmp_path: Path, name: str, shape: tuple[int, ...], scale: float | None) -> None:
    data = np.random.default_rng(0).integers(-900, 900, shape, dtype=np.int16)
    image = nibabel.Nifti1Image(data, AFFINE)
    if scale:
        image.header.set_slope_inter(scale, 3)
    nibabel.save(image, tmp_path / name)
    whole = read_pixels(tmp_path / name)
    for z in (4, 0, 5):
        part = read_slice(tmp_path / name, z)
        assert part.dtype == whole.dtype
        assert (part == whole[:, z]).all()
    with pytest.raises(PixelError, match="no slice 6"):
        read_slice(tmp_path / name, 6)
    image = dataclasses.replace(read_image(tmp_path / name), slice=2)
    assert (image.pixels == whole[:, 2]).all()


def test_a_slice_needs_no_more_of_the_file_than_lies_before_it(tmp_path: Path) -> None:
    data = np.random.default_rng(0).integers(0, 255, (64, 64, 64), dtype=np.uint8)
    path = write(tmp_path / "a.nii.gz", data)
    packed = bytearray(path.read_bytes())
    packed[len(packed) // 2 :] = bytes(len(packed) - len(packed) // 2)
    path.write_bytes(packed)
    assert (read_slice(path, 3)[0] == data[:, :, 3].T).all()
    with pytest.raises(ReadError):
        read_slice(path, 60)


def test_a_label_map_is_cut_as_well(tmp_path: Path) -> None:
    data = np.zeros((2, 3, 4), np.float32)
    data[1, 2, 3], data[0, 0, 3] = 5, np.nan
    path = write(tmp_path / "a.nii.gz", data)
    assert (FileLabels(path).slice(3) == read_labels(path)[3]).all()
    assert MaskFile("a.nii.gz", 5, slice=3, load=FileLabels(path)).array().tolist() == [[False] * 2] * 2 + [
        [False, True]
    ]


def test_the_sform_goes_before_the_qform_and_neither_is_no_affine(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.zeros((2, 3, 4), np.uint8), None)
    image.header.set_zooms((1, 2, 3))
    nibabel.save(image, tmp_path / "a.nii")
    found = read_header(tmp_path / "a.nii").known
    assert (found["affine"], found["spacing_mm"]) == (None, (3.0, 2.0, 1.0))
    image.set_qform(np.diag([1, 2, 3, 1]), code=1)
    nibabel.save(image, tmp_path / "b.nii")
    assert read_header(tmp_path / "b.nii").known["affine"][2] == (0.0, 0.0, 3.0, 0.0)
    image.set_sform(np.diag([1, 2, -3, 1]), code=2)
    nibabel.save(image, tmp_path / "c.nii")
    assert read_header(tmp_path / "c.nii").known["affine"][2] == (0.0, 0.0, -3.0, 0.0)


def test_microns_become_millimetres(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.zeros((2, 2, 2), np.uint8), np.diag([500, 500, 2000, 1]))
    image.header.set_xyzt_units("micron")
    nibabel.save(image, tmp_path / "a.nii")
    found = read_header(tmp_path / "a.nii").known
    assert found["spacing_mm"] == pytest.approx((2.0, 0.5, 0.5))
    assert found["affine"][2] == pytest.approx((0, 0, 2.0, 0))


def test_frames_are_named_by_their_time(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.zeros((2, 2, 2, 3), np.uint8), AFFINE)
    image.header.set_zooms((1, 1, 1, 2500))
    nibabel.save(image, tmp_path / "unnamed.nii")
    assert read_image(tmp_path / "unnamed.nii").channels == ()
    image.header.set_xyzt_units("mm", "msec")
    nibabel.save(image, tmp_path / "a.nii")
    assert read_image(tmp_path / "a.nii").channels == ("t=0s", "t=2.5s", "t=5s")
    assert read_image(tmp_path / "a.nii").spacing_mm == (1.0, 1.0, 1.0)


def test_components_on_the_fifth_axis_are_channels(tmp_path: Path) -> None:
    data = np.arange(72, dtype=np.float32).reshape(2, 3, 4, 1, 3)
    path = write(tmp_path / "a.nii", data)
    assert (read_pixels(path) == data[:, :, :, 0].transpose(3, 2, 1, 0)).all()
    assert (read_slice(path, 1) == read_pixels(path)[:, 1]).all()


def test_a_small_packed_file_cannot_claim_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.nii", np.random.default_rng(0).integers(0, 255, (37, 37, 37), dtype=np.uint8))
    data = bytearray(path.read_bytes())
    struct.pack_into("<8h", data, 40, 3, 1000, 1000, 100, 1, 1, 1, 1)
    packed = gzip.compress(bytes(data))
    (tmp_path / "b.nii.gz").write_bytes(packed[:-4] + (10**8 + 352).to_bytes(4, "little"))  # its end lies as well
    monkeypatch.setattr("nibabel.arrayproxy.array_from_file", lambda *a, **k: pytest.fail("memory was taken"))
    for read in (read_header, read_pixels):
        with pytest.raises(ReadError, match="is truncated"):
            read(tmp_path / "b.nii.gz")
