"""The command that speaks with a PACS: what it prints, and where its token comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from polyclinic.cli import main
from polyclinic.serving import pacs

URL = "https://pacs.example/dicom-web"
FOUND = dict.fromkeys(pacs.TAGS) | {"StudyInstanceUID": "1.2.3", "PatientID": "p1"}


class Recorded:
    """In place of an archive: notes what it is asked for."""

    calls: list[Any]

    def __init__(self, url: str, *, token: str | None) -> None:
        Recorded.calls = [(url, token)]

    def __enter__(self) -> Recorded:
        return self

    def __exit__(self, *_: object) -> None:
        Recorded.calls.append("closed")

    def search(self, filters: Mapping[str, str], *, limit: int) -> list[dict[str, Any]]:
        Recorded.calls.append((filters, limit))
        return [FOUND]

    def retrieve(self, study: str, folder: Path) -> list[Path]:
        Recorded.calls.append((study, folder))
        return [folder / "a", folder / "b"]

    def store(self, files: Sequence[Path]) -> int:
        return len(files)


@pytest.fixture(autouse=True)
def _recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacs, "Pacs", Recorded)
    monkeypatch.setenv("POLYCLINIC_PACS_TOKEN", "secret")


def test_search(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pacs", "search", URL, "PatientID=p1", "StudyDescription=a=b", "-n", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [FOUND]
    assert Recorded.calls == [(URL, "secret"), ({"PatientID": "p1", "StudyDescription": "a=b"}, 5), "closed"]
    assert main(["pacs", "search", URL]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split()[:2] == ["StudyInstanceUID", "PatientID"]
    assert row.split() == ["1.2.3", "p1", "-", "-", "-"]


def test_get_and_send(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pacs", "get", URL, "1.2.3", "folder", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"out": "folder", "files": 2}
    assert Recorded.calls[1] == ("1.2.3", Path("folder"))
    assert main(["pacs", "send", URL, "a.dcm", "b.dcm"]) == 0
    assert "2 files stored" in capsys.readouterr().err


def test_a_filter_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pacs", "search", URL, "PatientID"]) == 2
    assert "KEYWORD=VALUE" in capsys.readouterr().err
