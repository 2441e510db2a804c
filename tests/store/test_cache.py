"""The cache: whole copies, a bound that holds, the least recently used out first, several processes at once."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from polyclinic.errors import ReadError, UsageError
from polyclinic.store import cache as cache_module
from polyclinic.store import remote as remote_module
from polyclinic.store.cache import Cache, default_folder


@pytest.fixture(autouse=True)
def remote(monkeypatch: pytest.MonkeyPatch) -> Iterator[fsspec.AbstractFileSystem]:
    """Four files of ten bytes in fsspec's memory."""
    monkeypatch.setattr(remote_module, "PAUSE_S", 0.0)
    memory = fsspec.filesystem("memory")
    for number in range(4):
        memory.pipe(f"/set/{number}", bytes([number]) * 10)
    yield memory
    memory.rm("/set", recursive=True)


def read(cache: Cache, number: int, size: int | None = 10) -> bytes:
    with os.fdopen(cache.open(f"memory://set/{number}", size), "rb") as file:
        return file.read()


def copies(cache: Cache) -> int:
    return len(list(cache.folder.glob("*.copy")))


def used(cache: Cache) -> int:
    return sum(path.stat().st_size for path in cache.folder.iterdir())


def test_a_copy_serves_the_second_time(tmp_path: Path, remote: fsspec.AbstractFileSystem) -> None:
    cache = Cache(tmp_path)
    assert read(cache, 1) == b"\1" * 10
    remote.pipe("/set/1", b"new bytes!")
    assert read(cache, 1) == b"\1" * 10
    assert read(cache, 1, None) == b"new bytes!"


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, most_bytes=25)
    read(cache, 0)
    read(cache, 1)
    time.sleep(0.01)
    read(cache, 0)
    read(cache, 2)
    assert [cache.copy_of(f"memory://set/{i}").is_file() for i in range(4)] == [True, False, True, False]
    assert used(cache) <= 25


def test_an_open_copy_survives_its_removal(tmp_path: Path) -> None:
    cache = Cache(tmp_path, most_bytes=10)
    with os.fdopen(cache.open("memory://set/0", 10), "rb") as file:
        read(cache, 1)
        assert not cache.copy_of("memory://set/0").is_file()
        assert file.read() == b"\0" * 10


def test_what_is_too_large_is_refused_before_it_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not fit"):
        read(Cache(tmp_path, most_bytes=9), 0)
    assert used(Cache(tmp_path)) == 0


@pytest.mark.parametrize(("size", "said"), [(11, "expected 11 bytes, got 10"), (9, "expected 9 bytes, got more")])
def test_another_size_is_an_error_and_leaves_nothing(tmp_path: Path, size: int, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        read(Cache(tmp_path), 0, size)
    assert used(Cache(tmp_path)) == 0


def test_missing_and_unknown_addresses(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot fetch memory://set/9"):
        read(Cache(tmp_path), 9)
    with pytest.raises(UsageError, match="cannot be read"):
        Cache(tmp_path).open("s4://bucket/x", 1)


def test_an_abandoned_download_makes_room_and_one_under_way_counts(tmp_path: Path) -> None:
    cache = Cache(tmp_path, most_bytes=25)
    left, busy = tmp_path / "left.part", tmp_path / "busy.part"
    left.write_bytes(bytes(10))
    busy.write_bytes(bytes(10))
    with cache_module._locked(tmp_path / "busy.lock"):
        read(cache, 0)
        read(cache, 1)
        assert (left.exists(), busy.exists(), copies(cache)) == (False, True, 1)


@pytest.mark.parametrize("size", [10, None])
def test_a_copy_that_others_push_out_at_once_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int | None
) -> None:
    cache, fetch, fetched = Cache(tmp_path), Cache._fetch, []

    def pushed_out(self: Cache, url: str, copy: Path, size: int | None) -> None:
        fetch(self, url, copy, size)
        fetched.append(url)
        if len(fetched) == 1:
            copy.unlink()

    monkeypatch.setattr(Cache, "_fetch", pushed_out)
    assert read(cache, 3, size) == b"\3" * 10
    assert len(fetched) == 2


def _many(folder: Path, seed: int) -> None:
    cache = Cache(folder, most_bytes=25)
    for step in range(40):
        number = (seed + step * (seed + 1)) % 4
        if read(cache, number) != bytes([number]) * 10:
            os._exit(1)
    os._exit(0)


def test_processes_share_a_cache(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_many, args=(tmp_path, seed)) for seed in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert used(Cache(tmp_path)) <= 25
    assert not list(tmp_path.glob("*.part"))


def test_where_copies_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert default_folder() == Path("/somewhere/polyclinic/shards")
