"""The leak check: golden cases of each tie, and look-alikes that are none."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from scipy.ndimage import gaussian_filter

from polyclinic.store.leaks import find_leaks
from polyclinic.store.prints import difference_hash
from polyclinic.study import Image, Study


def picture(seed: int, layout: int = 0, share: float = 0.35) -> Any:
    """Detail of its own, so much of it, on a coarse layout that others may have too."""
    coarse = gaussian_filter(np.random.default_rng(1000 + layout).normal(size=(96, 96)), 16)
    fine = gaussian_filter(np.random.default_rng(seed).normal(size=(96, 96)), 2)
    values = coarse / coarse.std() + share * fine / fine.std()
    return np.clip(128 + 40 * values, 0, 255).astype(np.uint8)


def study(name: str, split: str, values: Any, subject: str | None = None) -> Study:
    return Study(name, subject or name, images=(Image.from_array(values),), split=split)


def recompressed(values: Any, size: tuple[int, int] = (60, 70), quality: int = 60) -> Any:
    buffer = io.BytesIO()
    Pillow.fromarray(values).resize(size).save(buffer, "JPEG", quality=quality)
    return np.asarray(Pillow.open(buffer))


def test_no_leak() -> None:
    studies = [study(str(i), "train" if i % 2 else "test", picture(i, i)) for i in range(20)]
    report = find_leaks(studies)
    assert report.leaks == ()
    assert report.images == 20


def test_the_same_subject() -> None:
    studies = [study("a", "train", picture(1, 1), "p"), study("b", "test", picture(2, 2), "p")]
    (leak,) = find_leaks([*studies, study("c", "test", picture(3, 3))]).leaks
    assert (leak.tie, leak.ids, leak.splits) == ("same subject", ("a", "b"), ("train", "test"))


def test_the_same_pixels_are_told_once() -> None:
    (leak,) = find_leaks([study("a", "train", picture(1)), study("b", "test", picture(1))]).leaks
    assert (leak.tie, leak.ids) == ("same pixels", ("a", "b"))


def test_within_a_split_there_is_no_leak() -> None:
    assert find_leaks([study("a", "train", picture(1), "p"), study("b", "train", picture(1), "p")]).leaks == ()


@pytest.mark.parametrize("change", ["scaled and compressed", "brighter", "one pixel"])
def test_nearly_the_same_pixels(change: str) -> None:
    first = picture(1)
    second = first.copy()
    if change == "scaled and compressed":
        second = recompressed(first)
    elif change == "brighter":
        second = np.clip(first.astype(int) + 20, 0, 255).astype(np.uint8)
    else:
        second[5, 5] ^= 1
    (leak,) = find_leaks([study("a", "train", first), study("b", "val", second)]).leaks
    assert (leak.tie, leak.splits) == ("near-duplicate pixels", ("train", "val"))
    assert leak.likeness > 0.85


def test_the_same_layout_is_no_duplicate() -> None:
    """Radiographs of two people hash alike; their detail tells them apart."""
    first, second = picture(1, 5, share=0.1), picture(2, 5, share=0.1)
    apart = bin(difference_hash(first[None]) ^ difference_hash(second[None])).count("1")  # type: ignore[operator]
    assert apart <= 6
    assert find_leaks([study("a", "train", first), study("b", "test", second)]).leaks == ()


def test_flat_images_are_not_compared() -> None:
    flat = np.full((50, 50), 7, np.uint8)
    assert difference_hash(flat[None]) is None
    report = find_leaks([study("a", "train", flat), study("b", "test", flat + 1)])
    assert report.leaks == ()


def test_volumes_colours_and_tiny_images_have_hashes() -> None:
    assert difference_hash(np.random.default_rng(0).normal(size=(1, 9, 30, 30))) is not None
    assert difference_hash(np.random.default_rng(0).normal(size=(3, 30, 30))) is not None
    assert difference_hash(np.arange(12.0).reshape(1, 3, 4)) is not None


def test_unreadable_images_are_named() -> None:
    bad = study("bad", "train", np.full((4, 4), np.nan))
    report = find_leaks([bad, study("good", "test", picture(1))])
    assert report.images == 1
    assert report.unreadable == ("bad: image memory holds no finite value",)


def test_duplicates_inside_a_split_are_found_when_asked_for() -> None:
    studies = [study("a", "train", picture(1)), study("b", "train", picture(1)), study("c", "train", picture(1))]
    two = Study("d", "d", images=(Image.from_array(picture(2)), Image.from_array(picture(2))), split="train")
    found = find_leaks([*studies, two], within=True)
    assert [leak.ids for leak in found.leaks] == [("a", "b"), ("a", "c")]
    assert find_leaks([*studies, two]).leaks == ()


def test_a_mirrored_copy_is_found_when_asked_for() -> None:
    studies = [study("a", "train", picture(1)), study("b", "test", recompressed(picture(1))[:, ::-1])]
    (leak,) = find_leaks(studies, variants=True).leaks
    assert (leak.tie, leak.variant) == ("near-duplicate pixels", "mirrored")
    assert find_leaks(studies).leaks == ()
