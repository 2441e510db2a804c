"""Slices read straight from their file are what the decoder makes of them, and what it refuses stays refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.errors import ReadError
from polyclinic.readers import read_pixels
from polyclinic.readers.dicom import pixels as decoded
from polyclinic.readers.dicom.heads import read_one
from polyclinic.readers.dicom.native import scaled

Series = Callable[..., list[Path]]
VALUES = np.array([[[-2048, -1, 0, 1], [7, 100, 2047, 300]], [[5, 6, 7, 8], [9, 10, 11, 12]]], np.int16)


def rewritten(path: Path, **attributes: object) -> Path:
    data = pydicom.dcmread(path)
    for name, value in attributes.items():
        setattr(data, name, value)
    data.save_as(path)
    return path


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"RescaleSlope": 2, "RescaleIntercept": -1024},
        {"RescaleSlope": 0.1, "RescaleIntercept": 0.3},
        {"RescaleSlope": 4097, "RescaleIntercept": 0.5},
        {"BitsStored": 12, "HighBit": 11},
        {"BitsStored": 11, "HighBit": 10, "RescaleSlope": 3, "RescaleIntercept": 0},
        {"PixelRepresentation": 0},
        {"PixelRepresentation": 0, "BitsStored": 12, "HighBit": 11},
    ],
)
def test_values_are_the_decoders(tmp_path: Path, write_series: Series, attributes: dict[str, object]) -> None:
    path = rewritten(write_series(tmp_path / "s", VALUES)[0], **attributes)
    native = read_one(path).native
    assert native is not None
    found, expected = native.read(path), decoded(path)[0]
    assert found is not None
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "attributes",
    [
        {"PhotometricInterpretation": "MONOCHROME1"},
        {"NumberOfFrames": 2},
        {"RescaleSlope": 2},
        {"DoseGridScaling": 0.5},
        {"BitsStored": 40},
    ],
)
def test_what_is_unusual_is_left_to_the_decoder(
    tmp_path: Path, write_series: Series, attributes: dict[str, object]
) -> None:
    assert read_one(rewritten(write_series(tmp_path / "s", VALUES)[0], **attributes)).native is None


def test_a_file_changed_since_its_header_was_read_is_left_to_the_decoder(tmp_path: Path, write_series: Series) -> None:
    path = write_series(tmp_path / "s", VALUES)[0]
    native = read_one(path).native
    assert native is not None
    assert native.read(path) is not None
    assert replace(native, start=native.start - 2).read(path) is None
    assert replace(native, shape=(2, 2)).read(path) is None
    path.write_bytes(path.read_bytes()[:-2])
    assert native.read(path) is None
    with pytest.raises(ReadError):
        read_pixels(tmp_path / "s")


@given(st.integers(-3000, 3000), st.integers(-5000, 5000), st.booleans())
def test_scaled_values_are_rounded_once(slope: int, intercept: int, halved: bool) -> None:
    factor = slope / 2 if halved else float(slope)
    raw = np.array([-32768, -17, 0, 1, 999, 32767], np.int16)
    expected = (raw.astype(np.float64) * factor + intercept).astype(np.float32)
    np.testing.assert_array_equal(scaled(raw, factor, float(intercept)), expected)
