"""Collections as shards: tar files that WebDataset reads as they are, with an index beside them.

A shard folder is `collection.json`, `index.parquet` and `000000.tar`, `000001.tar` ...: whole once
`collection.json` is there, which is written last. A call that was killed is gone on with by the same call:
finished shards are kept. Which Study goes where, and every byte of a shard, depend on the collection and the
sizes asked for, never on the number of processes.
"""

from __future__ import annotations

import multiprocessing
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

from polyclinic.errors import UsageError
from polyclinic.store.collection import HEADER, Collection, write_header
from polyclinic.store.index import INDEX, shard_name, write_index
from polyclinic.store.packing import PARTS, Job, Packed, cut, pack, write_shard

SHARD_BYTES = 2**28
MOST_STUDIES = 20_000
AHEAD = 2  # shards planned for each process before it asks
KEY_DIGITS = 8

Progress = Callable[[int, int], None]


def write_shards(
    collection: Collection,
    out: Path,
    *,
    shard_bytes: int = SHARD_BYTES,
    processes: int = 1,
    progress: Progress | None = None,
) -> int:
    """Write a collection as shards, or go on where an earlier call was stopped.

    Args:
        shard_bytes: the most that a shard holds, unless one Study alone is larger.
        progress: told shards and Studies written so far.

    Returns:
        How many shards there are.

    Raises:
        UsageError: nothing to write, or `out` holds something else.
        ReadError: a file that cannot be packed.
    """
    if shard_bytes < 1 or processes < 1 or not len(collection):
        raise UsageError(f"expected studies, sizes and processes, got {len(collection)}, {shard_bytes}, {processes}")
    _check_folder(collection, out)
    (out / PARTS).mkdir(parents=True, exist_ok=True)
    shards = studies = 0
    for written in _written(_jobs(collection, out, shard_bytes), processes):
        shards, studies = shards + 1, studies + written
        if progress is not None:
            progress(shards, studies)
    _finish(collection, out, shards)
    return shards


def _check_folder(collection: Collection, out: Path) -> None:
    if (collection.root / INDEX).is_file():
        raise UsageError(f"{collection.root} holds shards already", hint="polyclinic data convert unpacks them")
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / PARTS).is_dir())):
        raise UsageError(f"{out} is there already", hint="give a new folder")


def _jobs(collection: Collection, out: Path, shard_bytes: int) -> Iterator[Job]:
    packed = _packed(collection)
    for number, studies in enumerate(cut(packed, shard_bytes, MOST_STUDIES)):
        yield Job(number, collection.root, out, studies)


def _packed(collection: Collection) -> Iterator[Packed]:
    seen: set[str] = set()
    for number, study in enumerate(collection):
        if study.id in seen:
            raise UsageError(f"two studies are called {study.id!r}", hint="ids are unique in a collection")
        seen.add(study.id)
        yield pack(study, f"{number:0{KEY_DIGITS}d}", collection.header.splits.of(study), collection.root)


def _written(jobs: Iterator[Job], processes: int) -> Iterator[int]:
    """Write shards as they are planned, a few ahead; how many Studies each holds."""
    if processes == 1:
        yield from map(write_shard, jobs)
        return
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        running: set[Future[int]] = set()
        for job in jobs:
            running.add(pool.submit(write_shard, job))
            if len(running) >= AHEAD * processes:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (one.result() for one in done)
        yield from (one.result() for one in running)


def _finish(collection: Collection, out: Path, shards: int) -> None:
    """Join the rows, then write the header that makes the folder whole."""
    import pyarrow as pa
    from pyarrow import parquet

    tables = [parquet.read_table(out / PARTS / f"{number:06d}.parquet") for number in range(shards)]
    sizes = [(out / shard_name(number)).stat().st_size for number in range(shards)]
    write_index(pa.concat_tables([table.replace_schema_metadata(None) for table in tables]), sizes, out / INDEX)
    for left in out.glob("*.tar*"):  # of an interrupted call with other sizes
        if left.name not in {shard_name(number) for number in range(shards)}:
            left.unlink()
    write_header(out, collection.header)
    shutil.rmtree(out / PARTS)


def is_shards(path: Path) -> bool:
    """Whether a folder holds shards, whole ones."""
    return (path / HEADER).is_file() and (path / INDEX).is_file()
