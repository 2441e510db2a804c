"""Names planted everywhere never come out: not in files, names, logs, errors or the account."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from polyclinic.curate.confidentiality import Options
from polyclinic.curate.deidentify import Account, deidentify, key_from, lines
from polyclinic.errors import UsageError
from polyclinic.readers import read_pixels
from polyclinic.records import to_plain

Series = Callable[..., list[Path]]
CANARY = "CANARY"
KEY = b"a key of this test, 32 bytes long"
VALUES = np.arange(12, dtype=np.int16).reshape(3, 2, 2)
UIDS = "1.2.3.777777"


def item(**values: Any) -> Dataset:
    data = Dataset()
    for name, value in values.items():
        setattr(data, name, value)
    return data


def planted(path: Path) -> None:
    """A slice with the canary in every place that pydicom can write it to."""
    data = pydicom.dcmread(path)
    for name, value in {
        "PatientName": f"{CANARY}^Jane",
        "PatientID": f"{CANARY}-1",
        "PatientComments": CANARY,
        "OtherPatientIDs": [CANARY, CANARY],
        "ReferringPhysicianName": CANARY,
        "NameOfPhysiciansReadingStudy": CANARY,
        "SeriesDescription": f"T1 {CANARY}",
        "StudyDescription": CANARY,
        "ProtocolName": CANARY,
        "ImageComments": CANARY,
        "InstitutionName": CANARY,
        "StationName": CANARY,
        "DeviceSerialNumber": CANARY,
        "SoftwareVersions": CANARY,
        "AccessionNumber": CANARY,
        "StudyID": CANARY,
        "PatientAddress": CANARY,
        "Occupation": CANARY,
        "AcquisitionDeviceProcessingDescription": CANARY,
        "RetrieveAETitle": CANARY,
        "RetrieveURL": f"http://x/{CANARY}",
    }.items():
        setattr(data, name, value)
    data.StudyInstanceUID = f"{UIDS}.1"
    deep = item(PatientName=CANARY, TextValue=CANARY, UID=f"{UIDS}.9", CodeMeaning="kept")
    data.RequestAttributesSequence = [item(ScheduledProcedureStepDescription=CANARY)]
    data.ReferencedStudySequence = [item(ReferencedSOPInstanceUID=f"{UIDS}.2", PatientComments=CANARY)]
    data.AnatomicRegionSequence = [item(CodeValue="1", PurposeOfReferenceCodeSequence=[deep])]
    block = data.private_block(0x0011, CANARY, create=True)
    block.add_new(1, "LO", CANARY)
    data.add_new(0x60000010, "US", 2)
    data.add_new(0x60003000, "OW", CANARY.encode())
    data.add_new(0x60004000, "LT", CANARY)
    data.add_new(0x50003000, "OW", CANARY.encode())
    data.add_new(0xFFFCFFFC, "OB", CANARY.encode())
    data.add_new(0x00091001, "UN", CANARY.encode())
    data.file_meta.SourceApplicationEntityTitle = CANARY
    data.preamble = (CANARY * 30)[:128].encode()
    data.save_as(path, enforce_file_format=True)


@pytest.fixture
def folder(tmp_path: Path, write_series: Series) -> Path:
    root = tmp_path / "in"
    for path in write_series(root / f"{CANARY}^Jane", VALUES, StudyDate="20200102", PatientBirthDate="19500101"):
        planted(path)
        path.rename(path.with_name(f"{CANARY}-{path.name}"))
    (root / f"{CANARY}.txt").write_text(CANARY)
    (root / f"{CANARY}.dcm").write_bytes(b"\0" * 128 + b"DICM" + CANARY.encode() * 9)
    return root


def outside(out: Path, account: Account) -> bytes:
    """All that is to be seen afterwards: names, bytes, the account."""
    seen = [str(path.relative_to(out)).encode() for path in out.rglob("*")]
    seen += [path.read_bytes() for path in out.rglob("*") if path.is_file()]
    return b"\n".join([*seen, str(to_plain(account)).encode()])


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(dates="shifted", clean=("descriptors", "structured")),
        Options(retain=("patient",), dates="kept"),
    ],
    ids=["basic", "cleaned", "kept"],
)
def test_no_canary_comes_out(
    folder: Path, tmp_path: Path, options: Options, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        account = deidentify(folder, tmp_path / "out", options, key=KEY)
    assert (account.written, account.foreign, account.withheld) == (3, 1, {"names no transfer syntax": (1,)})
    seen = outside(tmp_path / "out", account) + caplog.text.encode() + "".join(capsys.readouterr()).encode()
    assert CANARY.encode() not in seen
    assert UIDS.encode() not in seen
    assert b"Jane" not in seen


def written(out: Path) -> list[Dataset]:
    return sorted(map(pydicom.dcmread, out.rglob("*.dcm")), key=lambda data: data.InstanceNumber)


def test_what_is_left_is_a_sound_series(folder: Path, tmp_path: Path) -> None:
    deidentify(folder, tmp_path / "out", key=KEY)
    made = written(tmp_path / "out")
    (series,) = {path.parent for path in (tmp_path / "out").rglob("*.dcm")}
    assert (read_pixels(series) == VALUES[None]).all()
    assert len({data.StudyInstanceUID for data in made}) == len({data.PatientID for data in made}) == 1
    assert len({data.SOPInstanceUID for data in made}) == 3
    first = made[0]
    assert (first.PatientIdentityRemoved, first.LongitudinalTemporalInformationModified) == ("YES", "REMOVED")
    assert [step.CodeValue for step in first.DeidentificationMethodCodeSequence] == ["113100"]
    assert (first.StudyDate, first.PatientBirthDate, first.SOPClassUID) == ("", "", pydicom.uid.MRImageStorage)
    assert first.AnatomicRegionSequence[0].PurposeOfReferenceCodeSequence[0].CodeMeaning == "kept"


def test_a_key_gives_the_same_again_and_another_does_not(folder: Path, tmp_path: Path) -> None:
    for name, key in (("a", KEY), ("b", KEY), ("c", None), ("d", None)):
        deidentify(folder, tmp_path / name, key=key)
    ids = [written(tmp_path / name)[0].PatientID for name in "abcd"]
    uids = [written(tmp_path / name)[0].SOPInstanceUID for name in "abcd"]
    assert (ids[0], uids[0]) == (ids[1], uids[1])
    assert len(set(ids)) == len(set(uids)) == 3


def test_pixels_that_may_show_text_are_withheld(tmp_path: Path, write_series: Series) -> None:
    for k, more in enumerate(
        (
            {"Modality": "US"},
            {"Modality": "US", "BurnedInAnnotation": "NO"},
            {"BurnedInAnnotation": "YES"},
            {"SOPClassUID": pydicom.uid.SecondaryCaptureImageStorage},
        )
    ):
        write_series(tmp_path / "in" / str(k), VALUES[:1], SeriesInstanceUID=f"1.2.{k}", **more)
    account = deidentify(tmp_path / "in", tmp_path / "out", key=KEY)
    assert (account.written, account.withheld) == (1, {"may show text in its pixels": (1, 3, 4)})
    assert "withheld: may show text in its pixels: 3 files, number 1, 3, 4" in lines(account)
    kept = deidentify(tmp_path / "in", tmp_path / "all", key=KEY, burnt_in="keep")
    assert kept.written == 4
    assert "3 images that may show text in their pixels were kept as asked" in kept.not_cleaned


def packed(path: Path, frame: bytes) -> None:
    data = pydicom.dcmread(path)
    data.file_meta.TransferSyntaxUID = pydicom.uid.JPEGBaseline8Bit
    data.PixelData = encapsulate([frame])
    data["PixelData"].is_undefined_length = True
    data.save_as(path, enforce_file_format=True)


def test_comments_in_codestreams_and_bytes_behind_pixels_go(tmp_path: Path, write_series: Series) -> None:
    first, second, third = write_series(tmp_path / "in", VALUES)
    comment = b"\xff\xfe" + (len(CANARY) + 2).to_bytes(2, "big") + CANARY.encode()
    packed(first, b"\xff\xd8" + comment + b"\xff\xda\0\2data\xff\xd9" + CANARY.encode())
    packed(second, CANARY.encode())
    data = pydicom.dcmread(third)
    data.PixelData += CANARY.encode()
    data.save_as(third)
    account = deidentify(tmp_path / "in", tmp_path / "out")
    assert (account.written, account.withheld) == (2, {"has compressed pixels that are not understood": (2,)})
    assert CANARY.encode() not in outside(tmp_path / "out", account)


def test_what_was_not_cleaned_is_listed(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "in", VALUES[:1], BodyPartExamined="BRAIN")
    told = " ".join(deidentify(tmp_path / "in", tmp_path / "out").not_cleaned)
    assert "pixels were not looked at" in told
    assert "a face may be recognised" in told
    assert "codes and numbers were kept" in told


def test_the_same_instance_is_written_once(tmp_path: Path, write_series: Series) -> None:
    for name in ("a", "b"):
        write_series(tmp_path / "in" / name, VALUES[:1])
    account = deidentify(tmp_path / "in", tmp_path / "out", key=KEY)
    assert (account.written, account.withheld) == (1, {"the same instance is there twice": (2,)})


def test_wrong_folders_are_refused_without_their_names(tmp_path: Path) -> None:
    root = tmp_path / CANARY
    with pytest.raises(UsageError) as missing:
        deidentify(root, tmp_path / "out")
    root.mkdir()
    with pytest.raises(UsageError) as inside:
        deidentify(root, root / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(UsageError) as full:
        deidentify(root, tmp_path / "full")
    assert CANARY not in "".join(str(error.value) for error in (missing, inside, full))


def test_a_link_is_not_followed(tmp_path: Path, write_series: Series) -> None:
    (path,) = write_series(tmp_path / "elsewhere", VALUES[:1])
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.dcm").symlink_to(path)
    account = deidentify(tmp_path / "in", tmp_path / "out")
    assert (account.written, account.foreign) == (0, 1)


def test_a_key_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(KEY + b"\n")
    assert key_from(tmp_path / "key") == KEY
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(UsageError, match="5 bytes"):
        key_from(tmp_path / "key")
    with pytest.raises(UsageError, match="cannot read"):
        key_from(tmp_path / "none")
