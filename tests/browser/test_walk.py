"""A walk through the workbench in Debian's Chromium; its pictures stand in the docs.

`POLYCLINIC_PICTURES=docs/images pytest -m slow tests/browser` writes them anew.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import tifffile
from PIL import Image as Pillow

from polyclinic.phantom.collection import Order, write_phantom
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.serving.workbench.fits import Jobs
from polyclinic.serving.workbench.shelf import Shelf
from polyclinic.store.collection import open_collection, write_collection
from polyclinic.study import Image, MaskFile, Pixels, Report, Study

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
NODE = shutil.which("node")
HOSTILE = "<img src=x onerror=window.hurt=1>"
FIRST_PAGE_S = 5.0
PICTURES = ("worklist", "viewer", "correct", "compare", "volume", "space", "slide", "keys")
PICTURES += ("ask", "report", "explain", "systems", "cards", "jobs", "tablet")
MOST_PICTURE_BYTES = 500_000  # what the repository takes
FEWER_COLOURS = (256, 128, 96, 64)  # by coverage, which keeps the few pixels of a button their colour

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(NODE is None, reason="needs Node"),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
    pytest.mark.skipif(
        not (ROOT / "workbench/node_modules/playwright-core").is_dir(), reason="needs `npm ci` in workbench/"
    ),
]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Chests with priors, a brain of four sequences, a slide, and a study whose every text is a script."""
    root = tmp_path_factory.mktemp("walk") / "phantoms"
    write_phantom(root, Order(Phantom("chest", 1, Dials(size=128)), 16, ct=False), 1)
    held = open_collection(root)
    write_phantom(root / "brain", Order(Phantom("brain", 1, Dials(size=128)), 1, ct=False), 1)
    brains = [_moved(study, "brain") for study in open_collection(root / "brain")]
    write_phantom(root / "tissue", Order(Phantom("histology", 1, Dials(size=512)), 1, ct=False), 1)
    _write_slide(root / "slide.svs", open_collection(root / "tissue").studies[0].images[0].pixels)
    slide = Study("slide-1", "slide", "histology", images=(Image("slide.svs", "SM"),))
    first = held.studies[0]
    hostile = Study(
        HOSTILE, '"><b>', images=first.images, report=Report({"findings": "<script>window.hurt=1</script>"})
    )
    header = dataclasses.replace(held.header, name="phantoms")
    write_collection(root, header, [*held.studies, *brains, slide, hostile])
    return root


def _moved(study: Study, folder: str) -> Study:
    """The Study with its files in a folder of the collection."""
    images = tuple(dataclasses.replace(image, path=f"{folder}/{image.path}") for image in study.images)
    regions = tuple(
        dataclasses.replace(region, mask=dataclasses.replace(region.mask, path=f"{folder}/{region.mask.path}"))
        if isinstance(region.mask, MaskFile)
        else region
        for region in study.regions
    )
    return dataclasses.replace(study, images=images, regions=regions)


def _write_slide(path: Path, tissue: Pixels) -> None:
    """Tissue of the phantom, mirrored side by side to a pyramid of 4096 pixels."""
    half = np.concatenate([tissue, tissue[:, :, ::-1]], axis=2)
    block = np.concatenate([half, half[:, ::-1]], axis=1).transpose(1, 2, 0)
    whole = np.tile(block, (4, 4, 1))
    told = "Aperio Image Library v1\n|AppMag = 20|MPP = 0.5"
    with tifffile.TiffWriter(path) as file:
        file.write(whole, tile=(256, 256), photometric="rgb", compression="jpeg", description=told)
        file.write(whole[::4, ::4].copy(), tile=(256, 256), photometric="rgb", compression="jpeg", subfiletype=1)


def _made_small(picture: Path) -> None:
    """Store a picture that is too large for the repository with fewer colours."""
    with Pillow.open(picture) as shot:
        whole = shot.convert("RGB")
    for colours in FEWER_COLOURS:
        if picture.stat().st_size < MOST_PICTURE_BYTES:
            return
        whole.quantize(colours, Pillow.Quantize.MAXCOVERAGE, dither=Pillow.Dither.NONE).save(picture, optimize=True)


@pytest.fixture(scope="module")
def address(collection: Path) -> Iterator[str]:
    """Where `polyclinic open` serves the collection with the shipped checkpoint."""
    command = [sys.executable, "-m", "polyclinic.cli", "open", str(collection), "--model", "generalist-nano"]
    began = time.monotonic()
    with subprocess.Popen([*command, "--port", "0", "--json"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = "".join(iter(process.stdout.readline, "}\n")) + "}"
            url = json.loads(told)["url"]
            with urllib.request.urlopen(url, timeout=60) as page:
                assert b"Polyclinic" in page.read()
            seconds = time.monotonic() - began
            used = sum(psutil.Process(process.pid).cpu_times()[:2])
            print(f"first page after {seconds:.1f} s, {used:.1f} s of a processor")
            busy = _waited_s(process.pid) > seconds / 5  # a machine that does much else is judged by processor seconds
            assert (used if busy else seconds) < FIRST_PAGE_S
            yield url
        finally:
            process.terminate()
            _end_jobs(collection.with_name(f"{collection.name}-runs"))


def _waited_s(process: int) -> float:
    """Seconds in which a process could have gone on and no processor was free; 0 where the system does not tell."""
    told = Path(f"/proc/{process}/schedstat")
    return int(told.read_text().split()[1]) / 1e9 if told.is_file() else 0.0


def _end_jobs(runs: Path) -> None:
    """A walk that broke off leaves a training behind, as a server that ends would."""
    for job in (job for job in Jobs(Shelf(runs)).list() if job["state"] in ("running", "stopping")):
        Jobs(Shelf(runs)).stop(job["name"])


def test_a_walk_through_the_workbench(address: str, collection: Path, tmp_path: Path) -> None:
    pictures = Path(os.environ.get("POLYCLINIC_PICTURES", tmp_path))
    command = [str(NODE), str(HERE / "walk.mjs"), f"{address}/", str(pictures), str(CHROMIUM)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["hostile"] == "shown as text"
    (corrected,) = open_collection(collection.with_name("phantoms-corrected"))
    assert "heart by hand" in {region.name for region in corrected.regions}
    for picture in pictures.glob("workbench-*.png"):
        _made_small(picture)
    assert found["boxed"]
    assert found["length"].endswith(" mm")
    assert found["sent"] == "report.fhir.json"
    assert found["job"] == "stopped"
    assert found["fits"] == 3 * 8
    for name in PICTURES:
        assert (pictures / f"workbench-{name}.png").stat().st_size in range(10_000, MOST_PICTURE_BYTES)
