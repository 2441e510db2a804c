"""Images that come with a request: looked at, bounded, and laid down under a name of the server's own.

An image is data, never a path or an address: nothing that a request names is opened or fetched. Only formats that
are whole in one file are taken, as others name further files inside. What a header claims is checked before any pixel
is decoded; pixels are decoded in the worker's process.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import math
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

from polyclinic.errors import PolyclinicError
from polyclinic.readers import dicom, nifti, photo
from polyclinic.readers.files import HEAD_BYTES, reading
from polyclinic.serving.refusals import TOO_LARGE, UNPROCESSABLE, RefusedError

DATA_URI = re.compile(r"data:[\w.+-]*/?[\w.+-]*(?:;[\w=.+-]+)*;base64,", re.ASCII)
GZIP = b"\x1f\x8b"
TAKEN = "PNG, JPEG, GIF, PPM, DICOM (one file), NIfTI"


def from_base64(text: str) -> bytes:
    """Bytes of base64 text, bare or as a data URI.

    Raises:
        RefusedError: it is something else, such as a path or an address.
    """
    found = DATA_URI.match(text[:200])
    try:
        return base64.b64decode(text[found.end() if found else 0 :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedError(
            "an image is expected as base64 data or as a base64 data URI",
            status=UNPROCESSABLE,
            hint="paths and addresses are never opened; send the file's bytes",
        ) from error


@contextlib.contextmanager
def laid_down(images: dict[str, bytes], folder: Path, most_pixels: int) -> Iterator[dict[str, str]]:
    """Paths of images for as long as they are asked about.

    Args:
        images: name of the request's field -> bytes.
        folder: the server's own, which no one else may read.

    Raises:
        RefusedError: of no format that is taken, damaged, or with more pixels than allowed.
    """
    paths: dict[str, Path] = {}
    try:
        for name, data in images.items():
            path = folder / f"{uuid.uuid4().hex}{_ending(data, name)}"
            paths[name] = path
            path.write_bytes(data)
            _check_pixels(path, data, name, most_pixels)
        yield {name: str(path) for name, path in paths.items()}
    finally:
        for path in paths.values():
            path.unlink(missing_ok=True)


def _ending(data: bytes, name: str) -> str:
    """By the content; the readers decide the same way."""
    head = data[:HEAD_BYTES]
    if photo.matches(head):
        return ".png"
    if dicom.matches(head):
        return ".dcm"
    with contextlib.suppress(PolyclinicError):
        if nifti.matches(head):
            return ".nii.gz" if head.startswith(GZIP) else ".nii"
    raise RefusedError(f"{name} is no image of a format that is taken", status=UNPROCESSABLE, hint=f"taken: {TAKEN}")


def _check_pixels(path: Path, data: bytes, name: str, most: int) -> None:
    try:
        claimed = math.prod(_claimed(path, data))
    except RefusedError:
        raise
    except PolyclinicError as error:
        raise RefusedError(
            str(error).replace(str(path), name), status=UNPROCESSABLE, hint="it may be truncated or damaged"
        ) from error
    if claimed > most:
        raise RefusedError(
            f"{name} claims {claimed} pixels; the most is {most}", status=TOO_LARGE, hint="make it smaller"
        )


def _claimed(path: Path, data: bytes) -> tuple[int, ...]:
    """The shape that a header claims; a photograph's without the reader's look at its end, which may decode."""
    if path.suffix != ".png":
        return (dicom if path.suffix == ".dcm" else nifti).header(path).shape
    from PIL import Image

    with reading(path, "an image"):
        try:
            with Image.open(io.BytesIO(data), formats=photo.FORMATS) as picture:
                return (len(picture.getbands()), picture.height, picture.width)
        except Image.DecompressionBombError as error:
            raise RefusedError("the image claims too many pixels", status=TOO_LARGE, hint="make it smaller") from error
