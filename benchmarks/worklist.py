"""The workbench on a large collection: how long until the worklist is there, what it answers in, and what it holds.

The collection is made of phantom chests with their reports, questions, findings and masks (run lengths in the file),
each repeated under new ids. `polyclinic open` serves it without a model; memory is that of its process.

Run: python benchmarks/worklist.py [--studies 100000] [--keep DIR]
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil

from polyclinic.phantom.collection import Order, write_phantom
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.store.collection import STUDIES, open_collection, write_collection
from polyclinic.study import Mask, MaskFile, Study

PATIENTS = 40
TURNS = 20
MEBI = 2**20
V1 = "/v1/workbench"
SEARCHES = (
    {},
    {"text": "pleural effusion -mass"},
    {"finding": "nodule", "split": "test"},
    {"text": "no such words"},
)


def make(root: Path, studies: int) -> None:
    """Write the collection, unless it is there."""
    if (root / STUDIES).is_file():
        return
    write_phantom(root, Order(Phantom("chest", 1, Dials(size=128)), PATIENTS, ct=False), 1)
    held = open_collection(root)
    write_collection(root, held.header, repeated([_inline(study) for study in held.studies], studies))


def repeated(studies: list[Study], many: int) -> Iterator[Study]:
    """As many Studies as are wanted, each with an id and a subject of its own; priors stay within a repetition."""
    for number in range(many):
        turn, study = number // len(studies), studies[number % len(studies)]
        prior = study.prior and f"{study.prior}-{turn}"
        yield dataclasses.replace(study, id=f"{study.id}-{turn}", subject=f"{study.subject}-{turn}", prior=prior)


def _inline(study: Study) -> Study:
    """Masks as run lengths in the Study's line, which is the largest that a line gets."""
    regions = tuple(
        dataclasses.replace(region, mask=Mask.from_array(region.array)) if isinstance(region.mask, MaskFile) else region
        for region in study.regions
    )
    return dataclasses.replace(study, regions=regions)


@contextlib.contextmanager
def opened(root: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The workbench in a process of its own: its address and process."""
    command = [sys.executable, "-m", "polyclinic.cli", "open", str(root), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        told = "".join(iter(server.stdout.readline, "}\n")) + "}"
        try:
            yield json.loads(told)["url"], psutil.Process(server.pid)
        finally:
            server.terminate()


def measure(root: Path) -> None:
    """Open it, ask it, and print a line for each thing that was measured."""
    began = time.monotonic()
    with opened(root) as (url, server), httpx.Client(base_url=url, timeout=600) as http:
        http.get("/").raise_for_status()
        print(f"first page: {time.monotonic() - began:.1f} s")
        most = 0
        while (about := http.get(f"{V1}/about").json())["state"] == "reading":
            most = max(most, server.memory_info().rss)
            time.sleep(0.25)
        told = server.memory_info().rss
        print(f"worklist of {about['studies']}: {time.monotonic() - began:.1f} s")
        print(f"memory: {told / MEBI:.0f} MiB, at most {max(most, told) / MEBI:.0f} MiB while reading")
        for query in SEARCHES:
            print(f"{query or 'first rows'}: {ask(http, query)}")
        last = http.get(f"{V1}/studies", params={"offset": about["studies"] - 1}).json()["rows"][0]["id"]
        print(f"one study: {1000 * timed(http, 'study', {'study': last}):.1f} ms")


def ask(http: httpx.Client, query: dict[str, str]) -> str:
    """How long a page of the worklist takes."""
    total = http.get(f"{V1}/studies", params=query).json()["total"]
    return f"{total} rows in {1000 * timed(http, 'studies', query):.0f} ms"


def timed(http: httpx.Client, path: str, query: dict[str, str]) -> float:
    """Median seconds of an answer."""
    seconds = []
    for _ in range(TURNS):
        began = time.monotonic()
        http.get(f"{V1}/{path}", params=query).raise_for_status()
        seconds.append(time.monotonic() - began)
    return statistics.median(seconds)


def main() -> None:
    """Make the collection, open it, print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="where the collection lies, or is made (default: a folder that goes)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = args.keep or Path(folder) / "many"
        make(root, args.studies)
        print(f"{STUDIES}: {(root / STUDIES).stat().st_size / MEBI:.0f} MiB")
        measure(root)


if __name__ == "__main__":
    main()
