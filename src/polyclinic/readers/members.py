"""Images inside a container, as though it were a folder: `shard.tar/000017.jpg`, `pathmnist.npz/train_images/17`.

Nothing is unpacked to disk. A tar has to be plain, so that a member is read at its own place; an array of an npz is
decoded once and kept while its items are asked for. A picture in a Parquet file is `train.parquet/image/17.png`: its
column and row, with the ending that it has outside.
"""

from __future__ import annotations

import os
import tarfile
import zipfile
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers import metaimage, parquet, photo
from polyclinic.readers.files import FileHeader, check_size, reading
from polyclinic.study import Pixels

ENDINGS: tuple[str, ...] = ()
TAR, NPZ = ".tar", ".npz"
CONTAINERS = (TAR, NPZ, parquet.ENDING)
MOST_MEMBERS = 2_000_000
MOST_MEMBER = 2**28
NUMBERS = "biuf"
COLOURS = 3


def container_of(path: Path) -> Path | None:
    """The container that a path leads into, None for a file of its own."""
    if not any(f"{ending}{os.sep}" in str(path).lower() for ending in CONTAINERS):
        return None
    return next((up for up in path.parents if up.name.lower().endswith(CONTAINERS) and os.path.isfile(up)), None)


def claims(path: Path) -> bool:
    """Whether a path leads into a container."""
    return container_of(path) is not None


def files(path: Path) -> tuple[Path, ...]:
    """The container that a member lies in."""
    return (_parted(path)[0],)


def matches(head: bytes) -> bool:
    """Never by a file's first bytes: a member is told by its path."""
    return False


def headless(head: bytes) -> bool:
    """Never by name alone either."""
    return False


def header(path: Path) -> FileHeader:
    """The shape of a member; one in a tar is decoded for it, as tars hold small files.

    Raises:
        ReadError: no such member, damaged, or too large.
    """
    container, inner = _parted(path)
    if container.name.lower().endswith(NPZ):
        shape = npz_arrays(container).get(inner.partition("/")[0])
        if shape is not None:
            return FileHeader(_item(shape))
    return FileHeader(pixels(path).shape)


def pixels(path: Path) -> Pixels:
    """Decode a member.

    Raises:
        ReadError: no such member, damaged, or too large.
    """
    container, inner = _parted(path)
    if not container.name.lower().endswith(NPZ):
        return photo.pixels_of(file_bytes(path), path)
    name, _, place = inner.partition("/")
    array = npz_array(container, name)
    if not place.isdigit() or int(place) >= len(array):
        raise ReadError(f"{container} has no item {place or '?'} in {name}, which holds {len(array)}")
    item = array[int(place)]
    return np.ascontiguousarray(np.moveaxis(item, -1, 0)) if _is_colour(item.shape) else item[None]


def labels(path: Path) -> Pixels:
    """Decode a member as a mask."""
    return pixels(path)


def file_bytes(path: Path) -> bytes:
    """The bytes of a member as a file of its own: its own in a tar or a Parquet file, a MetaImage of an array's item.

    Raises:
        ReadError: no such member, or too large.
    """
    container, inner = _parted(path)
    if container.name.lower().endswith(TAR):
        return member_bytes(container, inner)
    if container.name.lower().endswith(NPZ):
        return metaimage.encode(pixels(path))
    column, _, row = PurePosixPath(inner).with_suffix("").as_posix().rpartition("/")
    if not row.isdecimal():
        raise ReadError(f"{container} has no row {row or '?'}")
    return parquet.cell_bytes(container, column, int(row))


def tar_members(path: Path) -> dict[str, tuple[int, int]]:
    """Offset and size of each plain file in a tar, by name.

    Raises:
        ReadError: no tar, a packed one, or one of more than 2,000,000 members.
    """
    return _tar_members(path, *_status(path))


def member_bytes(path: Path, name: str) -> bytes:
    """The bytes of a tar's member.

    Raises:
        ReadError: no such member, or one of more than 256 MiB.
    """
    place = tar_members(path).get(name)
    if place is None:
        raise ReadError(f"{path} has no member {name}")
    return _bytes_at(path, name, *place)


