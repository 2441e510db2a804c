"""PNG, JPEG, GIF and PPM, most through Pillow: 16-bit grey kept, palettes resolved, alpha laid on black, EXIF applied.

Of a GIF with several frames the first is read.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from polyclinic.readers import png
from polyclinic.readers.files import MOST_BYTES, FileHeader, check_size, read_head, read_tail, reading
from polyclinic.study import PLANAR, Pixels

if TYPE_CHECKING:
    from PIL import Image as Pillow

ENDINGS: tuple[str, ...] = PLANAR
PNG, JPEG, GIF, PPM = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", (b"P5\n", b"P6\n", b"P5 ", b"P6 ")
FORMATS = ("PNG", "JPEG", "GIF", "PPM")
ENDS = {PNG: b"IEND", JPEG: b"\xff\xd9", GIF: b";"}  # a PPM has none
GREY_PIXELS = {"1": 1, "L": 1, "I": 4, "F": 4, "I;16": 2, "I;16B": 2, "I;16L": 2}
SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap the two sides
ORIENTATION, LATE_EXIF = 0x0112, b"eXIf"


def matches(head: bytes) -> bool:
    """Whether the first bytes are those of one of these formats."""
    return head.startswith((PNG, JPEG, GIF, *PPM))


def headless(head: bytes) -> bool:
    """None of the formats does without its mark."""
    return False


def header(path: Path) -> FileHeader:
    """Size and channels; a file whose end mark is not in place is decoded to see whether it is whole.

    Raises:
        ReadError: truncated, damaged, or too large.
    """
    with reading(path, "an image"), _open(path) as photo:
        width, height = photo.size
        if _turned(path, photo):
            width, height = height, width
        if photo.mode == "P" and photo.format == "PNG":
            photo.load()  # a chunk behind the pixels may make some of them transparent
        grey = photo.mode in GREY_PIXELS or photo.mode == "LA" or _grey_palette(photo)
        shape = (1 if grey else 3, height, width)
        _check_whole(path)
    return FileHeader(shape)


def pixels(path: Path) -> Pixels:
    """Decode to (1, y, x) or (3, y, x).

    Raises:
        ReadError: truncated, damaged, or too large.
    """
    with reading(path, "an image"):
        data = path.read_bytes() if _may_be_plain(path) else None
        return _pixels(path, data)


def pixels_of(data: bytes, path: Path) -> Pixels:
    """Decode the bytes of a file that lies in another one; as `pixels`.

    Args:
        path: what it is called, for errors.
    """
    with reading(path, "an image"):
        return _pixels(path, data)


def labels(path: Path) -> Pixels:
    """Decode a mask: palette indices stay as they are, and JPEG is cut at half its range."""
    if read_head(path).startswith(JPEG):
        return (pixels(path) >= 128).astype(np.uint8) * 255
    with reading(path, "a mask"), _open(path) as photo:
        if photo.mode == "P":
            return np.asarray(photo)[None].copy()
    return pixels(path)


def _may_be_plain(path: Path) -> bool:
    return read_head(path).startswith(png.START) and path.stat().st_size <= MOST_BYTES


def _pixels(path: Path, data: bytes | None) -> Pixels:
    plain = None if data is None else png.decode(data, path)
    if plain is not None:
        return plain
    with _open(path, data) as photo:
        return _decoded(photo)


def _decoded(photo: Pillow.Image) -> Pixels:
    from PIL import ImageOps

    ImageOps.exif_transpose(photo, in_place=True)  # else it makes a copy, turned or not
    array = np.asarray(_plain(photo))
    if array.dtype == bool:
        array = array.astype(np.uint8) * 255
    return array[None] if array.ndim == 2 else np.ascontiguousarray(array.transpose(2, 0, 1))


def _open(path: Path, data: bytes | None = None) -> Pillow.Image:
    from PIL import Image

    photo = Image.open(path if data is None else io.BytesIO(data), formats=FORMATS)
    check_size(path, (len(photo.getbands()), photo.height, photo.width), GREY_PIXELS.get(photo.mode, 1))
    return photo


def _turned(path: Path, photo: Pillow.Image) -> bool:
    """Whether EXIF swaps the sides; a PNG is decoded for that only where EXIF stands behind its pixels."""
    if photo.format == "PNG" and "exif" not in photo.info:
        if LATE_EXIF not in read_tail(path, 2**16):
            return False
        photo.load()
    return photo.getexif().get(ORIENTATION) in SIDEWAYS


def _check_whole(path: Path) -> None:
    head = read_head(path)
    mark = next((end for start, end in ENDS.items() if head.startswith(start)), None)
    if mark is None or mark not in read_tail(path, 64):
        pixels(path)


def _plain(photo: Pillow.Image) -> Pillow.Image:
    """The photo in a mode that is plain grey or plain colour."""
    if photo.mode in GREY_PIXELS:
        return photo
    if photo.mode == "P":
        photo = (
            photo.convert("RGBA" if "transparency" in photo.info else "RGB")
            if not _grey_palette(photo)
            else photo.convert("L")
        )
    if photo.mode in ("LA", "PA", "RGBA", "La", "RGBa"):
        return _on_black(photo, "L" if photo.mode in ("LA", "La") else "RGB")
    return photo if photo.mode in ("L", "RGB") else photo.convert("RGB")


def _on_black(photo: Pillow.Image, mode: str) -> Pillow.Image:
    from PIL import Image

    whole = photo.convert("LA" if mode == "L" else "RGBA")
    ground = Image.new(mode, photo.size)
    ground.paste(whole.convert(mode), mask=whole.getchannel("A"))
    return ground


def _grey_palette(photo: Pillow.Image) -> bool:
    """Whether a palette image holds nothing but greys, all opaque."""
    if photo.mode != "P" or "transparency" in photo.info:
        return False
    table = np.array(photo.getpalette("RGB") or [], dtype=np.uint8).reshape(-1, 3)
    return bool((table == table[:, :1]).all())
