"""Segmentations: what stands in them, label map or binary, sources of every kind, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from polyclinic.errors import PixelError, ReadError, UsageError
from polyclinic.readers import read_image
from polyclinic.readers.dicom.seg import read_segmentation
from polyclinic.study import Mask, Region
from polyclinic.writers.dicom_seg import write_segmentation

Series = Callable[..., list[Path]]
VALUES = np.arange(24, dtype=np.int16).reshape(3, 2, 4)
LIVER = {"type": "SCT:10200004 Liver", "category": "SCT:123037004 Anatomical Structure"}


def region(name: str, *places: tuple[int, ...], shape: tuple[int, ...] = (3, 2, 4), **known: object) -> Region:
    mask = np.zeros(shape, bool)
    for place in places:
        mask[place] = True
    return Region(name, mask=Mask.from_array(mask), **known)  # type: ignore[arg-type]


def test_it_belongs_to_its_source_and_says_what_made_it(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "s", VALUES)
    write_segmentation(
        tmp_path / "a.dcm", [region("liver", (1, 0, 2), attributes=LIVER)], tmp_path / "s", algorithm="net"
    )
    made = pydicom.dcmread(tmp_path / "a.dcm")
    assert (made.PatientID, made.StudyInstanceUID, made.FrameOfReferenceUID) == ("p1", "1.2.3", "1.2.3.9")
    assert made.SeriesInstanceUID != "1.2.3.4"
    assert made.SegmentationType == "LABELMAP"
    assert "research software" in made.ContentDescription
    assert made.SegmentSequence[-1].SegmentAlgorithmName == "net"
    (found,) = read_segmentation(tmp_path / "a.dcm").regions
    assert (found.name, found.kind) == ("liver", "organ")
    assert found.attributes == {**LIVER, "algorithm": "net"}


def test_overlap_makes_it_binary_and_both_masks_come_back(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "s", VALUES)
    both = [region("a", (0, 0, 0), (1, 1, 1)), region("b", (1, 1, 1), kind="finding")]
    write_segmentation(tmp_path / "a.dcm", both, tmp_path / "s")
    assert pydicom.dcmread(tmp_path / "a.dcm").SegmentationType == "BINARY"
    found = read_segmentation(tmp_path / "a.dcm").regions
    assert [(r.name, r.kind, int(r.array.sum())) for r in found] == [("a", None, 2), ("b", "finding", 1)]


def test_regions_of_one_name_are_one_segment(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "s", VALUES)
    write_segmentation(tmp_path / "a.dcm", [region("n", (0, 0, 0)), region("n", (2, 1, 3))], tmp_path / "s")
    (found,) = read_segmentation(tmp_path / "a.dcm").regions
    assert int(found.array.sum()) == 2


def test_a_picture_without_a_place_keeps_its_pixels(tmp_path: Path, write_series: Series) -> None:
    film = {"SOPClassUID": pydicom.uid.DigitalXRayImageStorageForPresentation, "Modality": "DX"}
    (path,) = write_series(tmp_path, VALUES[:1], ImagePositionPatient=None, ImageOrientationPatient=None, **film)
    write_segmentation(tmp_path / "a.dcm", [region("n", (1, 2), shape=(2, 4))], path)
    found = read_segmentation(tmp_path / "a.dcm")
    assert found.grid is None
    assert np.argwhere(found.regions[0].array).tolist() == [[1, 2]]


def test_frames_of_a_multi_frame_source_are_met_in_their_own_order(tmp_path: Path, write_series: Series) -> None:
    data = pydicom.dcmread(write_series(tmp_path, VALUES[:1])[0])
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = pydicom.uid.EnhancedMRImageStorage
    data.NumberOfFrames, data.PixelData = 3, VALUES.tobytes()
    data.SharedFunctionalGroupsSequence = [
        item(
            PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
            PixelMeasuresSequence=[item(PixelSpacing=[1, 1], SliceThickness=2)],
        )
    ]
    data.PerFrameFunctionalGroupsSequence = [
        item(PlanePositionSequence=[item(ImagePositionPatient=[0, 0, z])]) for z in (4, 0, 2)
    ]
    data.save_as(tmp_path / "m.dcm", enforce_file_format=True)
    image = read_image(tmp_path / "m.dcm")
    mask = image.pixels[0] == 9  # in the file's second frame, the volume's first slice
    write_segmentation(tmp_path / "a.dcm", [Region("n", mask=Mask.from_array(mask))], tmp_path / "m.dcm")
    (frame,) = pydicom.dcmread(tmp_path / "a.dcm").PerFrameFunctionalGroupsSequence
    assert frame.PlanePositionSequence[0].ImagePositionPatient == [0, 0, 0]


def item(**values: object) -> Dataset:
    data = Dataset()
    for name, value in values.items():
        setattr(data, name, value)
    return data


def test_what_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "s", VALUES)
    out = tmp_path / "a.dcm"
    with pytest.raises(UsageError, match="none of the regions has a mask"):
        write_segmentation(out, [Region("box", box=(0, 0, 1, 1))], tmp_path / "s")
    with pytest.raises(PixelError, match="'n' is empty"):
        write_segmentation(out, [region("n")], tmp_path / "s")
    with pytest.raises(PixelError, match="its source is"):
        write_segmentation(out, [region("n", (0, 0, 0), shape=(1, 2, 4))], tmp_path / "s")
    with pytest.raises(UsageError, match="no source"):
        write_segmentation(out, [region("n", (0, 0, 0))], [])
    moved = ((-1.0, 0, 0, 0.4), (0, -1.0, 0, 0), (0, 0, 2.0, 0), (0, 0, 0, 1.0))
    with pytest.raises(ReadError, match="another grid"):
        write_segmentation(out, [region("n", (0, 0, 0))], tmp_path / "s", affine=moved)
    assert not out.exists()


def test_a_source_that_lacks_what_is_demanded_is_named_by_the_attribute(tmp_path: Path, write_series: Series) -> None:
    for path in write_series(tmp_path / "s", VALUES):
        data = pydicom.dcmread(path)
        del data.FrameOfReferenceUID
        data.save_as(path)
    with pytest.raises(ReadError, match="lacks FrameOfReferenceUID"):
        write_segmentation(tmp_path / "a.dcm", [region("n", (0, 0, 0))], tmp_path / "s")
