"""A DICOM series to an oriented volume: slices sorted by place, rescaled to Hounsfield units, with an affine."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from races.base import OURS, Arrays, Race, placed, same_volume

SLICES, SIDE = 200, 512
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def make(folder: Path, scale: float) -> None:
    """Slices of a CT with names that tell nothing of their order."""
    from pydicom.uid import generate_uid

    rng = np.random.default_rng(0)
    count = max(round(SLICES * scale), 4)
    uids = [generate_uid() for _ in range(3)]
    pattern = np.add.outer(np.arange(SIDE), 2 * np.arange(SIDE)) % 2000
    for number, z in enumerate(rng.permutation(count)):
        values = pattern + 3 * z + rng.integers(0, 50, (SIDE, SIDE))
        _write(folder / f"{number:04d}.dcm", int(z), values.astype("<i2"), uids)


def _write(path: Path, z: int, values: np.ndarray, uids: list[str]) -> None:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    data, meta = Dataset(), FileMetaDataset()
    meta.MediaStorageSOPClassUID = data.SOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta = meta
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = uids
    data.Modality, data.PatientName, data.PatientID, data.Manufacturer = "CT", "Phantom", "P1", "Polyclinic"
    data.SeriesNumber, data.InstanceNumber = 1, z + 1
    data.ImagePositionPatient = [-170.0, -170.0, 1.5 * z - 100]
    data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    data.PixelSpacing, data.SliceThickness = [0.7, 0.7], 1.5
    data.Rows, data.Columns = values.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 1
    data.RescaleSlope, data.RescaleIntercept = 1, -1024
    data.PixelData = values.tobytes()
    data.save_as(path, enforce_file_format=True)


def polyclinic(folder: Path) -> Arrays:
    """Ours."""
    from polyclinic.readers.dicom.series import find

    image = find(folder).image("ct")
    return placed(image.pixels[0].T, image.affine)


def monai_pydicom(folder: Path) -> Arrays:
    """MONAI over pydicom."""
    from monai.data import PydicomReader

    reader = PydicomReader()
    values, meta = reader.get_data(reader.read(str(folder)))
    return placed(values, meta["affine"])


def monai_itk(folder: Path) -> Arrays:
    """MONAI over ITK."""
    from monai.data import ITKReader

    reader = ITKReader()
    values, meta = reader.get_data(reader.read(str(folder)))
    return placed(values, meta["affine"])


def simpleitk(folder: Path) -> Arrays:
    """SimpleITK with GDCM's sorting."""
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return placed(SimpleITK.GetArrayFromImage(image).T, LPS_TO_RAS @ affine)


def dicom2nifti(folder: Path) -> Arrays:
    """dicom2nifti, nothing written."""
    from dicom2nifti.convert_dicom import dicom_series_to_nifti

    image = dicom_series_to_nifti(str(folder), None, reorient_nifti=False)["NII"]
    return placed(np.asanyarray(image.dataobj), image.affine)


RACE = Race(
    title=f"DICOM series of {SLICES} slices, {SIDE} x {SIDE}, to an oriented volume",
    make=make,
    cases={
        OURS: polyclinic,
        "MONAI PydicomReader": monai_pydicom,
        "MONAI ITKReader": monai_itk,
        "SimpleITK": simpleitk,
        "dicom2nifti": dicom2nifti,
    },
    differs=same_volume,
    packages={
        "MONAI PydicomReader": ("monai", "pydicom"),
        "MONAI ITKReader": ("monai", "itk"),
        "SimpleITK": ("simpleitk",),
        "dicom2nifti": ("dicom2nifti",),
    },
    note="Equal: shape, affine and Hounsfield units after all are turned to RAS+. Ours, dicom2nifti and MONAI's "
    "pydicom reader parse headers in Python; ITK and SimpleITK parse them in C++.",
)
