"""Tiles of a slide: aligned tiles of a JPEG-compressed TIFF pyramid in any order."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from races.base import OURS, Arrays, Race

TILE, ACROSS = 256, 24
MOST_OFF = 1  # of 255: two builds of one JPEG library may round a colour otherwise


def make(folder: Path, scale: float) -> None:
    """A slide of smooth colours with grain, two levels."""
    import tifffile

    side = max(round(ACROSS * scale**0.5), 2) * TILE
    rng = np.random.default_rng(0)
    y, x = np.meshgrid(np.linspace(0, 60, side), np.linspace(0, 60, side), indexing="ij", sparse=True)
    waves = np.stack([np.sin(y + k) * np.cos(x * (k + 1)) for k in range(3)], -1)
    pixels = np.clip(190 + 40 * waves + rng.normal(0, 4, (side, side, 1)), 0, 255).astype(np.uint8)
    options = {"tile": (TILE, TILE), "photometric": "ycbcr", "compression": "jpeg", "compressionargs": {"level": 85}}
    with tifffile.TiffWriter(folder / "slide.tif") as file:
        file.write(pixels, subfiletype=0, **options)
        file.write(np.ascontiguousarray(pixels[::2, ::2]), subfiletype=1, **options)


def _places(width: int, height: int) -> list[tuple[int, int]]:
    every = [(x, y) for y in range(0, height, TILE) for x in range(0, width, TILE)]
    return [every[i] for i in np.random.default_rng(0).permutation(len(every))]


def polyclinic(folder: Path) -> Arrays:
    """Ours."""
    from polyclinic.readers.slide import Slide

    with Slide(folder / "slide.tif") as slide:
        level = slide.levels[0]
        tiles = [slide.tile(0, x, y, TILE, TILE) for x, y in _places(level.width, level.height)]
    return {"sums": np.array([tile.sum(axis=(1, 2)) for tile in tiles]), "last": tiles[-1]}


def openslide(folder: Path) -> Arrays:
    """OpenSlide; its tiles brought to the same form, colour first and without alpha."""
    import openslide

    with openslide.OpenSlide(folder / "slide.tif") as slide:
        tiles = [
            np.ascontiguousarray(
                np.asarray(slide.read_region(at, 0, (TILE, TILE)).convert("RGB")).transpose(2, 0, 1),
            )
            for at in _places(*slide.dimensions)
        ]
    return {"sums": np.array([tile.sum(axis=(1, 2)) for tile in tiles]), "last": tiles[-1]}


def differs(ours: Arrays, theirs: Arrays) -> str | None:
    """Compare all tiles by their mean colours, and the last one pixel by pixel."""
    means = np.abs(ours["sums"] - theirs["sums"].astype(float)).max() / TILE**2
    off = np.abs(ours["last"].astype(int) - theirs["last"]).max()
    return f"means differ by up to {means}, pixels by {off}" if max(means, off) > MOST_OFF else None


RACE = Race(
    title=f"{ACROSS**2} aligned tiles of {TILE} x {TILE} from a JPEG-compressed TIFF slide, in any order",
    make=make,
    cases={OURS: polyclinic, "OpenSlide": openslide},
    differs=differs,
    packages={"OpenSlide": ("openslide-python", "openslide-bin")},
    note=f"Equal: colours to {MOST_OFF} of 255. Every tile is read once, so OpenSlide's cache of tiles does not help.",
)
