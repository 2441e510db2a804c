from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile

from polyclinic.errors import ReadError
from polyclinic.readers import pages, read_header, read_pixels
from polyclinic.readers.pages import check_pages


def three(path: Path, **options: bool | str) -> Path:
    with tifffile.TiffWriter(path, **options) as writer:  # type: ignore[arg-type]
        for _ in range(3):
            writer.write(np.zeros((4, 5), np.uint8), contiguous=False, photometric="minisblack")
    return path


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_loop_is_refused_in_every_dialect(tmp_path: Path, big: bool, order: str) -> None:
    path = three(tmp_path / "a.tif", bigtiff=big, byteorder=order)
    check_pages(path)
    with tifffile.TiffFile(path) as file:
        offsets = [page.offset for page in file.pages]
        entries = [len(page.tags) for page in file.pages]
    end = offsets[2] + (8 + 20 * entries[2] if big else 2 + 12 * entries[2])
    data = bytearray(path.read_bytes())
    struct.pack_into(f"{order}{'Q' if big else 'I'}", data, end, offsets[1])
    path.write_bytes(data)
    for read in (check_pages, read_header, read_pixels):
        with pytest.raises(ReadError, match="does not end"):
            read(path)


def test_too_many_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = three(tmp_path / "a.tif")
    monkeypatch.setattr(pages, "MOST_PAGES", 2)
    with pytest.raises(ReadError, match="does not end"):
        check_pages(path)


@pytest.mark.parametrize(
    "data", [b"", b"II*\0", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08\xff\xff", b"II+\0" + b"\xff" * 20]
)
def test_a_broken_end_is_left_to_the_reader(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    check_pages(path)
