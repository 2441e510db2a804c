"""Shards in S3: a whole server of that protocol on this machine, whose connections can be made to break."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from polyclinic.errors import ReadError, UsageError
from polyclinic.layouts import open_folder
from polyclinic.store.cache import Cache
from polyclinic.store.collection import Collection
from polyclinic.store.shelf import ShardStudies, open_shards
from polyclinic.store.stream import Stream

moto_server = pytest.importorskip("moto.server")
s3fs = pytest.importorskip("s3fs")

BUCKET, ADDRESS = "hospital", "s3://hospital/sets/small"
SECRET = "ZebrafinkSecret"
DENIAL = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
Answer = Callable[..., Any]


@dataclass
class Server:
    """An application between the client and the one that answers.

    Args:
        asked: the shards that were fetched, or the pieces of them.
        breaks: how many answers with a shard's bytes end in their middle.
        denies: whether every request is refused.
    """

    app: Callable[[dict[str, Any], Answer], Iterable[bytes]]
    asked: list[str] = field(default_factory=list)
    breaks: int = 0
    denies: bool = False

    def __call__(self, environ: dict[str, Any], start: Answer) -> Iterable[bytes]:
        if self.denies:
            start("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(DENIAL)))])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [DENIAL]  # bytes behind a HEAD's answer break it
        answer = self.app(environ, start)
        name = environ["PATH_INFO"].rpartition("/")[2]
        if environ["REQUEST_METHOD"] == "GET" and name.endswith(".tar"):
            self.asked.append(name)
            if self.breaks:
                self.breaks -= 1
                data = b"".join(answer)
                return [data[: len(data) // 2]]
        return answer


@pytest.fixture(scope="module")
def serving() -> Iterator[tuple[str, Server]]:
    """Address and application of a server that lives as long as this file's tests."""
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = Server(moto_server.DomainDispatcherApplication(moto_server.create_backend_app))
    with make_server("127.0.0.1", 0, server, threaded=True) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", server
        listening.shutdown()
        thread.join()


@pytest.fixture
def s3(serving: tuple[str, Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """The server as the environment tells of it, with credentials, and no other place to find them."""
    address, server = serving
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    known = {"ENDPOINT_URL": address, "ACCESS_KEY_ID": "AKIAZEBRAFINK", "SECRET_ACCESS_KEY": SECRET}
    known |= {"EC2_METADATA_DISABLED": "true", "CONFIG_FILE": "none", "SHARED_CREDENTIALS_FILE": "none"}
    for name, value in known.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "copies"))
    monkeypatch.setattr("polyclinic.store.remote.PAUSE_S", 0.0)
    s3fs.S3FileSystem.clear_instance_cache()
    server.asked, server.breaks, server.denies = [], 0, False
    yield server
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def uploaded(s3: Server, sharded: Path) -> Server:
    """The shards in a bucket."""
    client = s3fs.S3FileSystem()
    if not client.exists(BUCKET):
        client.mkdir(BUCKET)
    for path in sharded.iterdir():
        client.pipe(f"{ADDRESS}/{path.name}", path.read_bytes())
    return s3


def shelf_of(cache: Path) -> ShardStudies:
    studies = open_shards(ADDRESS, Cache(cache)).studies
    assert isinstance(studies, ShardStudies)
    return studies


def is_same(one: Collection, other: Collection) -> bool:
    return list(one) == list(other) and all(
        np.array_equal(a.images[0].pixels, b.images[0].pixels) for a, b in zip(one, other, strict=True)
    )


def test_each_shard_is_fetched_once(uploaded: Server, plain: Collection, sharded: Path) -> None:
    opened = open_folder(ADDRESS)
    assert opened.header == plain.header
    assert is_same(opened, plain)
    assert sorted(uploaded.asked) == sorted(path.name for path in sharded.glob("*.tar"))
    assert is_same(open_folder(ADDRESS), plain)
    assert len(set(uploaded.asked)) == len(uploaded.asked)


