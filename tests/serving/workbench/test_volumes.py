"""Volumes for rendering: block means, geometry that stays put, and labels on which no region hides another."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from polyclinic.errors import PixelError, UnsupportedError, UsageError
from polyclinic.serving.workbench import volumes
from polyclinic.serving.workbench.volumes import averaged, labels_file, steps_of, thinned_grid, volume_file
from polyclinic.study import Image, Mask, Region

from .conftest import DEPTH, LYING, SIZE, V1

GRID = Image("v.nii", affine=LYING, spacing_mm=(3.0, 2.0, 2.0))


def opened(data: bytes) -> nibabel.Nifti1Image:
    return nibabel.Nifti1Image.from_bytes(data)


def test_blocks_become_their_mean_also_where_the_last_one_is_cut() -> None:
    volume = np.arange(2 * 2 * 5, dtype=np.int16).reshape(2, 2, 5)
    means = averaged(volume, (2, 2, 2))
    assert means.dtype == np.int16
    assert means.tolist() == [[[8, 10, 12]]]  # of 0, 1, 5, 6 and those ten above: 8; the last of 4, 9, 14, 19: 11.5


@given(
    shape=st.tuples(*[st.integers(1, 9)] * 3),
    steps=st.tuples(*[st.integers(1, 4)] * 3),
    seed=st.integers(0, 99),
)
def test_means_agree_with_a_loop_over_blocks(shape: tuple[int, ...], steps: tuple[int, ...], seed: int) -> None:
    volume = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    found = averaged(volume, steps)
    for place in np.ndindex(*found.shape):
        block = volume[tuple(slice(i * step, (i + 1) * step) for i, step in zip(place, steps, strict=True))]
        assert found[place] == pytest.approx(block.mean(), abs=1e-5)


def test_a_thinned_voxel_lies_amid_those_it_is_made_of() -> None:
    thin = np.array(thinned_grid(GRID, (1, 2, 3)).affine)
    of_three = np.array(LYING) @ [[1.0], [0.5], [0.0], [1.0]]  # x 0..2 have their middle at 1, y 0..1 at 0.5
    assert np.allclose(thin @ [0, 0, 0, 1], of_three.ravel())
    assert thinned_grid(GRID, (1, 2, 3)).spacing_mm == (3.0, 4.0, 6.0)


def test_no_side_is_longer_than_a_browser_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert steps_of((30, 512, 600)) == (1, 2, 3)
    pixels = np.arange(4 * 6 * 8, dtype=np.int16).reshape(1, 4, 6, 8)
    monkeypatch.setattr(volumes, "steps_of", lambda shape: steps_of(shape, 4))
    small = opened(volume_file(GRID, pixels))
    assert small.shape == (4, 3, 4)
    assert small.get_data_dtype() == np.int16


def test_the_smaller_region_is_on_top() -> None:
    shape = (2, 4, 4)
    all_of_it, corner = np.ones(shape, bool), np.zeros(shape, bool)
    corner[0, 0, 0] = True
    regions = {1: Region("corner", mask=Mask.from_array(corner)), 3: Region("all", mask=Mask.from_array(all_of_it))}
    labels = np.asarray(opened(labels_file(GRID, regions, shape)).dataobj)
    assert labels[0, 0, 0] == 1
    assert (labels.ravel()[1:] == 3).all()


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(PixelError, match="'odd'"):
        labels_file(GRID, {1: Region("odd", mask=Mask.from_array(np.ones((1, 2, 2), bool)))}, (2, 4, 4))


def test_a_picture_and_a_missing_channel_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="no depth"):
        volume_file(GRID, np.zeros((1, 1, 4, 4), np.uint8))
    with pytest.raises(UsageError, match="channel 1"):
        volume_file(GRID, np.zeros((1, 2, 4, 4), np.uint8), 1)


def test_the_server_gives_both_in_one_grid(client: TestClient) -> None:
    volume = opened(client.get(f"{V1}/volume", params={"study": "b-1"}).content)
    labels = opened(client.get(f"{V1}/labels", params={"study": "b-1"}).content)
    assert volume.shape == labels.shape == (SIZE[1], SIZE[0], DEPTH)
    assert np.allclose(volume.affine, LYING)
    assert np.allclose(labels.affine, LYING)
    assert np.asarray(volume.dataobj)[1, 0, 0] == 1
    assert client.get(f"{V1}/volume", params={"study": "a-1"}).status_code == 400
