"""One image whose channels lie in a file each: its path names them all, `well_f01_{w1,w2,w3}.tif`.

Such a path stands for files in one folder and is stored in a collection as any other. A file of colours (a stain's
picture in false colour) gives its largest channel, as there is one stain in it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers.files import FileHeader, check_plane, check_size
from polyclinic.study import Pixels

ENDINGS: tuple[str, ...] = ()
NAME = re.compile(r"([^{}/]*)\{([^{},/]+(?:,[^{},/]+)+)\}([^{}/]*)")
MOST_FILES = 64
WIDEST = 8  # bytes of the widest number


def joined(before: str, tokens: tuple[str, ...], after: str) -> str:
    """The name that stands for several files.

    Example:
        >>> joined("a_", ("w1", "w2"), ".tif")
        'a_{w1,w2}.tif'
    """
    return f"{before}{{{','.join(tokens)}}}{after}"


def claims(path: Path) -> bool:
    """Whether a name stands for several files, and is not itself one."""
    return NAME.fullmatch(path.name) is not None and not os.path.exists(
        path
    )  # pathlib's raises where names are too long


def matches(head: bytes) -> bool:
    """Names have no first bytes: see `claims`."""
    return False


def headless(head: bytes) -> bool:
    """Names are looked at by `claims`."""
    return False


def header(path: Path) -> FileHeader:
    """Shape, with the tokens as channel names; spacing and what else the first file says.

    Raises:
        ReadError: a file is missing or damaged, or they differ in size.
    """
    from polyclinic.readers import read_header

    headers = {token: read_header(file) for token, file in _members(path).items()}
    sizes = {token: found.shape[1:] for token, found in headers.items()}
    if len(set(sizes.values())) > 1:
        raise ReadError(f"{path}: its channels differ in size: {sizes}")
    many = {token: found.shape[0] for token, found in headers.items() if found.shape[0] not in (1, 3)}
    if many:
        raise ReadError(f"{path}: {many} channels in one file, expected one")
    first = next(iter(headers.values()))
    shape = (len(headers), *first.shape[1:])
    check_size(path, shape, WIDEST)
    return FileHeader(shape, {**first.known, "channels": tuple(headers)})


def pixels(path: Path) -> Pixels:
    """Decode to (channel, [z,] y, x), a channel a file, in a number type that holds all of them.

    Raises:
        ReadError: as `header`.
    """
    from polyclinic.readers import read_pixels

    header(path)
    return np.stack([_single(read_pixels(file)) for file in _members(path).values()])


def plane(path: Path, index: int) -> Pixels:
    """Decode one slice along z to (channel, y, x).

    Raises:
        ReadError: as `header`.
        PixelError: no such slice.
    """
    from polyclinic.readers import read_slice

    check_plane(path, header(path).shape, index)
    return np.stack([_single(read_slice(file, index)) for file in _members(path).values()])


def labels(path: Path) -> Pixels:
    """A mask's values are its pixels."""
    return pixels(path)


def files(path: Path) -> list[Path]:
    """The channels' files."""
    return list(_members(path).values())


def _single(array: Pixels) -> Any:
    return array[0] if len(array) == 1 else array.max(axis=0)


def _members(path: Path) -> dict[str, Path]:
    found = NAME.fullmatch(path.name)
    tokens = found[2].split(",") if found else []
    if found is None or len(tokens) > MOST_FILES or len(set(tokens)) < len(tokens):
        raise ReadError(f"{path} names {len(tokens)} files, expected up to {MOST_FILES} different ones")
    return {token: path.with_name(f"{found[1]}{token}{found[3]}") for token in tokens}
