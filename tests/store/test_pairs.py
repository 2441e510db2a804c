"""Pairs: agreement with comparing all with all, each variant found, crowds bounded."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from polyclinic.store import pairs as pairs_module
from polyclinic.store.pairs import NEAR_BITS, near_pairs
from polyclinic.store.prints import UPRIGHT, VARIANTS, Printer, Prints


def picture(seed: int) -> NDArray[np.float32]:
    values = gaussian_filter(np.random.default_rng(seed).normal(size=(48, 48)), 1.5)
    return (values / values.std()).astype(np.float32)


def noisy(image: NDArray[np.float32], seed: int, share: float) -> NDArray[np.float32]:
    return image + share * picture(10_000 + seed)


def printed(images: list[NDArray[np.float32]], variants: tuple[str, ...] = (UPRIGHT,)) -> Prints:
    printer = Printer(variants)
    for image in images:
        printer.add(image[None])
    return printer.prints()


def found(prints: Prints, groups: list[int] | None = None) -> set[tuple[int, int, str]]:
    count = len(prints.exact)
    pairs = near_pairs(prints, np.arange(count) if groups is None else np.array(groups))
    return {(int(a), int(b), p.variant) for p in pairs for a, b in zip(p.first, p.second, strict=True)}


def test_it_agrees_with_comparing_all_with_all() -> None:
    images = [picture(seed) for seed in range(40)]
    images += [noisy(images[i], i, 0.02 * i) for i in range(40)]
    prints = printed(images)
    details = prints.details.reshape(len(images), -1).astype(float)
    likeness = np.corrcoef(details)
    expected = set()
    for one, two in combinations(range(len(images)), 2):
        near = [np.bitwise_count(h[UPRIGHT][one] ^ h[UPRIGHT][two]) for h in (prints.difference, prints.cosine)]
        if min(near) <= NEAR_BITS and likeness[one, two] >= 0.86:
            expected.add((one, two, UPRIGHT))
    assert len(expected) > 10
    assert expected <= found(prints)
    assert all(two == one + 40 for one, two, _ in found(prints))


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_changed_copy_is_found_with_its_variant(variant: str) -> None:
    images = [picture(seed) for seed in range(12)]
    images.append(VARIANTS[variant](noisy(images[5], 5, 0.1)))
    hits = found(printed(images, tuple(VARIANTS)))
    assert {(one, two) for one, two, _ in hits} == {(5, 12)}
    undone = {name for _, _, name in hits}
    assert any(np.array_equal(VARIANTS[name](VARIANTS[variant](images[0])), images[0]) for name in undone), (
        "the variant given is the one that undoes the change"
    )
    if variant != UPRIGHT:
        assert found(printed(images)) == set()


def test_images_of_one_group_are_not_compared() -> None:
    image = picture(1)
    prints = printed([image, noisy(image, 1, 0.1), noisy(image, 2, 0.1)])
    assert found(prints, [0, 0, 1]) == {(0, 2, UPRIGHT), (1, 2, UPRIGHT)}
    assert found(prints, [0, 0, 0]) == set()


def test_flat_images_and_too_few_are_no_pairs() -> None:
    flat = np.zeros((48, 48), np.float32)
    assert found(printed([flat, flat + 1])) == set()
    assert found(printed([picture(1)])) == set()
    assert found(printed([])) == set()


def test_in_a_crowd_each_is_tied_to_one_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs_module, "CROWD", 3)
    image = picture(1)
    hits = found(printed([noisy(image, seed, 0.05) for seed in range(30)]))
    assert {two for _, two, _ in hits} == set(range(1, 30))
    assert len(hits) < 30 * 29 / 2


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_joined_rows_are_those_of_equal_keys(keys: list[int], changed: list[int]) -> None:
    length = min(len(keys), len(changed))
    one, two = np.array(keys[:length]), np.array(changed[:length])
    parts = list(pairs_module._joined(one, two, passes_crowds=True))
    pairs = [(int(a), int(b)) for first, second in parts for a, b in zip(first, second, strict=True)]
    assert sorted(pairs) == [(i, j) for i in range(length) for j in range(i + 1, length) if one[i] == two[j]]


def test_joining_works_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs_module, "AT_ONCE", 5)
    keys = np.zeros(9, np.int64)
    parts = list(pairs_module._joined(keys, keys, passes_crowds=False))
    assert len(parts) == 9
    assert sum(len(first) for first, _ in parts) == 36


def test_the_bands_cover_all_bits_once() -> None:
    bits = [bit for shift, width in pairs_module._bands() for bit in range(int(shift), int(shift) + width)]
    assert bits == list(range(64))
