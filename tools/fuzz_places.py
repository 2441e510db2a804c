"""Seeds whose images lie in several files, or several in one: slides, containers, OME-Zarr, channels, DICOM studies.

Of each seed every file is damaged once it comes first. `PLACED` has an entry for each module of
`polyclinic.readers.CLAIMANTS`; a test fails when one has none.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from fuzz_seeds import BYTES, CANARY, COLOUR, VOLUME, Files, dicom_of, picture, saved

ZARR = "a.ome.zarr"
SOURCE = {
    "Modality": "CT",
    "StudyInstanceUID": "1.2.3",
    "SeriesInstanceUID": "1.2.3.4",
    "FrameOfReferenceUID": "1.2.3.9",
    "StudyDate": "20200102",
    "StudyTime": "",
    "StudyID": "1",
    "SeriesNumber": 4,
    "PatientBirthDate": "",
    "PatientSex": "",
    "AccessionNumber": "",
    "ReferringPhysicianName": "",
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
}


def rotated(files: Files, most: int = 8) -> Iterator[Files]:
    """The same files with each of the first in front, to be damaged."""
    names = list(files)
    for at in range(min(len(names), most)):
        yield {name: files[name] for name in (names[at], *names[:at], *names[at + 1 :])}


def slides() -> Iterator[Files]:
    """A pyramid of tiles, as scanners of two kinds describe it."""
    import tifffile

    large = np.tile(COLOUR, (16, 12, 1))
    for name, packed, told in (
        ("a.tif", "deflate", None),
        ("b.svs", "jpeg", "Aperio Image Library v11\n|AppMag = 20|MPP = 0.5"),
    ):
        out = io.BytesIO()
        with tifffile.TiffWriter(out) as file:
            for level, data in enumerate((large, large[::2, ::2])):
                more: dict[str, Any] = {"subfiletype": 1} if level else {"description": told}
                file.write(data, tile=(64, 64), photometric="rgb", compression=packed, metadata=None, **more)
        yield {name: out.getvalue()}


def containers() -> Iterator[Files]:
    """Pictures in a tar, and arrays in an npz."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in ("one.png", "a/two.png"):
            info = tarfile.TarInfo(name)
            info.size = len(picture())
            archive.addfile(info, io.BytesIO(picture()))
    yield {"a.tar": out.getvalue()}
    for save in (np.savez, np.savez_compressed):
        out = io.BytesIO()
        save(out, flat=np.stack([BYTES] * 2), deep=VOLUME[None])
        yield {"a.npz": out.getvalue()}


def zarrs() -> Iterator[Files]:
    """An image of two levels in both versions of Zarr; its metadata, then its chunks."""
    import zarr

    for version in (2, 3):
        with TemporaryDirectory() as folder:
            root = Path(folder) / ZARR
            group = zarr.open_group(str(root), mode="w", zarr_format=version)
            datasets = []
            for level in range(2):
                part = VOLUME[:, :: 2**level, :: 2**level]
                group.create_array(str(level), shape=part.shape, chunks=(5, 4, 4), dtype=part.dtype)[...] = part
                scale = {"type": "scale", "scale": [1.0, 2.0**level, 2.0**level]}
                datasets.append({"path": str(level), "coordinateTransformations": [scale]})
            axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
            about: dict[str, Any] = {"multiscales": [{"version": "0.4", "axes": axes, "datasets": datasets}]}
            group.attrs.update(about if version == 2 else {"ome": about})
            found = sorted(path for path in root.rglob("*") if path.is_file())
            yield from rotated({path.relative_to(folder).as_posix(): path.read_bytes() for path in found})


def channels() -> Iterator[Files]:
    """A file a channel."""
    yield from rotated({f"A01_s1_w{number}.png": picture() for number in (1, 2)})


def studies() -> Iterator[Files]:
    """A series of three slices with its segmentation, structure set, measurements and directory."""
    files = {f"{number}.dcm": saved(_slice(number)) for number in range(3)}
    yield from rotated(files, most=1)
    for name, data in _about(files).items():
        yield {name: data, **files}


def _slice(number: int) -> Any:
    from pydicom.uid import UID, CTImageStorage

    data = dicom_of(VOLUME[number].astype(np.uint16), "1.2.840.10008.1.2.1")
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = CTImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = UID(f"1.2.3.4.{number + 1}")
    for name, value in SOURCE.items():
        setattr(data, name, value)
    data.ImagePositionPatient, data.InstanceNumber, data.SliceThickness = [0, 0, 2 * number], number + 1, 2
    return data


