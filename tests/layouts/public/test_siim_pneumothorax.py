"""SIIM's run lengths, and the set in miniature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.layouts import open_folder, recognise
from polyclinic.layouts.public.siim_pneumothorax import mask_of

Write = Callable[..., Path]


def painted(written: str, height: int, width: int) -> np.ndarray:
    """The mask by the rule that the organisers give: gaps and runs along the columns, one after the other."""
    flat, place = np.zeros(height * width, bool), 0
    runs = [int(word) for word in written.split()]
    for gap, run in zip(runs[::2], runs[1::2], strict=True):
        place += gap
        flat[place : place + run] = True
        place += run
    return flat.reshape(width, height).T


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), min_size=1, max_size=4))
def test_gaps_and_runs_are_the_records_own_order(pairs: list[tuple[int, int]]) -> None:
    written = " ".join(f"{gap} {run}" for gap, run in pairs)
    mask = mask_of(written, (4, 6))
    assert mask is not None
    assert sum(mask.counts) == 24
    assert (mask.array() == painted(written, 4, 6)).all()


@pytest.mark.parametrize("written", ["1", "1 x", "20 5", "-3 4", "1 2 3"])
def test_runs_that_do_not_fit_are_no_mask(written: str) -> None:
    assert mask_of(written, (4, 6)) is None


def test_masks_presence_and_what_lacks(tmp_path: Path, paint: Write, text: Write) -> None:
    text(
        "train-rle.csv",
        "ImageId, EncodedPixels",
        "1.2.a, 8 2 3 1",
        "1.2.a, 0 1",
        "1.2.b, -1",
        "1.2.c, -1",
        "1.2.c, -1",
        "1.2.b, 400 1",
    )
    paint("dicom-images-train/1.2.a/1.2.0/1.2.a.png")
    paint("dicom-images-train/1.2.b/1.2.0/1.2.b.png")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "SIIM pneumothorax"
    a, b = held
    assert [f.present for f in (*a.findings, *b.findings)] == [True, False]
    assert [int(region.array.sum()) for region in a.regions] == [3, 1]
    assert (a.regions[0].array[2:4, 1].all(), b.regions) == (True, ())
    assert held.skipped == (
        "train-rle.csv line 5: image 1.2.c is missing",
        "train-rle.csv line 7: its run lengths do not fit the image",
    )
