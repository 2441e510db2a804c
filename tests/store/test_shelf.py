"""Shards as a collection: the same Studies, read lazily, from disk and over HTTP; damage is named."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from polyclinic.errors import LayoutError, ReadError, UsageError
from polyclinic.layouts import open_folder, recognise
from polyclinic.store import shelf as shelf_module
from polyclinic.store.cache import Cache
from polyclinic.store.collection import Collection
from polyclinic.store.shelf import ShardStudies, open_shards
from polyclinic.training.record import checksum

COUNT = 23  # as in conftest.py


def same(one: Collection, other: Collection) -> bool:
    return list(one) == list(other) and all(
        np.array_equal(a.images[0].pixels, b.images[0].pixels) for a, b in zip(one, other, strict=True)
    )


def test_the_same_studies(plain: Collection, sharded: Path) -> None:
    opened = open_folder(sharded)
    assert recognise(sharded).layout.NAME == "shards"
    assert same(opened, plain)
    assert opened.header == plain.header
    assert opened.studies[0].regions[0].array.tolist() == np.eye(24, 32, dtype=bool).tolist()
    with pytest.raises(IndexError):
        opened.studies[COUNT]


def test_opening_parses_no_study(sharded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_module, "parse_line", None)
    opened = open_folder(sharded)
    assert len(opened) == COUNT
    assert len(opened.split("test")) + len(opened.split("train")) == COUNT
    assert len(opened.studies[3:7]) == 4


def test_splits_priors_and_conditions(plain: Collection, sharded: Path) -> None:
    opened = open_folder(sharded)
    assert list(opened.split("test")) == list(plain.split("test"))
    assert opened.prior(opened.studies[5]) == plain.studies[4]
    assert opened.prior(opened.studies[4]) is None
    with pytest.raises(UsageError, match="no study in split 'val'") as caught:
        opened.split("val")
    assert caught.value.hint == "it has test, train"
    test = opened.split("test")
    assert isinstance(test, ShardStudies)
    assert [study.id for study in test.where({"has_report": True})] == [test.name(i) for i in (1, 2, 7, 8)]


def test_a_place_is_told_by_id(shelf: ShardStudies) -> None:
    for number in (0, 5, COUNT - 1):
        assert shelf.place(shelf.name(number)) == number
    assert shelf[3:].place(shelf.name(5)) == 2
    assert shelf[3:].place(shelf.name(1)) is None
    assert shelf.place("nobody") is None


def test_runs_count_the_studies_of_each_shard(shelf: ShardStudies) -> None:
    runs = shelf.runs
    assert runs.sum() == COUNT
    assert len(runs) == len(set(shelf.reader.index.shards.tolist()))
    assert shelf[:0].runs.tolist() == []


def test_a_loaded_study_needs_no_shard_any_more(plain: Collection, sharded: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(sharded, copy)
    studies = open_shards(copy).studies
    assert isinstance(studies, ShardStudies)
    study = studies.loaded(4)
    shutil.rmtree(copy)
    assert np.array_equal(study.images[0].pixels, plain.studies[4].images[0].pixels)
    assert study.regions[0].array.any()


def damaged(sharded: Path, copy: Path, number: int) -> Collection:
    """The shards with one byte changed in the image of a Study."""
    shutil.copytree(sharded, copy)
    studies = open_shards(copy).studies
    assert isinstance(studies, ShardStudies)
    shard, members = studies.members(number)
    path = copy / f"{shard:06d}.tar"
    data = bytearray(path.read_bytes())
    data[members[1].offset + 20] ^= 1
    path.write_bytes(data)
    return open_shards(copy)


def test_a_damaged_member_is_named(sharded: Path, tmp_path: Path) -> None:
    opened = damaged(sharded, tmp_path / "copy", 9)
    with pytest.raises(ReadError, match=r"00000009\.0\.png \(images/9\.png\) is damaged"):
        _ = opened.studies[9].images[0].pixels
    _ = opened.studies[8].images[0].pixels


def test_missing_and_truncated_shards_are_named(sharded: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(sharded, copy)
    (copy / "000000.tar").unlink()
    (copy / "000001.tar").write_bytes(b"")
    opened = open_shards(copy)
    second = next(i for i in range(COUNT) if open_shards(copy).studies.members(i)[0] == 1)  # type: ignore[attr-defined]
    with pytest.raises(ReadError, match=r"000000\.tar: No such file"):
        _ = opened.studies[0]
    with pytest.raises(ReadError, match=r"000001\.tar, member .*json is cut off: 0 of"):
        _ = opened.studies[second]
    (copy / "index.parquet").write_bytes(b"")
    with pytest.raises(ReadError, match="cannot read the index"):
        open_shards(copy)
    with pytest.raises(LayoutError):
        open_folder(tmp_path / "nothing")


def test_few_shards_are_open_at_once(sharded: Path, plain: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polyclinic.store.reader.MOST_OPEN", 1)
    opened = open_shards(sharded)
    assert same(opened, plain)
    assert len(opened.studies.reader._open) == 1  # type: ignore[attr-defined]


def test_the_checksum_is_that_of_the_index(sharded: Path, tmp_path: Path) -> None:
    before = checksum(open_folder(sharded))
    assert len(before) == 64
    assert checksum(open_folder(sharded)) == before


@pytest.fixture
def served(sharded: Path) -> Iterator[tuple[str, list[str]]]:
    """The shards over HTTP, and what was asked for."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            if self.command == "GET":
                asked.append(self.path)

    handler = functools.partial(Handler, directory=str(sharded))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_over_http_each_shard_is_fetched_once(
    served: tuple[str, list[str]], plain: Collection, sharded: Path, tmp_path: Path
) -> None:
    address, asked = served
    cache = Cache(tmp_path)
    assert same(open_shards(address, cache), plain)
    tars = [path for path in asked if path.endswith(".tar")]
    assert sorted(tars) == sorted(f"/{path.name}" for path in sharded.glob("*.tar"))
    assert same(open_shards(address, cache), plain)
    assert len([path for path in asked if path.endswith(".tar")]) == len(tars)


def test_a_bad_address_is_told(served: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polyclinic.store.remote.PAUSE_S", 0.0)
    with pytest.raises(ReadError, match="cannot fetch"):
        open_shards(f"{served[0]}/elsewhere", Cache(tmp_path))
