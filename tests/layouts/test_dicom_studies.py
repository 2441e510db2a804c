"""DICOM studies: a Study a study, an Image a series, also from a DICOMDIR, and written out and opened again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.config import IGNORE
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from polyclinic.layouts import dicom_studies, open_folder, recognise
from polyclinic.readers.dicom import series
from polyclinic.store.collection import open_collection
from polyclinic.store.export import export
from polyclinic.study import Mask, Region
from polyclinic.writers.dicom_seg import write_segmentation
from polyclinic.writers.dicom_sr import write_measurements

Series = Callable[..., list[Path]]
VALUES = np.arange(24, dtype=np.int16).reshape(3, 2, 4)


def miniature(root: Path, write_series: Series) -> None:
    """A subject with two visits: two series in one folder, then one in folders of a slice each."""
    facts = {"PatientSex": "F", "PatientAge": "061Y"}
    write_series(root / "v1", VALUES, **facts)
    for path in (root / "v1").iterdir():
        path.rename(path.with_name(f"t1-{path.name}"))
    write_series(root / "v1", VALUES + 50, SeriesInstanceUID="1.2.3.5", SeriesNumber=5, SeriesDescription="T2")
    later = {"StudyInstanceUID": "1.2.4", "SeriesInstanceUID": "1.2.4.1", "StudyDate": "20200301"}
    for z, path in enumerate(write_series(root / "v2", VALUES + 90, **later)):
        (root / "v2" / f"d{z}").mkdir()
        path.rename(root / "v2" / f"d{z}" / "i.dcm")


def listed(root: Path, columns: str, *cells: str) -> None:
    rows = [f"{path.relative_to(root)},{cell}" for path, cell in zip(sorted(root.rglob("*.dcm")), cells, strict=True)]
    (root / "index.csv").write_text("\n".join([columns, *rows]))


def test_a_table_that_lists_slices_is_left_to_the_series(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "v1", VALUES)
    listed(tmp_path, "file,sequence,instance", "t1,3", "t1,2", "t1,1")
    assert recognise(tmp_path).layout.NAME == "dicom studies"
    (study,) = open_folder(tmp_path)
    assert study.images[0].pixels.shape == (1, 3, 2, 4)


def test_headers_tell_volumes_without_decoding(
    tmp_path: Path, write_series: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_series(tmp_path / "v1", VALUES)
    write_series(tmp_path / "v2", VALUES[:1], SeriesInstanceUID="1.2.9", SOPInstanceUID="1.3.9", spacing=None)
    monkeypatch.setattr(series, "file_pixels", None)
    (study,) = dicom_studies.read(tmp_path)
    assert {(image.spacing_mm is None, image.is_volume) for image in study.images} == {(True, False), (False, True)}


def test_a_table_that_speaks_of_each_slice_is_read_as_that(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "v1", VALUES)
    listed(tmp_path, "file,finding", "bleed", "none", "bleed")
    assert recognise(tmp_path).layout.NAME == "table"
    assert [study.labels["finding"] for study in open_folder(tmp_path)] == ["bleed", "none", "bleed"]


def test_a_table_of_lone_radiographs_stays_a_table(tmp_path: Path, write_series: Series) -> None:
    for number in range(3):
        write_series(
            tmp_path / f"p{number}", VALUES[:1], SeriesInstanceUID=f"1.2.{number}", SOPInstanceUID=f"1.3.{number}"
        )
    listed(tmp_path, "file,view", "PA", "PA", "PA")
    assert recognise(tmp_path).layout.NAME == "table"


def test_studies_series_and_visits(tmp_path: Path, write_series: Series) -> None:
    miniature(tmp_path, write_series)
    assert recognise(tmp_path).layout is dicom_studies
    held = open_folder(tmp_path)
    first, second = held.studies
    assert (first.id, first.subject, first.labels) == ("1.2.3", "p1", {"sex": "F", "age": 61})
    assert (second.id, second.prior, second.images[0].time_days) == ("1.2.4", "1.2.3", 59)
    assert [image.channels for image in first.images] == [("4 T1 post",), ("5 T2",)]
    assert [image.path for image in first.images] == ["v1#1.2.3.4", "v1#1.2.3.5"]
    assert second.images[0].path == "v2"
    assert [int(image.pixels.min()) for image in (*first.images, *second.images)] == [0, 50, 90]
    assert held.skipped == ()


def test_it_can_be_written_and_opened_again(tmp_path: Path, write_series: Series) -> None:
    miniature(tmp_path / "in", write_series)
    held = open_folder(tmp_path / "in")
    assert export(held, tmp_path / "out") == 2
    again = open_collection(tmp_path / "out")
    for study, copy in zip(held, again, strict=True):
        for image, other in zip(study.images, copy.images, strict=True):
            assert (image.pixels == other.pixels).all()
            assert image.affine == other.affine


def test_faults_are_named_and_the_rest_is_read(tmp_path: Path, write_series: Series) -> None:
    miniature(tmp_path, write_series)
    (tmp_path / "v1" / "001.dcm").write_bytes(b"\0" * 128 + b"DICM junk")
    (tmp_path / "notes.txt").write_text("x")
    held = open_folder(tmp_path)
    assert [len(study.images) for study in held] == [2, 1]
    assert "v1/001.dcm" in held.skipped[0]
    assert "1 files are no DICOM" in str(held.header.note)


def test_a_class_of_single_images_a_folder_stays_classes(tmp_path: Path, write_series: Series) -> None:
    for k, name in enumerate(("normal", "pneumonia")):
        write_series(tmp_path / name, VALUES[:1], ImagePositionPatient=None, SeriesInstanceUID=f"1.2.{k}")
    assert recognise(tmp_path).layout.NAME == "folder per class"


def test_a_subject_without_an_id_is_its_study_and_no_uid_is_shown_that_is_none(
    tmp_path: Path, write_series: Series
) -> None:
    write_series(tmp_path, VALUES, PatientID="", StudyInstanceUID="Doe^Jane", StudyDate="")
    (study,) = open_folder(tmp_path)
    assert study.subject == study.id
    assert "Doe" not in study.id
    assert study.images[0].time_days is None


def test_a_dicomdir_is_followed(tmp_path: Path, write_series: Series) -> None:
    paths = write_series(tmp_path / "S", VALUES)
    for path in paths:
        path.rename(tmp_path / "S" / f"I{path.stem}")
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    data.file_meta.MediaStorageSOPInstanceUID = "1.2.9"
    data.DirectoryRecordSequence = [Dataset() for _ in range(5)]
    listed = (["S", "I000"], ["S", "I001"], ["S", "I002"], ["S", "I003"], ["..", "S"])
    for record, parts in zip(data.DirectoryRecordSequence, listed, strict=True):
        record.add(DataElement("ReferencedFileID", "CS", parts, validation_mode=IGNORE))
    data.save_as(tmp_path / "DICOMDIR", enforce_file_format=True)
    held = open_folder(tmp_path / "DICOMDIR")
    assert (held.studies[0].images[0].pixels == VALUES[None]).all()
    assert held.skipped == ("DICOMDIR: S/I003 is missing", "DICOMDIR: 1 entries lead out of the folder")


def test_segmentations_and_reports_become_regions_of_their_image(tmp_path: Path, write_series: Series) -> None:
    miniature(tmp_path, write_series)
    (held,) = [study for study in open_folder(tmp_path) if study.id == "1.2.3"]
    t2 = held.images[1]
    mask = t2.pixels[0] > 60
    files = sorted(path for path in (tmp_path / "v1").iterdir() if not path.name.startswith("t1"))
    write_segmentation(tmp_path / "seg.dcm", [Region("it", mask=Mask.from_array(mask))], files)
    write_measurements(tmp_path / "sr.dcm", [Region("box", box=(0, 0, 1, 2, 2, 2))], files)
    again = open_folder(tmp_path)
    assert again.skipped == ()
    regions = again.by_id["1.2.3"].regions
    assert [(region.name, region.image) for region in regions] == [("it", 1), ("box", 1)]
    assert (regions[0].array == mask).all()
    for path in files:
        path.unlink()
    left = open_folder(tmp_path)
    assert left.skipped == ("sr.dcm speaks of 0 images of its study, expected one",)  # masks still have a place


def test_objects_that_hold_neither_are_named(tmp_path: Path, write_series: Series) -> None:
    paths = write_series(tmp_path, VALUES)
    data = pydicom.dcmread(paths[2], stop_before_pixels=True)
    del data.Rows
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = pydicom.uid.RTPlanStorage
    data.save_as(tmp_path / "plan.dcm")
    assert open_folder(tmp_path).skipped == ("plan.dcm: neither an image nor regions of one",)
