"""Codestreams that pydicom cannot unpack by itself: equal to what was packed, and sizes checked first."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import HTJ2KLossless, JPEG2000Lossless, JPEGExtended12Bit, JPEGLosslessSV1, JPEGLSLossless

from polyclinic.errors import ReadError
from polyclinic.readers import read_pixels
from polyclinic.readers.dicom.codecs import is_available

imagecodecs = pytest.importorskip("imagecodecs")
Series = Callable[..., list[Path]]
VALUES = np.random.default_rng(0).integers(0, 4000, (16, 20)).astype(np.uint16)


def packed(path: Path, frame: bytes, syntax: str, **more: Any) -> Path:
    data = pydicom.dcmread(path)
    data.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    for name, value in more.items():
        setattr(data, name, value)
    data.PixelData = encapsulate([frame])
    data["PixelData"].is_undefined_length = True
    data.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize(
    ("syntax", "pack"),
    [
        (HTJ2KLossless, imagecodecs.htj2k_encode),
        (JPEG2000Lossless, lambda v: imagecodecs.jpeg2k_encode(v, codecformat="j2k", reversible=True, level=0)),
        (JPEGLosslessSV1, imagecodecs.ljpeg_encode),
    ],
    ids=["htj2k", "jpeg2000", "lossless"],
)
def test_lossless_frames_come_back_as_they_were(
    tmp_path: Path, write_series: Series, syntax: str, pack: Callable[[Any], bytes]
) -> None:
    (path,) = write_series(tmp_path, VALUES[None])
    assert (read_pixels(packed(path, pack(VALUES), syntax))[0] == VALUES).all()


def test_twelve_bits_of_lossy_jpeg(tmp_path: Path, write_series: Series) -> None:
    smooth = np.add.outer(np.arange(16) * 100, np.arange(24) * 50).astype(np.uint16)
    (path,) = write_series(tmp_path, smooth[None], BitsStored=12, HighBit=11)
    frame = imagecodecs.jpeg8_encode(smooth, level=98, bitspersample=12)
    found = read_pixels(packed(path, frame, JPEGExtended12Bit))[0].astype(int)
    assert np.abs(found - smooth).max() < 40


def test_colour_of_lossless_jpeg_is_by_pixel(tmp_path: Path, write_series: Series) -> None:
    (path,) = write_series(tmp_path, VALUES[None])
    colour = np.random.default_rng(1).integers(0, 255, (16, 20, 3)).astype(np.uint8)
    frame = imagecodecs.jpeg8_encode(colour, lossless=True, predictor=1, colorspace="RGB", outcolorspace="RGB")
    more = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    bits = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    found = read_pixels(packed(path, frame, JPEGLosslessSV1, **more, **bits))
    assert (found == colour.transpose(2, 0, 1)).all()


def test_a_codestream_of_another_size_is_refused_before_it_is_unpacked(
    tmp_path: Path, write_series: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = write_series(tmp_path, VALUES[None])
    packed(path, imagecodecs.ljpeg_encode(VALUES[:, :8].copy()), JPEGLosslessSV1)
    monkeypatch.setattr(imagecodecs, "jpegsof3_decode", lambda _: pytest.fail("it was unpacked"))
    with pytest.raises(ReadError, match="JPEG Lossless"):
        read_pixels(path)


def test_a_damaged_stream_of_jpeg_ls_is_not_tried_twice_by_one_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_available(JPEGLSLossless)
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jpeg_ls" else find(name))
    assert is_available(JPEGLSLossless)
