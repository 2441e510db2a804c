"""What NRRD and MetaImage share: a text header that tells of one block of numbers, plain or packed.

The block lies behind the header or in a file beside it, never elsewhere. Nothing is allocated before the header's
claims were held against the file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import ReadError
from polyclinic.readers.files import check_plane, check_size, read_tail
from polyclinic.readers.inflate import GZIP, MOST_RATIO, Inflated
from polyclinic.study import Pixels

HEADER_BYTES = 2**20
MOST_AXES = 16
RAS, LAS, LPS = (1.0, 1.0, 1.0), (-1.0, 1.0, 1.0), (-1.0, -1.0, 1.0)

Affine = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Voxels:
    """A block of numbers in a file.

    Args:
        path: the file that holds it.
        start: the block's first byte in the file, or in the plain bytes of a packed file after `packed_at`.
        sides: lengths of the axes, fastest first, those of one non-spatial element left out.
        channel: which of the axes holds channels; the others are x, y and, where there are three, z.
        packed_at: where the gzip or zlib stream begins; None for plain numbers.
    """

    path: Path
    start: int
    sides: tuple[int, ...]
    dtype: np.dtype[Any]
    channel: int | None = None
    packed_at: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the pixels: (channel, [z,] y, x)."""
        spatial = tuple(side for axis, side in enumerate(self.sides) if axis != self.channel)
        return (1 if self.channel is None else self.sides[self.channel], *spatial[::-1])

    def check(self) -> None:
        """Hold the claims against the file.

        Raises:
            ReadError: no image's axes, empty, too large, or more than the file can hold.
        """
        if not 3 <= len(self.shape) <= 4:
            raise ReadError(f"{self.path} has the axes {self.sides}; an image has two or three in space")
        check_size(self.path, self.shape, self.dtype.itemsize)
        announced = self.start + math.prod(self.sides) * self.dtype.itemsize
        held = self.path.stat().st_size
        if self.packed_at is not None:
            held = (held - self.packed_at) * MOST_RATIO
            if self._is_gzip():
                held = min(held, int.from_bytes(read_tail(self.path, 4), "little"))
        if held < announced:
            raise ReadError(f"{self.path} is truncated: its header announces {announced} bytes", hint="copy it again")

    def read(self) -> Pixels:
        """All of it, (channel, [z,] y, x)."""
        flat = np.empty(math.prod(self.sides), self.dtype)
        with self._open() as file:
            file.seek(self.start)
            if file.readinto(flat.view(np.uint8)) != flat.nbytes:
                raise EOFError("the data break off")
            file.read(1)  # a packed stream checks itself at its end
        return self._ours(flat.reshape(self.sides, order="F"), self.channel)

    def plane(self, index: int) -> Pixels:
        """One slice along z, (channel, y, x); of a packed file nothing behind it is read."""
        from nibabel.fileslice import fileslice

        check_plane(self.path, self.shape, index)
        depth = max(axis for axis in range(len(self.sides)) if axis != self.channel)
        cut = tuple(index if axis == depth else slice(None) for axis in range(len(self.sides)))
        with self._open() as file:
            array = fileslice(file, cut, self.sides, self.dtype, self.start, order="F")
        channel = self.channel if self.channel is None or self.channel < depth else self.channel - 1
        return self._ours(array, channel)

    def _is_gzip(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(self.packed_at or 0)
            return file.read(len(GZIP)) == GZIP

    def _open(self) -> Any:
        return self.path.open("rb") if self.packed_at is None else Inflated(self.path, self.packed_at)

    def _ours(self, array: Pixels, channel: int | None) -> Pixels:
        turned = array.T
        turned = turned[None] if channel is None else np.moveaxis(turned, turned.ndim - 1 - channel, 0)
        return writable(np.ascontiguousarray(turned).astype(self.dtype.newbyteorder("="), copy=False))


def writable(array: Pixels) -> Pixels:
    """The array itself, or a copy where its memory is a decoder's own."""
    return array if array.flags.writeable else array.copy()


def beside(path: Path, name: str) -> Path:
    """The file of this name in the folder of `path`.

    Raises:
        ReadError: the name leads out of the folder, by itself or by a link.
    """
    plain = name.strip().replace("\\", "/").removeprefix("./")
    found = path.parent / plain
    if not plain or "/" in plain or plain in (".", "..") or found.resolve().parent != path.parent.resolve():
        raise ReadError(
            f"{path} keeps its data in {name!r}, which is not beside it", hint="put both files into one folder"
        )
    if not found.is_file():
        raise ReadError(f"{found} is missing: {path.name} keeps its data there", hint="copy both files together")
    return found


def numbers(text: str, most: int = MOST_AXES**2) -> tuple[float, ...]:
    """The numbers of a header's line.

    Raises:
        ValueError: something else, or absurdly many.
    """
    words = text.split()
    if len(words) > most:
        raise ValueError(f"{len(words)} values where at most {most} are expected")
    return tuple(map(float, words))


def affine_ras(directions: NDArray[Any], origin: NDArray[Any], turn: tuple[float, float, float]) -> Affine | None:
    """The voxel-to-world matrix in RAS+; None where it is not finite or squashes the volume.

    Args:
        directions: (3, 3), a row for each of x, y, z: the step to the next voxel, in millimetres.
        origin: centre of the first voxel, in millimetres.
        turn: signs that turn the file's space to RAS: one of `RAS`, `LAS`, `LPS`.
    """
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = np.asarray(directions).T, origin
    matrix = np.diag([*turn, 1.0]) @ matrix
    if not np.isfinite(matrix).all() or not np.linalg.det(matrix[:3, :3]):
        return None
    return tuple(tuple(float(value) + 0.0 for value in row) for row in matrix)  # + 0.0: no negative zeros
