from __future__ import annotations

import dataclasses
import hashlib
import subprocess
from pathlib import Path

import pytest

from polyclinic.errors import CheckpointError, UsageError
from polyclinic.store.collection import Collection, Header
from polyclinic.store.reader import ShardReader
from polyclinic.store.shards import write_shards
from polyclinic.store.shelf import open_shards
from polyclinic.study import Image, Study
from polyclinic.training import record
from polyclinic.training.record import FIXED, check_same, checksum, describe_data, loss_curve, read_record, write_record


def test_a_record_is_read_as_written(tmp_path: Path) -> None:
    assert read_record(tmp_path) is None
    write_record(tmp_path, {"state": "running", "name": "лёгкие"})
    assert read_record(tmp_path) == {"state": "running", "name": "лёгкие"}
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_damaged_record_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"state": ')
    with pytest.raises(CheckpointError, match="damaged"):
        read_record(tmp_path)


def test_a_record_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot write"):
        write_record(tmp_path / "nowhere", {})


@pytest.mark.parametrize("key", FIXED)
def test_what_differs_is_named(key: str) -> None:
    same = dict.fromkeys(FIXED, "x")
    check_same(same, same, Path("run"))
    with pytest.raises(UsageError, match=f"another {key} .*it was x, it is y"):
        check_same(same, same | {key: "y"}, Path("run"))


def test_only_the_settings_that_differ_are_shown() -> None:
    old = dict.fromkeys(FIXED, "x") | {"config": {"a": 1, "b": 2}}
    with pytest.raises(UsageError, match=r"b was 2, is 3$"):
        check_same(old, old | {"config": {"a": 1, "b": 3}}, Path("run"))


def test_the_checksum_of_a_collection_is_that_of_its_listing(numbers: Collection) -> None:
    said = subprocess.run(["sha256sum", numbers.root / "studies.jsonl"], capture_output=True, text=True, check=True)
    assert checksum(numbers) == said.stdout.split()[0]


def test_shards_are_described_by_their_index_alone(
    numbers: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shards(numbers, tmp_path / "shards")
    sharded = open_shards(tmp_path / "shards")
    (tmp_path / "shards" / "000000.tar").unlink()
    expected = describe_data(numbers)
    monkeypatch.setattr(ShardReader, "_local", lambda self, name: pytest.fail(f"{name} was opened"))
    monkeypatch.setattr(ShardReader, "small", lambda self, name: name.encode())  # as a server has it
    assert describe_data(sharded) == expected | {"checksum": hashlib.sha256(b"index.parquet").hexdigest()}


def test_the_checksum_of_another_layout_sees_texts_and_files(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"123")
    study = Study("a", "a", images=(Image("a.png"),), captions=("one",))
    plain = Collection(tmp_path, Header("plain"), (study,))
    before = checksum(plain)
    assert checksum(plain) == before
    reworded = dataclasses.replace(plain, studies=(dataclasses.replace(study, captions=("two",)),))
    assert checksum(reworded) != before
    (tmp_path / "a.png").write_bytes(b"1234")
    assert checksum(plain) != before


def test_the_commit_is_that_of_this_checkout_or_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = record.commit()
    assert found is None or len(found.removesuffix(" (changed)")) == 40
    monkeypatch.setattr(record, "__file__", str(tmp_path / "polyclinic" / "training" / "record.py"))
    (tmp_path / "polyclinic" / "training").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert record.commit() is None  # a checkout around the installation, which does not track it


def test_the_environment_is_told() -> None:
    found = record.environment()
    assert {"python", "polyclinic", "torch", "numpy", "transformers"} <= found["versions"].keys()
    assert found["hardware"]["cores"] >= 1
    assert found["hardware"]["cpu"]


def test_the_curve_is_thinned_and_ends_at_the_end(tmp_path: Path) -> None:
    assert loss_curve(tmp_path) == []
    rows = "".join(f"{step},a,0,0,{step / 2},,0,0\n" for step in range(10, 5010, 10))
    (tmp_path / "loss.csv").write_text("step,stage,elapsed_s,rate,loss,parts,samples_per_s,wait\n" + rows)
    curve = loss_curve(tmp_path)
    assert len(curve) == 167  # every third of 500
    assert curve[-1] == [5000, 2500.0]