def member_pixels(path: Path, name: str, offset: int, size: int) -> Pixels:
    """Decode a tar's member whose place is known; unlike `pixels` it needs no index of the tar.

    Raises:
        ReadError: damaged, or too large.
    """
    return photo.pixels_of(_bytes_at(path, name, offset, size), path / name)


def _bytes_at(path: Path, name: str, offset: int, size: int) -> bytes:
    if size > MOST_MEMBER:
        raise ReadError(f"{path}: member {name} holds {size} bytes; the most is {MOST_MEMBER}")
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(size)
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror}") from error
    if len(data) < size:
        raise ReadError(f"{path} is truncated inside its member {name}", hint="copy it again from where it came")
    return data


def npz_arrays(path: Path) -> dict[str, tuple[int, ...]]:
    """The shapes of an npz file's arrays by name, from their headers.

    Raises:
        ReadError: no zip file, or an array of something other than numbers.
    """
    return _npz_arrays(path, *_status(path))


def npz_array(path: Path, name: str) -> Pixels:
    """One array of an npz file; the last four are kept.

    Raises:
        ReadError: no such array, too large, of something other than numbers, or damaged.
    """
    return _npz_array(path, name, *_status(path))


@lru_cache(maxsize=16)
def _tar_members(path: Path, modified: int, size: int) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    with reading(path, "a plain tar"), tarfile.open(path, "r:") as tar:
        for member in tar:
            if member.isreg() and not member.issparse():
                found[member.name.removeprefix("./")] = (member.offset_data, member.size)
            tar.members.clear()  # type: ignore[attr-defined]  # tarfile keeps every header that it has seen
            if len(found) > MOST_MEMBERS:
                raise ReadError(f"{path} holds more than {MOST_MEMBERS} members")
    return found


@lru_cache(maxsize=16)
def _npz_arrays(path: Path, modified: int, size: int) -> dict[str, tuple[int, ...]]:
    with reading(path, "an npz file"), zipfile.ZipFile(path) as held:
        names = [name for name in held.namelist() if name.endswith(".npy")]
        return {name.removesuffix(".npy"): _npy_header(held, path, name)[0] for name in names}


@lru_cache(maxsize=4)
def _npz_array(path: Path, name: str, modified: int, size: int) -> Pixels:
    with reading(path, "an npz file"), zipfile.ZipFile(path) as held:
        if f"{name}.npy" not in held.namelist():
            raise ReadError(f"{path} has no array {name}", hint=f"it has {', '.join(held.namelist()[:12])}")
        shape, itemsize = _npy_header(held, path, f"{name}.npy")
        check_size(path, shape, itemsize)
        with held.open(f"{name}.npy") as file:
            array: Pixels = np.lib.format.read_array(file)  # refuses objects unless told otherwise
    array.flags.writeable = False
    return array


def _npy_header(held: zipfile.ZipFile, path: Path, name: str) -> tuple[tuple[int, ...], int]:
    with held.open(name) as file:
        shape, dtype = _npy_head(file)
    if dtype.kind not in NUMBERS:
        raise ReadError(
            f"{path}: array {name} holds {dtype}, expected numbers", hint="pickled objects are never opened"
        )
    return shape, dtype.itemsize


def _npy_head(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return tuple(shape), dtype


def _item(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape as pixels of one item of an array of images."""
    return (shape[-1], *shape[1:-1]) if _is_colour(shape[1:]) else (1, *shape[1:])


def _is_colour(shape: tuple[int, ...]) -> bool:
    return len(shape) >= 3 and shape[-1] == COLOURS


def _parted(path: Path) -> tuple[Path, str]:
    container = container_of(path)
    if container is None:
        raise ReadError(f"{path} leads into no container")
    return container, path.relative_to(container).as_posix()


def _status(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror}") from error
    return status.st_mtime_ns, status.st_size
