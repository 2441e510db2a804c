"""The workbench on what is large: a long list, a volume of 512 voxels a side, a slide of 10,000 pixels a side.

The list is made of phantom chests with their reports, questions, findings and masks (run lengths in the file), each
repeated under new ids. The volume is a packed NIfTI file of 16-bit numbers, the slide a tiled pyramid in JPEG.
`polyclinic open` serves them without a model; times are those that a client on this machine waits, memory and
processor seconds those of the server's process.

Run: python benchmarks/workbench.py [--studies 100000] [--side 512] [--keep DIR]
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
import numpy as np
import psutil
import tifffile

from polyclinic.phantom.collection import Order, write_phantom
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.store.collection import STUDIES, Header, open_collection, write_collection
from polyclinic.study import Image, Mask, MaskFile, Study
from polyclinic.writers.nifti import write_volume

PATIENTS = 40
TURNS = 20
SLIDE_SIDE = 10_240
TILE = 256
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


def large_images(root: Path, side: int) -> None:
    """Write a collection of a volume and a slide, unless it is there."""
    if (root / STUDIES).is_file():
        return
    root.mkdir(parents=True)
    random = np.random.default_rng(0)
    ball = np.hypot(*np.ogrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]) < 0.8
    planes = [np.where(ball, 40, -1000) + random.integers(-20, 20, (side, side)) for _ in range(side)]
    volume = Image("ct.nii.gz", "CT", spacing_mm=(1.0, 0.7, 0.7))
    write_volume(root / volume.path, volume, np.stack(planes).astype(np.int16)[None])
    spots = np.kron(
        random.integers(90, 255, (SLIDE_SIDE // 16, SLIDE_SIDE // 16, 3), np.uint8), np.ones((16, 16, 1), np.uint8)
    )
    with tifffile.TiffWriter(root / "slide.svs") as file:
        told = "Aperio Image Library v1\n|AppMag = 20|MPP = 0.5"
        file.write(spots, tile=(TILE, TILE), photometric="rgb", compression="jpeg", description=told)
        for step in (4, 16):
            file.write(
                spots[::step, ::step].copy(), tile=(TILE, TILE), photometric="rgb", compression="jpeg", subfiletype=1
            )
    slide = Study("slide", "b", images=(Image("slide.svs", "SM"),))
    write_collection(root, Header("large"), [Study("volume", "a", images=(volume,)), slide])


def measure_list(root: Path) -> None:
    """Open the long list, ask it, and print a line for each thing that was measured."""
    began = time.monotonic()
    with opened(root) as (url, server), httpx.Client(base_url=url, timeout=600) as http:
        http.get("/").raise_for_status()
        print(f"first page: {since(began, server)}")
        most = 0
        while (about := http.get(f"{V1}/about").json())["state"] == "reading":
            most = max(most, server.memory_info().rss)
            time.sleep(0.25)
        told = server.memory_info().rss
        print(f"list of {about['studies']}: {since(began, server)}")
        print(f"memory: {told / MEBI:.0f} MiB, at most {max(most, told) / MEBI:.0f} MiB while reading")
        for query in SEARCHES:
            print(f"{query or 'first rows'}: {ask(http, query)}")
        last = http.get(f"{V1}/studies", params={"offset": about["studies"] - 1}).json()["rows"][0]["id"]
        print(f"one study: {told_ms([timed(http, 'study', {'study': last}) for _ in range(TURNS)])}")


def measure_images(root: Path, side: int) -> None:
    """Open the volume and the slide, go through them, and print a line for each thing that was measured."""
    with opened(root) as (url, server), httpx.Client(base_url=url, timeout=600) as http:
        while http.get(f"{V1}/about").json()["state"] == "reading":
            time.sleep(0.05)
        began, volume = time.monotonic(), {"study": "volume", "channel": "0"}
        http.get(f"{V1}/image", params={"study": "volume"}).raise_for_status()
        for axis in "zyx":
            http.get(f"{V1}/plane", params={**volume, "axis": axis, "index": str(side // 2)}).raise_for_status()
        print(f"volume of {side} voxels a side, facts and three planes: {time.monotonic() - began:.1f} s")
        for axis in "zyx":
            planes = [
                timed(http, "plane", {**volume, "axis": axis, "index": str(i)}) for i in range(0, side, side // 64)
            ]
            print(f"planes along {axis}: {told_ms(planes)}")
        print(f"for the rendering: {timed(http, 'volume', volume):.1f} s")
        began = time.monotonic()
        levels = http.get(f"{V1}/image", params={"study": "slide"}).json()["levels"]
        print(f"slide of {SLIDE_SIDE} pixels a side: {time.monotonic() - began:.2f} s")
        for level in (levels - 1, levels - 2, levels - 4):
            places = range(-(-SLIDE_SIDE // 2 ** (levels - 1 - level)) // TILE)
            tiles = [
                timed(http, "tile", {"study": "slide", "level": str(level), "column": str(column), "row": str(row)})
                for row in places[:4]
                for column in places
            ]
            print(f"tiles of level {level}: {told_ms(tiles)}")
        print(f"memory: {server.memory_info().rss / MEBI:.0f} MiB")


def since(began: float, server: psutil.Process) -> str:
    """How long it is since then, and how much of a processor the server took."""
    used = server.cpu_times()
    return f"{time.monotonic() - began:.1f} s, {used.user + used.system:.1f} s of a processor"


def ask(http: httpx.Client, query: dict[str, str]) -> str:
    """How long a page of the list takes."""
    total = http.get(f"{V1}/studies", params=query).json()["total"]
    return f"{total} rows, {told_ms([timed(http, 'studies', query) for _ in range(TURNS)])}"


def told_ms(seconds: list[float]) -> str:
    """Median and longest in milliseconds."""
    return f"{1000 * statistics.median(seconds):.1f} ms (at most {1000 * max(seconds):.1f})"


def timed(http: httpx.Client, path: str, query: dict[str, str]) -> float:
    """Seconds of an answer."""
    began = time.monotonic()
    http.get(f"{V1}/{path}", params=query).raise_for_status()
    return time.monotonic() - began


def main() -> None:
    """Make what is large, open it, print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=100_000)
    parser.add_argument("--side", type=int, default=512, help="voxels along each side of the volume")
    parser.add_argument("--keep", type=Path, help="where it lies, or is made (default: a folder that goes)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = args.keep or Path(folder)
        make(root / "many", args.studies)
        print(f"{STUDIES}: {(root / 'many' / STUDIES).stat().st_size / MEBI:.0f} MiB")
        measure_list(root / "many")
        large_images(root / "large", args.side)
        measure_images(root / "large", args.side)


if __name__ == "__main__":
    main()
