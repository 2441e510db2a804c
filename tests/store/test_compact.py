"""Compact Studies: equal to what went in, with loaders; anything with pixels elsewhere stays as it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from polyclinic.errors import PixelError
from polyclinic.store.collection import Collection
from polyclinic.store.compact import CompactStudies, compact
from polyclinic.study import Image, MaskFile, Region, Study


def test_they_are_what_went_in(plain: Collection) -> None:
    held = compact(plain, plain.root)
    assert isinstance(held, CompactStudies)
    assert tuple(held) == plain.studies
    assert (held[-1], held[1:3]) == (plain.studies[-1], plain.studies[1:3])
    assert np.array_equal(held[4].images[0].pixels, plain.studies[4].images[0].pixels)
    assert held[4].regions[0].array.any()
    with pytest.raises(IndexError):
        held[len(plain)]


def test_they_take_little_memory(plain: Collection) -> None:
    held = compact(plain, plain.root)
    assert isinstance(held, CompactStudies)
    assert sum(map(sys.getsizeof, vars(held).values())) < 1000 * len(plain)
    assert held[0] is not held[0]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_pixels_elsewhere_keep_all_as_they_are(plain: Collection, place: int) -> None:
    studies = list(plain.studies[:2])
    studies.insert(place, Study("mine", "p", images=(Image.from_array(np.eye(3)),)))
    held = compact(iter(studies), plain.root)
    assert held == tuple(studies)
    assert held[place].images[0].pixels.shape == (1, 3, 3)


def test_other_loaders_of_masks_and_other_folders_are_seen(plain: Collection) -> None:
    region = Region("x", mask=MaskFile("masks/all.png", load=lambda: np.ones((2, 2))))
    odd = replace(plain.studies[0], regions=(region,))
    assert isinstance(compact([odd], plain.root), tuple)
    assert isinstance(compact(plain, plain.root / "elsewhere"), tuple)
    assert isinstance(compact([Study("a", "p", images=(Image("x.png"),))], plain.root), tuple)
    with pytest.raises(PixelError):
        _ = Image("x.png").pixels


def test_they_are_taken_in_one_by_one(plain: Collection) -> None:
    alive: list[int] = []

    def source() -> Iterator[Study]:
        for study in plain:
            alive.append(1)
            yield study

    assert len(compact(source(), plain.root)) == len(plain) == len(alive)
    assert len(compact([], plain.root)) == 0
