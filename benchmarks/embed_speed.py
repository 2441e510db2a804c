"""How fast images are embedded, and how much of that time the encoder waits for them.

Phantom films are embedded by an untrained ConVIRT of the nano size, with loader processes that read ahead. The vectors
are those that `embed_images` gives, in the same order; that is checked first, on some of them.

Run: OMP_NUM_THREADS=1 python benchmarks/embed_speed.py [--images 10000] [--workers 1]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from polyclinic.phantom.collection import Order, write_phantom
from polyclinic.phantom.world import Phantom
from polyclinic.store.collection import open_collection
from polyclinic.study import Study
from polyclinic.systems import convirt

BATCH = 64
FITTED, CHECKED = 64, 128


class Pictures(Dataset[Any]):
    """The Studies' pictures in batches, as the model takes them."""

    def __init__(self, model: convirt.Model, studies: Sequence[Study]) -> None:
        self.model, self.studies = model, studies

    def __len__(self) -> int:
        return (len(self.studies) + BATCH - 1) // BATCH

    def __getitem__(self, number: int) -> torch.Tensor:
        return torch.cat(self.model.pictures(self.studies[BATCH * number : BATCH * (number + 1)]))


@torch.inference_mode()
def embedded(model: convirt.Model, studies: Sequence[Study], workers: int) -> tuple[NDArray[Any], float]:
    """The vectors, and how many seconds were spent waiting for pictures."""
    batches = iter(DataLoader(Pictures(model, studies), batch_size=None, num_workers=workers))
    found, waited = [], 0.0
    while True:
        began = time.perf_counter()
        pictures = next(batches, None)
        waited += time.perf_counter() - began
        if pictures is None:
            return np.concatenate(found), waited
        found.append(model.image_vectors(model.look(pictures)).numpy())


def main() -> None:
    """Print images a second and the share of the time that was waiting."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="embed-") as folder:
        write_phantom(Path(folder) / "set", Order(Phantom("chest", seed=1), args.images))
        studies = tuple(open_collection(Path(folder) / "set"))[: args.images]
        model = convirt.Model.from_studies(convirt.PRESETS["nano"], studies[:FITTED]).eval()
        some = studies[:CHECKED]
        assert np.allclose(embedded(model, some, args.workers)[0], model.embed_images(some), atol=1e-5)
        began = time.perf_counter()
        vectors, waited = embedded(model, studies, args.workers)
        seconds = time.perf_counter() - began
    print(
        f"{len(vectors)} images, {args.workers} loader processes: {len(vectors) / seconds:.0f} images/s, "
        f"{waited / seconds:.1%} of the time waiting for pictures"
    )


if __name__ == "__main__":
    main()
