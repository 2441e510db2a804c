"""Plain PNGs through libpng: the same as Pillow's pixels, and nothing that Pillow would refuse or see otherwise."""

from __future__ import annotations

import io
import random
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzz_mutations import PNG, mutate, png_bomb, png_chunk
from PIL import Image as Pillow
from PIL import PngImagePlugin

from polyclinic.errors import ReadError
from polyclinic.readers import photo, png, read_pixels

NAME = Path("a.png")
GREY = np.random.default_rng(0).integers(0, 255, (40, 50), dtype=np.uint8)
DEEP = GREY.astype(np.uint16) * 257 + 1
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1)


def saved(picture: Pillow.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", **options)
    return out.getvalue()


def raw(rows: bytes, width: int = 4, height: int = 4, interlaced: int = 0) -> bytes:
    """A grey PNG of these filtered rows."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, interlaced)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return PNG + b"".join(png_chunk(kind, body) for kind, body in chunks)


def by_pillow(data: bytes) -> Any:
    with photo._open(NAME, data) as picture:
        return photo._decoded(picture)


@pytest.mark.parametrize("pixels", [GREY, DEEP, COLOUR], ids=["grey", "deep", "colour"])
def test_plain_ones_have_their_pixels(pixels: Any) -> None:
    found = png.decode(saved(Pillow.fromarray(pixels), dpi=(72, 72)), NAME)
    assert found is not None
    assert found.dtype == pixels.dtype
    assert found.flags.c_contiguous
    assert np.array_equal(found, pixels.transpose(2, 0, 1) if pixels.ndim == 3 else pixels[None])


def with_text() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Raw profile type exif", "x")
    return saved(Pillow.fromarray(GREY), pnginfo=told)


def turned() -> bytes:
    exif = Pillow.Exif()
    exif[photo.ORIENTATION] = 6
    return saved(Pillow.fromarray(GREY), exif=exif)


@pytest.mark.parametrize(
    "data",
    [
        saved(Pillow.fromarray(GREY), transparency=3),
        saved(Pillow.fromarray(GREY).convert("1")),
        saved(Pillow.fromarray(COLOUR).quantize(9)),
        saved(Pillow.fromarray(COLOUR).convert("RGBA")),
        turned(),
        with_text(),
        raw(bytes(20), interlaced=1),
        raw(bytes(20))[:-12],
        raw(bytes(20))[:40],
        raw(bytes(10)),
        b"",
    ],
    ids="transparent bits palette alpha turned text interlaced endless cut short empty".split(),
)
def test_all_others_are_left_to_pillow(data: bytes) -> None:
    assert png.decode(data, NAME) is None


def test_damage_is_never_taken_for_pixels() -> None:
    seeds = [saved(Pillow.fromarray(pixels)) for pixels in (GREY, DEEP, COLOUR)]
    taken = 0
    for number in range(600):
        data = mutate(seeds[number % 3], random.Random(number))
        found = None
        with suppress(ReadError):
            found = png.decode(data, NAME)
        if found is not None:
            taken += 1
            assert np.array_equal(found, by_pillow(data))
    assert taken > 50


def test_a_claim_is_refused_before_memory_is_taken() -> None:
    with pytest.raises(ReadError, match=r"claims the shape \(3, 100000, 100000\)"):
        png.decode(png_bomb(), NAME)


def test_readers_go_this_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(saved(Pillow.fromarray(GREY)))
    monkeypatch.setattr(photo, "_open", None)
    assert np.array_equal(read_pixels(tmp_path / "a.png")[0], GREY)
    assert np.array_equal(photo.pixels_of(saved(Pillow.fromarray(GREY)), NAME)[0], GREY)


def test_odd_files_are_read_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    assert png.decode(raw(bytes(20) + b"more" * 9), NAME) is not None
    assert capfd.readouterr() == ("", "")
