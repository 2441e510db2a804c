"""DICOMweb against a small archive in this process: search, retrieve into Studies, send results back."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pydicom
import pytest

from polyclinic.errors import ReadError, UsageError
from polyclinic.layouts import open_folder
from polyclinic.serving.pacs import Pacs, split_related
from polyclinic.study import Mask, Region
from polyclinic.writers.dicom_seg import write_segmentation
from polyclinic.writers.dicom_sr import write_measurements

Series = Callable[..., list[Path]]
VALUES = np.arange(24, dtype=np.int16).reshape(3, 2, 4)


class Archive:
    """What a PACS does of DICOMweb, as far as the standard's responses go; holds instances by study."""

    def __init__(self, files: list[Path]) -> None:
        self.studies: dict[str, list[bytes]] = {}
        self.tokens: list[str | None] = []
        for file in files:
            self.keep(file.read_bytes())

    def keep(self, data: bytes) -> None:
        head = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)
        self.studies.setdefault(str(head.StudyInstanceUID), []).append(data)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.tokens.append(request.headers.get("authorization"))
        _, _, name = request.url.path.removeprefix("/dicom-web").rpartition("/studies")
        if request.method == "POST":
            for part in split_related(request.content, request.headers["content-type"]):
                self.keep(part)
            return httpx.Response(200, json={})
        return self.instances(name.strip("/")) if name else self.found(request.url.params)

    def instances(self, study: str) -> httpx.Response:
        if study not in self.studies:
            return httpx.Response(404)
        parts = [b"--zz\r\nContent-Type: application/dicom\r\n\r\n" + data + b"\r\n" for data in self.studies[study]]
        kind = 'multipart/related; type="application/dicom"; boundary=zz'
        return httpx.Response(200, content=b"".join(parts) + b"--zz--", headers={"content-type": kind})

    def found(self, asked: httpx.QueryParams) -> httpx.Response:
        rows = []
        for study, files in self.studies.items():
            head = pydicom.dcmread(io.BytesIO(files[0]), stop_before_pixels=True)
            if asked.get("PatientID", head.PatientID) == head.PatientID:
                value = {"0020000D": [study], "00100020": [str(head.PatientID)], "00201208": [len(files)]}
                rows.append({tag: {"vr": "UI", "Value": held} for tag, held in value.items()})
        return httpx.Response(200, json=rows) if rows else httpx.Response(204)


@pytest.fixture
def archive(tmp_path: Path, write_series: Series) -> Archive:
    return Archive(write_series(tmp_path / "made", VALUES))


def pacs(archive: Callable[[httpx.Request], httpx.Response], token: str | None = None) -> Pacs:
    return Pacs("https://pacs.example/dicom-web/", token=token, transport=httpx.MockTransport(archive))


def test_search(archive: Archive) -> None:
    with pacs(archive, "secret") as client:
        (row,) = client.search({"PatientID": "p1"})
        assert (row["StudyInstanceUID"], row["NumberOfStudyRelatedInstances"], row["StudyDate"]) == ("1.2.3", 3, None)
        assert client.search({"PatientID": "other"}) == []
        with pytest.raises(UsageError, match="no search by"):
            client.search({"Name": "x"})
    assert archive.tokens == ["Bearer secret"] * 2


def test_a_study_comes_as_a_volume(archive: Archive, tmp_path: Path) -> None:
    with pacs(archive) as client:
        assert len(client.retrieve("1.2.3", tmp_path / "got")) == 3
    (study,) = open_folder(tmp_path / "got")
    np.testing.assert_array_equal(study.images[0].pixels[0], VALUES)


def test_results_go_back_and_come_again_as_regions(archive: Archive, tmp_path: Path) -> None:
    mask = np.zeros((3, 2, 4), bool)
    mask[1, 0, 2] = True
    write_segmentation(tmp_path / "seg.dcm", [Region("liver", mask=Mask.from_array(mask))], tmp_path / "made")
    write_measurements(tmp_path / "sr.dcm", [Region("nodule", box=(0, 0, 0, 2, 2, 1))], tmp_path / "made")
    with pacs(archive) as client:
        assert client.store([tmp_path / "seg.dcm", tmp_path / "sr.dcm"]) == 2
        client.retrieve("1.2.3", tmp_path / "again")
    (study,) = open_folder(tmp_path / "again")
    assert {region.name for region in study.regions} == {"liver", "nodule"}
    (liver,) = [region for region in study.regions if region.name == "liver"]
    np.testing.assert_array_equal(liver.array, mask)


@pytest.mark.parametrize("uid", ["../../etc", "1.2/../3", "1..2", "", "1" * 65, "1.2.3?x", "\u0661"])
def test_only_uids_go_into_an_address(archive: Archive, tmp_path: Path, uid: str) -> None:
    with pacs(archive) as client, pytest.raises(UsageError, match="UID"):
        client.retrieve(uid, tmp_path)
    assert archive.tokens == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404),
        httpx.Response(302, headers={"location": "https://elsewhere.example"}),
        httpx.Response(200, content=b"<html>", headers={"content-type": "text/html"}),
        httpx.Response(200, content=b"--z\r\n\r\nDICM", headers={"content-type": "multipart/related; boundary=z"}),
        httpx.Response(200, content=b"--z\r\nx\r\n--z--", headers={"content-type": "multipart/related; boundary=z"}),
        httpx.Response(
            200, content=b"--z\r\n\r\nMZ\r\n--z--", headers={"content-type": "multipart/related; boundary=z"}
        ),
    ],
)
def test_other_answers_are_errors_and_leave_no_file(tmp_path: Path, answer: httpx.Response) -> None:
    with pacs(lambda request: answer) as client:
        with pytest.raises(ReadError, match="PACS"):
            client.retrieve("1.2", tmp_path / "got")
        with pytest.raises(ReadError, match="PACS"):
            client.search({})
    assert not (tmp_path / "got").exists()


def test_a_partly_refused_sending_and_a_silent_archive(tmp_path: Path, write_series: Series) -> None:
    files = write_series(tmp_path / "made", VALUES)

    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("p1 Doe")

    with pacs(lambda request: httpx.Response(202, json={})) as client, pytest.raises(ReadError, match="only some"):
        client.store(files)
    with pacs(silent) as client:
        with pytest.raises(ReadError, match="does not answer") as found:
            client.search({"PatientID": "p1"})
        assert "p1" not in str(found.value)
        with pytest.raises(UsageError, match="no file"):
            client.store([])
        (tmp_path / "note.txt").write_text("note")
        with pytest.raises(ReadError, match="no DICOM file"):
            client.store([tmp_path / "note.txt"])


@pytest.mark.parametrize(("url", "token"), [("ftp://x/", None), ("pacs", None), ("http://pacs.example", "secret")])
def test_addresses(url: str, token: str | None) -> None:
    with pytest.raises(UsageError):
        Pacs(url, token=token)