def _about(slices: Files) -> Files:
    """What speaks of the series."""
    from polyclinic.study import Mask, Region
    from polyclinic.writers.dicom_seg import write_segmentation
    from polyclinic.writers.dicom_sr import write_measurements

    with TemporaryDirectory() as folder:
        source = Path(folder) / "series"
        source.mkdir()
        for name, data in slices.items():
            (source / name).write_bytes(data)
        mask = np.zeros((3, *VOLUME.shape[1:]), bool)
        mask[1, 2:4, 1:5] = True
        write_segmentation(Path(folder, "seg"), [Region("lung", mask=Mask.from_array(mask))], source)
        boxed = Region("nodule", box=(1, 1, 1, 4, 4, 2), attributes={"Diameter [mm]": 4.0})
        write_measurements(Path(folder, "sr"), [boxed], source)
        made = {f"{name}.dcm": Path(folder, name).read_bytes() for name in ("seg", "sr")}
    return {**made, "rt.dcm": saved(_structures()), "DICOMDIR": saved(_directory(slices))}


def _structures() -> Any:
    from pydicom.uid import RTStructureSetStorage

    data = _object(RTStructureSetStorage, "1.2.3.6.1")
    for name in ("StudyInstanceUID", "FrameOfReferenceUID"):
        setattr(data, name, SOURCE[name])
    data.PatientID, data.Modality, data.SeriesInstanceUID = CANARY, "RTSTRUCT", "1.2.3.6"
    square = [0, 0.25, 2, 1, 0.25, 2, 1, 1.5, 2, 0, 1.5, 2]
    drawn = _item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=4, ContourData=square)
    data.StructureSetROISequence = [_item(ROINumber=7, ROIName="heart", ReferencedFrameOfReferenceUID="1.2.3.9")]
    data.ROIContourSequence = [_item(ReferencedROINumber=7, ContourSequence=[drawn])]
    data.RTROIObservationsSequence = [_item(ReferencedROINumber=7, RTROIInterpretedType="ORGAN")]
    return data


def _directory(slices: Files) -> Any:
    from pydicom.config import IGNORE
    from pydicom.dataelem import DataElement
    from pydicom.uid import MediaStorageDirectoryStorage

    data = _object(MediaStorageDirectoryStorage, "1.2.3.7")
    records = []
    for name in slices:
        record = _item(DirectoryRecordType="IMAGE")
        record["ReferencedFileID"] = DataElement("ReferencedFileID", "CS", [name], validation_mode=IGNORE)
        records.append(record)
    data.DirectoryRecordSequence = records
    return data


def _object(kind: str, uid: str) -> Any:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = UID(kind)
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = UID(uid)
    return data


def _item(**values: Any) -> Any:
    from pydicom.dataset import Dataset

    data = Dataset()
    for name, value in values.items():
        setattr(data, name, value)
    return data


def parquets() -> Iterator[Files]:
    """Pictures in rows: questions as hubs keep them, and classes with boxes, packed in two ways."""
    import pyarrow as pa
    from pyarrow import parquet

    cell = {"bytes": picture(), "path": "a.png"}
    asked = [{"image": cell, "question": "Is it?", "answer": "no"}] * 3
    boxes = {"bbox": [[1.0, 2.0, 3.0, 4.0]], "category": ["x"]}
    named = [{"image": cell, "label": number, "objects": boxes} for number in (0, 1)]
    features = {"label": {"_type": "ClassLabel", "names": ["a", "b"]}}
    told = {"huggingface": json.dumps({"info": {"features": features}})}
    for name, rows, packed in (("train.parquet", asked, "snappy"), ("test.parquet", named, "gzip")):
        out = io.BytesIO()
        table = pa.Table.from_pylist(rows).replace_schema_metadata(told)
        parquet.write_table(table, out, row_group_size=2, compression=packed)
        yield {name: out.getvalue()}


PLACED: dict[str, Callable[[], Iterator[Files]]] = {
    "slide": slides,
    "members": containers,
    "ome_zarr": zarrs,
    "channel_files": channels,
    "series": studies,
    "parquet": parquets,
}
