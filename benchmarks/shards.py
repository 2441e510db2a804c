"""How fast shards are: writing, reading in stream order and at random, beside the same files in a folder.

The equality check comes first: both give the same Studies with the same pixels.

Run: OMP_NUM_THREADS=1 python benchmarks/shards.py [--studies 2000] [--processes 1]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from polyclinic.phantom.collection import Order, write_phantom
from polyclinic.phantom.world import Phantom
from polyclinic.store.collection import Collection, open_collection
from polyclinic.store.shards import write_shards
from polyclinic.store.shelf import ShardStudies, open_shards
from polyclinic.store.stream import ShardOrder

MIB = 2**20
CHECKED = 50


def timed(name: str, count: int, work: Callable[[], object]) -> None:
    """Print how many Studies a second."""
    began = time.perf_counter()
    work()
    print(f"{name}: {count / (time.perf_counter() - began):.0f} studies/s", flush=True)


def read(studies: Collection | ShardStudies, numbers: list[int]) -> None:
    """Read Studies and decode their first picture."""
    held = studies.studies if isinstance(studies, Collection) else studies
    for number in numbers:
        _ = held[number].images[0].pixels


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2_000)
    parser.add_argument("--processes", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shards-") as folder:
        root, out = Path(folder) / "plain", Path(folder) / "shards"
        write_phantom(root, Order(Phantom("chest", seed=1), args.studies))
        plain = open_collection(root)
        count = len(plain)
        timed("write", count, lambda: write_shards(plain, out, shard_bytes=4 * MIB, processes=args.processes))
        shelf = open_shards(out).studies
        assert isinstance(shelf, ShardStudies)
        for number in range(0, count, max(1, count // CHECKED)):
            assert shelf[number] == plain.studies[number]
            assert np.array_equal(shelf[number].images[0].pixels, plain.studies[number].images[0].pixels)
        stream = ShardOrder(shelf.runs, 0).epoch(0).tolist()
        anyhow = np.random.default_rng(0).permutation(count).tolist()
        timed("read the folder at random", count, lambda: read(plain, anyhow))
        timed("read shards at random", count, lambda: read(shelf, anyhow))
        timed("read shards in stream order", count, lambda: read(shelf, stream))
        timed("read shards in stream order, all files checked", count, lambda: [shelf.loaded(i) for i in stream])


if __name__ == "__main__":
    main()
