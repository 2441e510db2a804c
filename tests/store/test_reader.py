"""Reading members: shared by threads and forked processes, with few files open."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from polyclinic.errors import ReadError
from polyclinic.store.collection import Collection
from polyclinic.store.members import Member
from polyclinic.store.reader import ShardReader


def first_files(reader: ShardReader) -> list[bytes]:
    return [
        reader.bytes_of(int(reader.index.shards[row]), reader.index.members(row)[1]) for row in range(len(reader.index))
    ]


@pytest.fixture
def expected(plain: Collection) -> list[bytes]:
    return [(plain.root / study.images[0].path).read_bytes() for study in plain]


def test_threads_share_a_reader_with_one_open_file(
    sharded: Path, expected: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polyclinic.store.reader.MOST_OPEN", 1)
    reader = ShardReader(sharded)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: first_files(reader), range(8))) == [expected] * 8
    assert len(reader._open) == 1


def test_forked_processes_do_not_move_each_other(sharded: Path, expected: list[bytes]) -> None:
    reader = ShardReader(sharded)
    first_files(reader)

    def child() -> None:
        os._exit(0 if all(first_files(reader) == expected for _ in range(5)) else 1)

    processes = [multiprocessing.get_context("fork").Process(target=child) for _ in range(2)]
    for process in processes:
        process.start()
    assert all(first_files(reader) == expected for _ in range(5))
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]


def test_closed_files_are_given_back(sharded: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    reader = ShardReader(sharded)
    first_files(reader)
    assert len(os.listdir("/proc/self/fd")) > before
    del reader
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_size_beyond_memory_is_refused_before_it_is_taken(sharded: Path) -> None:
    with pytest.raises(ReadError, match=r"1024\.0 GiB"):
        ShardReader(sharded).bytes_of(0, Member("a.png", "a.png", 0, 2**40, 0))


def test_a_folder_without_an_index_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"index\.parquet: No such file"):
        ShardReader(tmp_path)
