"""What the pages write of a DICOM study, opened with highdicom: it belongs to the patient and the slice it is of."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench.app import create_workbench
from polyclinic.serving.workbench.bench import Bench
from polyclinic.store.collection import Header, open_collection, write_collection
from polyclinic.study import Image, Study

from .conftest import HERE, V1

dcmread = pytest.importorskip("pydicom").dcmread
seg = pytest.importorskip("highdicom.seg")
sr = pytest.importorskip("highdicom.sr")
DEPTH, SIZE = 3, (8, 9)
OF_SOURCE = ("PatientID", "PatientName", "StudyInstanceUID")


@pytest.fixture
def sources(tmp_path: Path, write_series: Callable[..., list[Path]]) -> list[Path]:
    return write_series(tmp_path / "set" / "mr", np.arange(DEPTH * 72, dtype=np.int16).reshape(DEPTH, *SIZE))


@pytest.fixture
def client(tmp_path: Path, sources: list[Path]) -> Iterator[TestClient]:
    root = tmp_path / "set"
    write_collection(root, Header("set"), [Study("a", "a", images=(Image("mr", "MR"),))])
    bench = Bench(lambda: open_collection(root))
    bench.wait(10)
    with TestClient(create_workbench(bench, Settings()), base_url=HERE, raise_server_exceptions=False) as made:
        yield made
    bench.close()


def belongs(made: Any, source: Path) -> None:
    held = dcmread(source)
    assert [made[name].value for name in OF_SOURCE] == [held[name].value for name in OF_SOURCE]
    assert made.SeriesInstanceUID != held.SeriesInstanceUID


def test_a_report_of_a_slice_points_at_that_slice(client: TestClient, sources: list[Path]) -> None:
    asked = {"study": "a", "form": "dicom-sr", "sections": {"findings": "A nodule is seen. No mass."}, "index": 2}
    answer = client.post(f"{V1}/export", json=asked | {"regions": [{"name": "nodule", "box": [1, 2, 4, 6]}]})
    assert answer.headers["content-type"] == "application/dicom"
    report = sr.srread(io.BytesIO(answer.content))
    belongs(report, sources[0])
    (group,) = report.content.get_planar_roi_measurement_groups()
    assert group.tracking_identifier == "nodule"
    (pointed,) = group.roi.ContentSequence
    assert pointed.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == dcmread(sources[2]).SOPInstanceUID
    corners = {tuple(place) for place in np.asarray(group.roi.value).tolist()}
    assert corners == {(1, 2), (4, 2), (4, 6), (1, 6)}


def test_a_corrected_outline_is_a_segmentation_of_the_patient(
    client: TestClient, sources: list[Path], tmp_path: Path
) -> None:
    mask = np.zeros(SIZE, bool)
    mask[2:5, 3:7] = True
    body = {
        "study": "a",
        "name": "liver",
        "form": "dicom-seg",
        "planes": {"1": {"size": list(SIZE), "counts": runs(mask)}},
    }
    assert client.post(f"{V1}/corrections", json=body).status_code == 200
    (path,) = (tmp_path / "set-corrected" / "masks").glob("*.dcm")
    made = seg.segread(path)
    belongs(made, sources[0])
    assert [made.get_segment_description(number).segment_label for number in made.segment_numbers] == ["liver"]
    volume = made.get_volume().array
    assert volume.sum() == mask.sum()
    (filled,) = [plane for plane in volume.reshape(-1, *SIZE) if plane.any()]
    assert (filled.astype(bool) == mask).all()


def runs(mask: np.ndarray) -> list[int]:
    """Run lengths down the columns, background first."""
    flat = mask.T.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    return np.diff([0, *edges, flat.size]).tolist()
