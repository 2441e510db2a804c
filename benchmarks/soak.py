"""Whether memory stays flat: epochs over many small Studies through the loader that training uses.

Prints, after each epoch, the resident memory of the process that trains and the private memory of its loaders (what
they do not share with it), and a verdict; exit status 1 where memory grows.

Run: OMP_NUM_THREADS=1 python benchmarks/soak.py [--studies 20000] [--epochs 10] [--workers 2] [--shards]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from PIL import Image as Pillow

from polyclinic.layouts import open_folder
from polyclinic.store.collection import Header, open_collection, write_collection
from polyclinic.store.shards import write_shards
from polyclinic.study import Finding, Image, Report, Study
from polyclinic.training.loader import Feed, NumberedBatches
from polyclinic.training.order import Share
from polyclinic.training.setup import material

BATCH, SIDE = 32, 32
MIB = 2**20
SLACK_MIB, SLACK_SHARE = 16, 0.05
WARM_UP = 1  # epochs that are not judged: libraries load, caches fill


class Pictures:
    """A view that reads each Study's picture and text."""

    def __init__(self, studies: Sequence[Study]) -> None:
        self.studies = studies

    def __len__(self) -> int:
        return len(self.studies)

    def sample(self, index: int, rng: np.random.Generator) -> dict[str, Any]:
        """A picture with noise, and the length of its report."""
        study = self.studies[index]
        noise = rng.normal(size=(SIDE, SIDE)).astype(np.float32)
        length = len(study.report.text) if study.report else 0
        return {"picture": study.images[0].pixels[0] + noise, "length": length}

    def collate(self, samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Tensors."""
        pictures = torch.from_numpy(np.stack([sample["picture"] for sample in samples]))
        return {"picture": pictures, "length": torch.tensor([sample["length"] for sample in samples])}


def write_studies(root: Path, count: int) -> None:
    """A collection of small pictures with reports and findings."""
    (root / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    studies = []
    for number in range(count):
        path = f"images/{number}.png"
        Pillow.fromarray(rng.integers(0, 255, (SIDE, SIDE), dtype=np.uint8)).save(root / path, compress_level=0)
        report = Report({"findings": f"Study {number}. " + "No focal consolidation. " * 10, "impression": "Normal."})
        findings = tuple(Finding(f"finding {i}", present=bool(number >> i & 1)) for i in range(8))
        images = (Image(path, modality="DX", spacing_mm=(1.0, 1.0)),)
        studies.append(Study(f"s{number}", f"p{number}", "chest", images, report, findings=findings, split="train"))
    write_collection(root, Header("soak"), studies)


def memory(parent: psutil.Process) -> tuple[float, list[float]]:
    """MiB of this process, and what each loader has for itself."""
    return parent.memory_info().rss / MIB, [child.memory_full_info().uss / MIB for child in parent.children()]


def soak(studies: Sequence[Study], epochs: int, workers: int) -> list[list[float]]:
    """Go through all Studies again and again; memory of the parent and of each loader after each epoch."""
    feed = Feed(NumberedBatches(Pictures(studies), 0, 0, Share(BATCH)), 0, None, workers=workers, pin=False)
    parent, found = psutil.Process(), []
    try:
        for epoch in range(epochs):
            began = time.perf_counter()
            for _ in range(len(studies) // BATCH):
                feed.next()
            own, children = memory(parent)
            found.append([own, *children])
            rate = len(studies) // BATCH * BATCH / (time.perf_counter() - began)
            told = ", ".join(f"{child:.1f}" for child in children)
            print(f"epoch {epoch + 1}: parent {own:.1f} MiB, loaders' own {told} MiB, {rate:.0f} studies/s", flush=True)
    finally:
        feed.close()
    return found


def is_flat(found: Sequence[Sequence[float]]) -> bool:
    """Whether no process has grown since the warm-up by more than the slack."""
    judged = found[min(WARM_UP, len(found) - 1) :]
    return all(last <= first * (1 + SLACK_SHARE) + SLACK_MIB for first, last in zip(judged[0], judged[-1], strict=True))


def main() -> int:
    """Print memory by epoch, and the verdict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=20_000)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shards", action="store_true", help="read them from shards instead of files")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        root = Path(folder) / "plain"
        write_studies(root, args.studies)
        if args.shards:
            write_shards(open_collection(root), Path(folder) / "shards")
            root = Path(folder) / "shards"
        studies = material(open_folder(root), "train", print)
        print(f"{len(studies)} studies as {type(studies).__name__}, {args.workers} loaders")
        flat = is_flat(soak(studies, args.epochs, args.workers))
    print("memory is flat" if flat else "memory grows")
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
