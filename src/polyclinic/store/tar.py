"""Tar archives read forward, member by member, with bounds on what a header may ask for.

`tarfile` reads extended headers and sparse maps of any size into memory, which a small compressed archive can
make endless; here only the plain header is parsed by it.

Source: POSIX.1-2001 pax interchange format; GNU tar's long names (type `L`).
"""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from polyclinic.errors import ReadError, UnsupportedError
from polyclinic.readers.files import read_head

BLOCK, CHUNK = 512, 2**18
MOST_HEADER = 2**20
ZSTD = b"\x28\xb5\x2f\xfd"
OPENERS: dict[bytes, Callable[[Path], object]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
KINDS = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.DIRTYPE: "folder",
    tarfile.SYMTYPE: "link",
    tarfile.LNKTYPE: "link",
    tarfile.GNUTYPE_SPARSE: "sparse file",
}
PAX, PAX_GLOBAL, LONG_NAME, LONG_LINK = tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, b"K"


class Stream(Protocol):
    """What an inflating file gives."""

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; fewer only at the end."""


@dataclass(frozen=True)
class Member:
    """One member; its bytes are there until the next is asked for.

    Args:
        kind: `file`, `folder`, or what else it is (`link`, `device` ...).
    """

    name: str
    kind: str
    chunks: Iterator[bytes]


def members(path: Path, spend: Callable[[int], None]) -> Iterator[Member]:
    """The members of a tar archive, in order.

    Args:
        spend: told of inflated bytes before they are read; stops by raising.

    Raises:
        ReadError: no tar, damaged, or with a header out of bounds.
        UnsupportedError: Zstandard without pyarrow.
    """
    with _opened(path) as file:
        source = _Source(path, cast(Stream, file), spend)
        extended: dict[str, str] = {}
        while (info := _header(source)) is not None:
            if info.type in (PAX, PAX_GLOBAL, LONG_NAME, LONG_LINK):
                extended |= _extended(source, info)
                continue
            kind = KINDS.get(info.type, "device")
            if any(key.startswith("GNU.sparse") for key in extended):
                kind = "sparse file"
            size = _size(source, extended.get("size"), info.size)
            chunks = source.body(0 if kind == "folder" else size)
            yield Member(extended.get("path", info.name), kind, chunks)
            for _ in chunks:
                pass
            extended = {}
        source.drain()


def _opened(path: Path) -> BinaryIO:
    head = read_head(path)
    if head.startswith(ZSTD):
        return _zstandard(path)
    opener = next((opener for mark, opener in OPENERS.items() if head.startswith(mark)), None)
    return cast(BinaryIO, path.open("rb") if opener is None else opener(path))


def _zstandard(path: Path) -> BinaryIO:
    try:
        pyarrow = importlib.import_module("pyarrow")  # untyped
    except ImportError as error:
        raise UnsupportedError(f"{path} is compressed by Zstandard", hint="pip install pyarrow reads it") from error
    return cast(BinaryIO, pyarrow.input_stream(str(path), compression="zstd"))


@dataclass
class _Source:
    """An inflating file that reports what it gives."""

    path: Path
    file: Stream
    spend: Callable[[int], None]

    def exactly(self, size: int) -> bytes:
        """So many bytes.

        Raises:
            ReadError: the archive ends before.
        """
        self.spend(size)
        data = self.file.read(size)
        if len(data) < size:
            raise ReadError(f"{self.path} is truncated", hint="copy it again from where it came")
        return data

    def drain(self) -> None:
        """Read to the end, where gzip and xz keep the sums of all before."""
        while data := self.file.read(CHUNK):
            self.spend(len(data))

    def body(self, size: int) -> Iterator[bytes]:
        """A member's bytes, then the filling up to the next block."""
        for start in range(0, size, CHUNK):
            yield self.exactly(min(CHUNK, size - start))
        if size % BLOCK:
            self.exactly(BLOCK - size % BLOCK)


def _header(source: _Source) -> tarfile.TarInfo | None:
    """The next header; None at the end: a block of zeros, or of nothing."""
    source.spend(BLOCK)
    block = source.file.read(BLOCK)
    if not block or block == bytes(BLOCK):
        return None
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.TarError as error:
        raise ReadError(f"{source.path} is no archive, or damaged: {error}") from error


def _extended(source: _Source, info: tarfile.TarInfo) -> dict[str, str]:
    """What a header says of the member after it."""
    if info.size > MOST_HEADER or info.size < 0:
        raise ReadError(f"{source.path} has a header of {info.size} bytes; the most is {MOST_HEADER}")
    data = b"".join(source.body(info.size))
    if info.type == LONG_NAME:
        return {"path": data.rstrip(b"\0").decode("utf-8", "surrogateescape")}
    return _records(source, data) if info.type == PAX else {}


def _records(source: _Source, data: bytes) -> dict[str, str]:
    """Pax records: `LENGTH KEY=VALUE` and a line's end, the length counting all of it."""
    found: dict[str, str] = {}
    while data.strip(b"\0"):
        length, _, _ = data[:20].partition(b" ")
        size = int(length) if length.isdigit() else 0
        key, equals, value = data[len(length) + 1 : max(size - 1, 0)].partition(b"=")
        if not equals or data[size - 1 : size] != b"\n":
            raise ReadError(f"{source.path} has a broken extended header")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        data = data[size:]
    return found


def _size(source: _Source, stated: str | None, plain: int) -> int:
    size = plain if stated is None else int(stated) if stated.isdigit() and len(stated) < 20 else -1
    if size < 0:
        raise ReadError(f"{source.path} has a member of no size")
    return size
