from __future__ import annotations

import io
import struct
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLSLossless, SecondaryCaptureImageStorage

from polyclinic.errors import ReadError
from polyclinic.readers import read_pixels
from polyclinic.readers.codestreams import claimed_size

jpeg_ls = pytest.importorskip("jpeg_ls")
GREY = (np.arange(12 * 16) % 200).astype(np.uint8).reshape(12, 16)


def jpeg(form: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(GREY).save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    "source",
    [
        jpeg("JPEG"),
        jpeg("JPEG", progressive=True, comment=b"c" * 300),
        jpeg("JPEG2000", no_jp2=True),
        jpeg("JPEG2000"),
        bytes(jpeg_ls.encode(GREY)),
        b"\xff\xd8\xff\xff" + jpeg("JPEG")[3:],
    ],
)
def test_sizes_are_found(source: bytes) -> None:
    assert claimed_size(source) == (12, 16)


def test_the_size_of_lossless_jpeg() -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    assert claimed_size(imagecodecs.ljpeg_encode(GREY.astype(np.uint16))) == (12, 16)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xda",
        b"\xff\xd8\xff\xe0\0\0" * 3,
        b"\xff\xd8\xff\xe0" + bytes(8),
        b"\xff\x4f\xff\x51\0",
        GREY.tobytes(),
    ],
)
def test_none_where_there_is_none(source: bytes) -> None:
    assert claimed_size(source) is None


def test_a_frame_larger_than_its_header_is_not_decoded(tmp_path: Path) -> None:
    small = bytes(jpeg_ls.encode(GREY))
    for rows, read in ((12, True), (65000, False)):
        path = written(tmp_path / "a.dcm", small.replace(struct.pack(">2H", 12, 16), struct.pack(">2H", rows, 16)))
        if read:
            assert (read_pixels(path)[0] == GREY).all()
            continue
        began = time.process_time()
        with pytest.raises(ReadError, match="65000 x 16, its header says 12 x 16"):
            read_pixels(path)
        assert time.process_time() - began < 0.5


def written(path: Path, frame: bytes) -> Path:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = JPEGLSLossless
    data.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    data.Rows, data.Columns, data.SamplesPerPixel, data.PhotometricInterpretation = 12, 16, 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    data.PixelData = encapsulate([frame])
    data["PixelData"].is_undefined_length = True
    data.save_as(path, enforce_file_format=True)
    return path
