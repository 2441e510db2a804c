"""A DICOMDIR is followed inside its folder, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from polyclinic.errors import ReadError
from polyclinic.readers.dicom.directory import read_directory

Series = Callable[..., list[Path]]


def directory(folder: Path, entries: Sequence[Sequence[str]]) -> Path:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    data.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    data.DirectoryRecordSequence = []
    for parts in ([], *entries):
        record = Dataset()
        record.DirectoryRecordType = "IMAGE" if parts else "PATIENT"
        if parts:
            record["ReferencedFileID"] = element_of(parts)
        data.DirectoryRecordSequence.append(record)
    path = folder / "DICOMDIR"
    data.save_as(path, enforce_file_format=True)
    return path


def element_of(parts: Sequence[str]) -> object:
    from pydicom.config import IGNORE
    from pydicom.dataelem import DataElement

    return DataElement("ReferencedFileID", "CS", list(parts), validation_mode=IGNORE)


def test_what_it_lists_is_found_once_and_under_either_case(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "a", np.zeros((2, 2, 2), np.int16))
    (tmp_path / "a" / "000.dcm").rename(tmp_path / "a" / "im0")
    (tmp_path / "a" / "001.dcm").rename(tmp_path / "a" / "IM1")
    found = read_directory(directory(tmp_path, [["A", "IM0"], ["a", "IM1"], ["a", "IM1"], ["a", "GONE"]]))
    assert [file.name for file in found.files] == ["im0", "IM1"]
    assert ([file.name for file in found.missing], found.refused) == (["GONE"], 0)


@pytest.mark.parametrize(
    "parts",
    [["..", "x"], ["/etc/passwd"], ["a", "..", "..", "x"], ["C:\\x"], ["a/b"], ["a"] * 40, ["link", "x"], ["l"]],
)
def test_what_leads_out_is_refused_and_counted(tmp_path: Path, parts: list[str]) -> None:
    inside = tmp_path / "disc"
    inside.mkdir()
    (tmp_path / "x").write_bytes(b"x")
    (inside / "link").symlink_to(tmp_path)
    (inside / "l").symlink_to(tmp_path / "x")
    found = read_directory(directory(inside, [parts]))
    assert (found.files, found.missing, found.refused) == ((), (), 1)


def test_another_file_is_no_directory(tmp_path: Path, write_series: Series) -> None:
    (path,) = write_series(tmp_path, np.zeros((1, 2, 2), np.int16))
    with pytest.raises(ReadError, match="no DICOMDIR"):
        read_directory(path)
    path.write_bytes(b"junk")
    with pytest.raises(ReadError):
        read_directory(path)
