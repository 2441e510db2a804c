"""WebDataset: members by key, the files' own bytes, the same bytes each time, several shards."""

from __future__ import annotations

import dataclasses
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from polyclinic.store.collection import Collection, attach
from polyclinic.study import Image, MaskFile, Region, Study
from polyclinic.writers import webdataset
from polyclinic.writers.webdataset import endings, write


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar}  # type: ignore[union-attr]


def test_there_and_back(tmp_path: Path, held: Collection) -> None:
    written = write(held, tmp_path / "out")
    assert (written.studies, written.lines()) == (3, [])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["test-000000.tar", "train-000000.tar"]
    train, test = (members(tmp_path / f"out/{split}-000000.tar") for split in ("train", "test"))
    assert list(train) == ["000000.json", "000000.png", "000000.mask0.png"]
    assert list(test) == ["000000.json", "000000.png", "000000.1.png", "000001.json", "000001.tif"]
    assert train["000000.png"] == (held.root / "images/a.png").read_bytes()
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    for name, data in train.items():
        (unpacked / name).write_bytes(data)
    back = attach(Study.from_json(json.loads(train["000000.json"])), unpacked, "000000.json")
    before = held.by_id["one"]
    assert dataclasses.replace(back, images=(), regions=()) == dataclasses.replace(before, images=(), regions=())
    assert (back.images[0].pixels == before.images[0].pixels).all()
    assert [r.array.tolist() for r in back.regions] == [r.array.tolist() for r in before.regions]


def test_the_bytes_are_the_same_each_time(tmp_path: Path, held: Collection) -> None:
    for name in ("one", "two"):
        write(held, tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_full_tar_is_followed_by_another(tmp_path: Path, held: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webdataset, "MOST_STUDIES", 1)
    write(held, tmp_path / "out")
    assert list(members(tmp_path / "out/test-000001.tar")) == ["000001.json", "000001.tif"]


def test_a_study_without_its_file_is_left_out(tmp_path: Path, held: Collection) -> None:
    (held.root / "images/c.png").unlink()
    written = write(held, tmp_path / "out")
    assert (written.studies, written.lines()) == (2, ["1 x study: a file of it is missing (first: two, images/c.png)"])


@pytest.mark.parametrize(
    ("study", "expected"),
    [
        ({"images": (Image("a/x.NII.gz"), Image("noending"))}, ["nii.gz", "1.bin"]),
        ({"images": (Image("v.dcm", slice=1), Image("v.dcm", slice=2))}, ["dcm"]),
        ({"images": (Image("a.png"),), "regions": (Region("r", mask=MaskFile("a.png")),)}, ["png"]),
        ({"signals": {"betas": "x.hdf5", "more": "y.z.npy"}}, ["signal0.hdf5", "signal1.npy"]),
    ],
)
def test_members_names(study: dict[str, Any], expected: list[str]) -> None:
    assert [ending for _, ending in endings(Study("a", "a", **study))] == expected
