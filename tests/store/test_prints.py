"""Prints: what they stay the same under, and what a change of the image does to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.fft import dctn
from scipy.ndimage import gaussian_filter

from polyclinic.store import prints as prints_module
from polyclinic.store.prints import UPRIGHT, VARIANTS, Printer, Prints, cells, cosine_hash, difference_hash


def picture(seed: int, side: int = 96) -> Any:
    values = gaussian_filter(np.random.default_rng(seed).normal(size=(side, side)), 3)
    return np.clip(128 + 40 * values / values.std(), 0, 255).astype(np.uint8)[None]


def printed(*images: Any, variants: tuple[str, ...] = (UPRIGHT,)) -> Prints:
    printer = Printer(variants)
    for image in images:
        printer.add(image)
    assert len(printer) == len(images)
    return printer.prints()


def apart(one: Any, two: Any) -> int:
    return int(np.bitwise_count(np.uint64(one) ^ np.uint64(two)))


def test_a_difference_hash_by_hand() -> None:
    """Nine columns that rise by turns: every second step of each row is a one."""
    row = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0], np.float32)
    image = np.tile(np.repeat(row, 16), (144, 1))[None] * 200
    assert difference_hash(image) == int("10" * 32, 2)
    assert difference_hash(np.zeros((1, 9, 9))) is None


def test_the_cosine_hash_is_that_of_a_cosine_transform() -> None:
    image = np.random.default_rng(0).normal(size=(1, 96, 96))
    grid = cells(cells(image[0], 48, 48), 32, 32)
    low = dctn(grid)[:8, :8].ravel()
    # scipy's coefficients are twice the plain sums, as they are
    bits = low > np.median(low[1:])
    bits[0] = False
    assert cosine_hash(image) == int.from_bytes(np.packbits(bits).tobytes(), "big")


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 12), st.integers(1, 12))
def test_cells_keep_the_mean(height: int, width: int, rows: int, columns: int) -> None:
    values = np.random.default_rng(0).normal(size=(height, width))
    assert cells(values, rows, columns).mean() == pytest.approx(values.mean(), abs=1e-4)
    assert cells(np.ones((height, width)), rows, columns) == pytest.approx(np.ones((rows, columns)), abs=1e-5)


@pytest.mark.parametrize("change", ["brighter", "contrast", "larger"])
def test_hashes_stay(change: str) -> None:
    image = picture(1)
    changed = {
        "brighter": image.astype(int) + 30,
        "contrast": image * 0.5,
        "larger": image.repeat(2, axis=1).repeat(2, axis=2),
    }[change]
    assert apart(difference_hash(image), difference_hash(changed)) <= 2
    assert apart(cosine_hash(image), cosine_hash(changed)) <= 2
    assert apart(cosine_hash(image), cosine_hash(picture(2))) > 10


@pytest.mark.parametrize("variant", VARIANTS)
def test_prints_of_a_variant_are_those_of_the_changed_image(variant: str) -> None:
    image = picture(3)
    changed = VARIANTS[variant](image.astype(np.float32))
    held, other = printed(image, variants=tuple(VARIANTS)), printed(changed)
    assert apart(held.difference[variant][0], other.difference[UPRIGHT][0]) <= 1
    assert apart(held.cosine[variant][0], other.cosine[UPRIGHT][0]) <= 1
    assert np.abs(held.details_of(variant, slice(0, 1)).astype(int) - other.details).max() <= 2


def test_each_variant_can_be_undone_by_one() -> None:
    image = np.arange(12.0).reshape(1, 3, 4)
    for change in VARIANTS.values():
        assert any(np.array_equal(undo(change(image)), image) for undo in VARIANTS.values())


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    images = [picture(seed) for seed in range(7)]
    whole = printed(*images)
    monkeypatch.setattr(prints_module, "BLOCK", 3)
    parts = printed(*images)
    assert (whole.details == parts.details).all()
    assert (whole.cosine[UPRIGHT] == parts.cosine[UPRIGHT]).all()
    assert whole.exact == parts.exact


def test_the_exact_hash_knows_type_and_shape() -> None:
    image = np.zeros((1, 4, 4), np.uint8)
    found = printed(image, image.copy(), image.astype(np.int8), image.reshape(1, 2, 8)).exact
    assert found[0] == found[1]
    assert len(set(found)) == 3
    assert printed().exact == []