def test_broken_connections_lose_nothing(uploaded: Server, plain: Collection) -> None:
    uploaded.breaks = 2
    assert is_same(open_folder(ADDRESS), plain)
    assert uploaded.breaks == 0
    assert len(uploaded.asked) == len(set(uploaded.asked)) + 2


def test_a_stream_goes_on_in_the_middle_of_an_epoch_on_another_machine(uploaded: Server, tmp_path: Path) -> None:
    def names(cache: str, position: int, batches: int) -> list[tuple[int, str]]:
        stream = Stream(shelf_of(tmp_path / cache), batch=5, seed=7).read(position)
        return [(one.position, one.study.id) for batch in islice(stream, batches) for one in batch]

    whole = names("one", 0, 9)
    assert names("other", 15, 6) == whole[15:]


def _loader(shelf: ShardStudies, rank: int, out: str) -> None:
    """What a loader process does, with a client that was made before it was forked."""
    stream = Stream(shelf, batch=4, seed=1, rank=rank, world=2)
    Path(out).write_text(" ".join(one.study.id for batch in islice(stream.read(), 6) for one in batch))


def test_forked_loaders_fetch_for_themselves(uploaded: Server, plain: Collection, tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path / "copies")
    outs = [str(tmp_path / f"{rank}.txt") for rank in range(2)]
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_loader, args=(shelf, rank, outs[rank])) for rank in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    read = [name for out in outs for name in Path(out).read_text().split()]
    assert len(read) == 24
    assert set(read) == {study.id for study in plain}
    assert len(set(uploaded.asked)) == len(uploaded.asked)


def test_shards_that_were_written_anew_are_fetched_anew(
    uploaded: Server, sharded: Path, plain: Collection, tmp_path: Path
) -> None:
    cache = Cache(tmp_path / "copies")
    old = cache.copy_of(f"{ADDRESS}/000000.tar")
    assert is_same(open_shards(ADDRESS, cache), plain)
    old.write_bytes(bytes(old.stat().st_size))  # what an earlier upload of the same length left
    assert is_same(open_shards(ADDRESS, cache), plain)
    assert old.read_bytes() == (sharded / "000000.tar").read_bytes()


def test_damage_at_its_origin_is_named_after_one_more_try(uploaded: Server, sharded: Path, tmp_path: Path) -> None:
    s3fs.S3FileSystem().pipe(f"{ADDRESS}/000000.tar", bytes((sharded / "000000.tar").stat().st_size))
    shelf = shelf_of(tmp_path / "copies")
    for number in (0, 1):
        with pytest.raises(ReadError, match=r"s3://hospital/sets/small/000000\.tar, member .* is damaged"):
            shelf.loaded(number)
    assert uploaded.asked == ["000000.tar"] * 2


def failure(caplog: pytest.LogCaptureFixture, address: str = ADDRESS) -> str:
    """What a person and a log would see of an address that cannot be opened."""
    s3fs.S3FileSystem.clear_instance_cache()
    with caplog.at_level(logging.INFO), pytest.raises((ReadError, UsageError)) as caught:
        open_folder(address)
    seen = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert SECRET not in seen
    return f"{caught.value} {caught.value.hint}"


def test_what_is_missing_or_denied_is_told_without_the_secret(
    uploaded: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert "s3://nowhere/index.parquet: The specified bucket does not exist" in failure(caplog, "s3://nowhere")
    assert "cannot fetch s3://hospital/other/index.parquet" in failure(caplog, "s3://hospital/other")
    assert "this s3 address carries a user" in failure(caplog, f"s3://AKIA:{SECRET}@hospital/sets")
    uploaded.denies = True
    assert "credentials come from" in failure(caplog)
    uploaded.denies = False
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    told = failure(caplog)
    assert "Unable to locate credentials" in told
    assert "credentials come from the environment (AWS_ACCESS_KEY_ID" in told
