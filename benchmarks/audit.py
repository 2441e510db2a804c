"""How fast the audit is: prints of phantom films, and near-duplicates among 100,000 tiny images.

The tiny images are phantom films blended two by two, with grain of their own, so that they share a layout as chest
films do; some are planted twice, brighter and with new grain on top.

Run: OMP_NUM_THREADS=1 python benchmarks/audit.py [--images 100000] [--films 2000] [--variants]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.world import Phantom
from polyclinic.store.pairs import near_pairs
from polyclinic.store.prints import DETAIL_SIDE, UPRIGHT, VARIANTS, Printer, Prints, cells

PLANTED = 500
GRAIN, NEW_GRAIN, BRIGHTER = 12.0, 2.0, 20.0


def films(count: int) -> list[NDArray[np.uint8]]:
    """Radiographs of phantom patients."""
    world = Phantom("chest", seed=3)
    found: list[NDArray[np.uint8]] = []
    patient = 0
    while len(found) < count:
        found += [study.images[0].pixels for study in world.studies(patient)]
        patient += 1
    return found[:count]


def tiny(grids: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A tiny image on the layout of two films."""
    one, two = grids[rng.integers(len(grids), size=2)]
    share = rng.uniform(0.2, 0.8)
    return share * one + (1 - share) * two + rng.normal(0, GRAIN, one.shape).astype(np.float32)


def printed(grids: NDArray[np.float32], count: int, variants: tuple[str, ...]) -> tuple[Prints, dict[int, int]]:
    """Prints of tiny images, and which of the last ones repeats which."""
    rng = np.random.default_rng(0)
    printer = Printer(variants)
    planted: dict[int, int] = {}
    for row in range(count):
        if row >= count - PLANTED:
            planted[row] = int(rng.integers(count - PLANTED))
        image = tiny(grids, np.random.default_rng((1, planted.get(row, row))))
        if row in planted:
            image = image + BRIGHTER + rng.normal(0, NEW_GRAIN, image.shape)
        printer.add(image[None])
    return printer.prints(), planted


def main() -> None:
    """Print the rates, and how many planted pairs were found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--films", type=int, default=2_000)
    parser.add_argument("--variants", action="store_true")
    args = parser.parse_args()
    variants = tuple(VARIANTS) if args.variants else (UPRIGHT,)
    pixels = films(args.films)
    began = time.process_time()
    printer = Printer(variants)
    for film in pixels:
        printer.add(film)
    printer.prints()
    rate = len(pixels) / (time.process_time() - began)
    print(f"prints: {rate:.0f} films of {pixels[0].shape} a second, without reading the files", flush=True)

    grids = np.stack([cells(film[0], DETAIL_SIDE, DETAIL_SIDE) for film in pixels])
    prints, planted = printed(grids, args.images, variants)
    began = time.process_time()
    found = list(near_pairs(prints, np.arange(args.images)))
    seconds = time.process_time() - began
    upright = {
        pair for p in found if p.variant == UPRIGHT for pair in zip(p.first.tolist(), p.second.tolist(), strict=True)
    }
    hit = sum((source, row) in upright for row, source in planted.items())
    others = sum(len(p.first) for p in found) - hit
    print(f"pairing: {args.images} images in {seconds:.0f} s; {hit} of {PLANTED} planted, {others} others")


if __name__ == "__main__":
    main()
