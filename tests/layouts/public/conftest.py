"""The miniature folders of the layouts' tests, and text files."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

Write = Callable[..., Path]


@pytest.fixture
def text(tmp_path: Path) -> Write:
    """Write a text file; one whose name ends in .gz is packed."""

    def write(path: str, *lines: str) -> Path:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        data = "\n".join([*lines, ""]).encode()
        target.write_bytes(gzip.compress(data) if path.endswith(".gz") else data)
        return target

    return write


@pytest.fixture
def film(tmp_path: Path) -> Write:
    """Write a radiograph as DICOM."""

    def write(path: str) -> Path:
        from pydicom.dataset import Dataset, FileMetaDataset
        from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid

        target, data = tmp_path / path, Dataset()
        target.parent.mkdir(parents=True, exist_ok=True)
        data.file_meta = FileMetaDataset()
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data.file_meta.MediaStorageSOPClassUID = ComputedRadiographyImageStorage
        data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        data.Modality, data.PhotometricInterpretation, data.SamplesPerPixel = "CR", "MONOCHROME2", 1
        data.Rows, data.Columns = 6, 8
        data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
        data.PixelData = np.arange(48, dtype=np.uint8).tobytes()
        data.save_as(target, enforce_file_format=True)
        return target

    return write
