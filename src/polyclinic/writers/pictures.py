"""Flat images as PNG or JPEG, for forms that other tools open with an ordinary image library.

A PNG or JPEG goes as it is, unless its EXIF turns it: tools that pass EXIF over would see it turned against its masks.
Everything else becomes a PNG of the same values, or is refused where PNG cannot hold them: nothing is scaled.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np

from polyclinic.errors import PixelError
from polyclinic.store.export import place_file
from polyclinic.study import Image, Pixels

AS_THEY_ARE = (".png", ".jpg", ".jpeg")
ORIENTATION = 0x0112
COLOURS = (1, 3)


def place_picture(image: Image, root: Path, folder: Path, stem: str, *, link: bool = False) -> str:
    """Write an image into a folder; its file's name comes back.

    Args:
        root: the collection's.
        stem: the file's name without its ending.

    Raises:
        PixelError: a volume, or values that PNG cannot hold.
        ReadError: the file is missing or damaged.
    """
    source, ending = root / image.path, PurePosixPath(image.path).suffix.lower()
    if image.slice is None and ending in AS_THEY_ARE and source.is_file() and not _turned(source):
        place_file(source, folder / f"{stem}{ending}", link=link)
        return f"{stem}{ending}"
    flat = flat_pixels(image)
    folder.mkdir(parents=True, exist_ok=True)
    write_png(folder / f"{stem}.png", flat)
    return f"{stem}.png"


def flat_pixels(image: Image) -> Pixels:
    """An image's pixels as (channel, y, x).

    Raises:
        PixelError: a volume of more than one slice.
    """
    pixels = image.pixels
    if pixels.ndim == 4 and pixels.shape[1] == 1:
        pixels = pixels[:, 0]
    if pixels.ndim != 3:
        raise PixelError("a volume: the form holds flat images")
    return pixels


def write_png(path: Path, pixels: Pixels) -> None:
    """Write (channel, y, x) pixels of 8 bits, or grey ones of 16.

    Raises:
        PixelError: another number of channels, or values beyond those bits.
    """
    from PIL import Image as Pillow

    if len(pixels) not in COLOURS:
        raise PixelError(f"{len(pixels)} channels: a PNG holds one or three")
    fitted = whole(pixels)
    if fitted.dtype == np.uint16 and len(fitted) == 3:
        raise PixelError("colours of 16 bits: a PNG of them is not written")
    array = fitted[0] if len(fitted) == 1 else fitted.transpose(1, 2, 0)
    Pillow.fromarray(np.ascontiguousarray(array)).save(path)


def whole(pixels: Pixels) -> Pixels:
    """The same values as 8 or 16 bits without sign, whichever suffices; 16-bit files stay 16-bit.

    Raises:
        PixelError: fractions, negative values, or more than 16 bits.
    """
    if pixels.dtype in (np.uint8, np.uint16):
        return pixels
    if pixels.dtype == bool:
        return pixels.astype(np.uint8) * np.uint8(255)
    low, high = pixels.min(), pixels.max()
    if pixels.dtype.kind == "f" and not (np.isfinite(pixels).all() and (pixels == np.round(pixels)).all()):
        raise PixelError("fractions: a PNG holds whole numbers, and a window would have to be chosen")
    if low < 0 or high > np.iinfo(np.uint16).max:
        raise PixelError(
            "values below 0 or beyond 16 bits: a PNG does not hold them, and a window would have to be chosen"
        )
    return pixels.astype(np.uint8 if high <= np.iinfo(np.uint8).max else np.uint16)


def _turned(path: Path) -> bool:
    from PIL import Image as Pillow

    from polyclinic.readers.files import reading

    with reading(path, "an image"), Pillow.open(path) as photo:
        return bool(photo.getexif().get(ORIENTATION, 1) != 1)
