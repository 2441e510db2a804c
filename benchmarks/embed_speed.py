"""How fast images are embedded, and how much of that time the encoder waits for them.

Phantom films are embedded by an untrained ConVIRT of the nano size, as `embed_images` does it: threads read the next
pictures meanwhile. The vectors are those of pictures that are read one by one; that is checked first, on some of them.

Run: OMP_NUM_THREADS=1 python benchmarks/embed_speed.py [--images 10000]
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

from polyclinic.phantom.collection import Order, write_phantom
from polyclinic.phantom.world import Phantom
from polyclinic.store.collection import open_collection
from polyclinic.study import Study
from polyclinic.systems import convirt

FITTED, CHECKED = 64, 128


@torch.inference_mode()
def embedded(model: convirt.Model, studies: Sequence[Study]) -> tuple[NDArray[Any], float]:
    """The vectors, and how many seconds were spent waiting for pictures."""
    found: list[NDArray[Any]] = []
    batches, waited = model.pictures(studies), 0.0
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
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="embed-") as folder:
        write_phantom(Path(folder) / "set", Order(Phantom("chest", seed=1), args.images))
        studies = tuple(open_collection(Path(folder) / "set"))[: args.images]
        model = convirt.Model.from_studies(convirt.PRESETS["nano"], studies[:FITTED]).eval()
        alone = np.concatenate([model.embed_images([study]) for study in studies[:CHECKED]])
        assert np.allclose(embedded(model, studies[:CHECKED])[0], alone, atol=1e-5)
        began = time.perf_counter()
        vectors, waited = embedded(model, studies)
        seconds = time.perf_counter() - began
    print(
        f"{len(vectors)} images: {len(vectors) / seconds:.0f} images/s, "
        f"{waited / seconds:.1%} of the time waiting for pictures"
    )


if __name__ == "__main__":
    main()
