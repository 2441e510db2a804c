"""Tissue and the grid over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile

from polyclinic.errors import UsageError
from polyclinic.readers.slide import Slide
from polyclinic.readers.tissue import saturation, tile_grid, tissue_mask

PINK, GLASS = (200, 100, 150), (240, 240, 240)


@pytest.fixture
def slide(tmp_path: Path) -> Iterator[Slide]:
    data = np.full((200, 300, 3), GLASS, np.uint8)
    data[:100, :150] = PINK
    with tifffile.TiffWriter(tmp_path / "a.svs") as file:
        file.write(data, tile=(64, 64), photometric="rgb", description="Aperio Image\n|MPP = 1", metadata=None)
    with Slide(tmp_path / "a.svs") as held:
        yield held


def test_saturation() -> None:
    rgb = np.array([PINK, GLASS, (0, 0, 0), (0, 0, 9)], np.uint8).T[:, None]
    assert saturation(rgb).tolist() == [[0.5, 0.0, 0.0, 1.0]]


def test_tissue_is_what_has_colour(slide: Slide) -> None:
    mask = tissue_mask(slide.thumbnail(300))
    assert mask[:100, :150].all()
    assert mask.sum() == 100 * 150


def test_empty_glass_has_no_tissue_noise_or_not() -> None:
    assert not tissue_mask(np.full((3, 20, 20), 240, np.uint8)).any()
    noise = np.random.default_rng(0).integers(238, 243, (3, 50, 50)).astype(np.uint8)
    assert not tissue_mask(noise).any()


def test_the_grid_covers_all_and_outside_is_background(slide: Slide) -> None:
    tiles = tile_grid(slide, 100)
    assert [(t.x, t.y) for t in tiles] == [(x, y) for y in (0, 100) for x in (0, 100, 200)]
    assert [round(t.background, 2) for t in tiles] == [0.0, 0.5, 1.0, 1.0, 1.0, 1.0]
    (edge,) = (t for t in tile_grid(slide, 128) if (t.x, t.y) == (0, 0))
    assert edge.background == pytest.approx(1 - 100 / 128, abs=0.01)
    (over,) = tile_grid(slide, 600)
    assert over.background == pytest.approx(1 - 100 * 150 / 600**2, abs=0.01)


def test_tiles_of_glass_can_be_left_out(slide: Slide) -> None:
    assert [(t.x, t.y) for t in tile_grid(slide, 50, most_background=0.5)] == [
        (x, y) for y in (0, 50) for x in (0, 50, 100)
    ]
    assert [t.x for t in tile_grid(slide, 100, step=50, most_background=0.0)] == [0, 50]


@pytest.mark.parametrize("wrong", [{"size": 0}, {"size": 9, "step": 0}, {"size": 9, "level": 1}])
def test_grids_that_are_none(slide: Slide, wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="no grid"):
        tile_grid(slide, **wrong)
