"""Options and fixtures that all tests share."""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

GOLDEN = Path(__file__).parent / "golden"
Golden = Callable[[str, Any], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what is found to tests/golden instead of comparing with it"
    )


gc.disable()  # nothing that is imported to collect the tests is garbage


@pytest.fixture(scope="module", autouse=True)
def _garbage() -> None:
    """Leave what is there by now out of every later look for garbage: each training run looks three times."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a plain value with `tests/golden/NAME`, or store it with `--update-golden`."""

    def compare(name: str, found: Any) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
        assert path.is_file(), f"{path} is missing: make it with pytest --update-golden"
        assert found == json.loads(path.read_text("utf-8")), f"differs from {path}: if meant, pytest --update-golden"

    return compare


@pytest.fixture
def write_series() -> Callable[..., list[Path]]:
    """Write a (z, y, x) array of 16-bit values as a DICOM series, a file a slice, in the patient's space (LPS)."""

    def write(folder: Path, values: Any, **more: Any) -> list[Path]:
        import numpy as np

        row, column = more.pop("row", (1.0, 0.0, 0.0)), more.pop("column", (0.0, 1.0, 0.0))
        step = more.pop("step", np.cross(row, column) * 2.0)
        start, spacing = np.array(more.pop("start", (0.0, 0.0, 0.0))), more.pop("spacing", [1.0, 1.0])
        paths = []
        for z, plane in enumerate(values):
            place = {
                "ImagePositionPatient": [round(float(v), 6) for v in start + z * np.array(step)],
                "ImageOrientationPatient": [round(float(v), 9) for v in (*row, *column)],
                "PixelSpacing": spacing,
            }
            paths.append(_slice(folder / f"{z:03d}.dcm", plane, z + 1, place | more))
        return paths

    return write


def _slice(path: Path, plane: Any, number: int, more: dict[str, Any]) -> Path:
    import numpy as np
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

    data = Dataset()
    data.PatientID, data.PatientName, data.Modality = "p1", "Doe^Jane", "MR"
    data.PatientBirthDate = data.PatientSex = data.AccessionNumber = data.StudyTime = data.ReferringPhysicianName = ""
    data.SOPClassUID, data.StudyDate, data.StudyID = MRImageStorage, "20200102", "1"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = "1.2.3", "1.2.3.4", "1.2.3.9"
    data.SeriesNumber, data.InstanceNumber, data.SeriesDescription = 4, number, "T1 post"
    data.Rows, data.Columns = plane.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, int(np.asarray(plane).dtype.kind == "i")
    with warnings.catch_warnings(action="ignore"):  # tests plant values that break the standard
        for name, value in more.items():
            setattr(data, name, value)
    data.SOPInstanceUID = f"{data.SeriesInstanceUID}.{number}"
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.PixelData = np.ascontiguousarray(plane).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    data.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture(scope="session")
def torchvision_without_operators() -> Iterator[None]:
    """A torchvision built for another torch lacks its compiled operators; its networks need none of them."""
    library = None
    try:
        if importlib.util.find_spec("torchvision") is not None:
            importlib.import_module("torchvision")
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        import torch

        library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]  # gone as soon as nobody holds it
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    yield
    del library
