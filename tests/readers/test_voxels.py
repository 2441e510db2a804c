"""The block of numbers behind a text header: what it may claim, where it may lie, and how it is placed."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from polyclinic.errors import PixelError, ReadError
from polyclinic.readers.voxels import LAS, LPS, RAS, Voxels, affine_ras, beside, numbers, writable

BYTE = np.dtype("u1")


def test_a_packed_file_cannot_hold_more_than_deflate_can_pack(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x\x9c" + bytes(98))
    Voxels(path, 0, (100, 1032), BYTE, packed_at=0).check()
    with pytest.raises(ReadError, match="is truncated"):
        Voxels(path, 0, (101, 1032), BYTE, packed_at=0).check()


def test_gzip_says_at_its_end_how_much_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"head" + gzip.compress(bytes(24)))
    Voxels(path, 0, (4, 6), BYTE, packed_at=4).check()
    with pytest.raises(ReadError, match="announces 25 bytes"):
        Voxels(path, 1, (4, 6), BYTE, packed_at=4).check()


@pytest.mark.parametrize(("sides", "channel"), [((5,), None), ((2, 3), 0), ((1, 2, 3, 4), None)])
def test_images_have_two_or_three_axes_in_space(tmp_path: Path, sides: tuple[int, ...], channel: int | None) -> None:
    (tmp_path / "a").write_bytes(bytes(100))
    with pytest.raises(ReadError, match="two or three in space"):
        Voxels(tmp_path / "a", 0, sides, BYTE, channel).check()


def test_a_flat_image_has_no_slices(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(6)))
    block = Voxels(tmp_path / "a", 0, (3, 2), BYTE)
    assert block.read().tolist() == [[[0, 1, 2], [3, 4, 5]]]
    with pytest.raises(PixelError, match="no slice 0"):
        block.plane(0)


def test_files_beside(tmp_path: Path) -> None:
    (tmp_path / "a.raw").touch()
    assert beside(tmp_path / "a.mhd", " ./a.raw ") == tmp_path / "a.raw"
    for name in ("", "..", "../a.raw", "..\\a.raw", "/a.raw", "sub/a.raw"):
        with pytest.raises(ReadError, match="not beside it"):
            beside(tmp_path / "a.mhd", name)


def test_lists_of_numbers_are_short() -> None:
    assert numbers(" 1 -2.5e3 ") == (1.0, -2500.0)
    with pytest.raises(ValueError, match="300 values"):
        numbers("1 " * 300)


@pytest.mark.parametrize(("turn", "signs"), [(RAS, (1, 1)), (LAS, (-1, 1)), (LPS, (-1, -1))])
def test_spaces(turn: tuple[float, float, float], signs: tuple[int, int]) -> None:
    affine = affine_ras(np.diag([2.0, 3.0, 4.0]), np.array([10.0, 20.0, 30.0]), turn)
    x, y = signs
    assert affine == ((2 * x, 0, 0, 10 * x), (0, 3 * y, 0, 20 * y), (0, 0, 4, 30), (0, 0, 0, 1))


def test_a_placing_that_is_none() -> None:
    assert affine_ras(np.diag([1.0, 0.0, 1.0]), np.zeros(3), RAS) is None
    assert affine_ras(np.eye(3), np.array([np.nan, 0, 0]), RAS) is None


def test_writable() -> None:
    own, borrowed = np.zeros(2), np.frombuffer(b"ab", np.uint8)
    assert writable(own) is own
    assert writable(borrowed).flags.writeable
