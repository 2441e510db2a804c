"""Random access in gzip and zlib streams: the inflater's state is kept every few megabytes of a file.

A stream can only be read from its start. Whoever asks for one slice of a volume after the other would inflate
all that lies before it each time; from a kept state the way is never longer than `STEP`.
"""

from __future__ import annotations

import io
import threading
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.study import Pixels

STEP = 2**21
MOST_PLACES = 64  # of at most 80 kB each, for each of `FILES` files
FILES = 8
CHUNK = 2**15
MOST_PLAIN = 2**18  # plain bytes taken out of the inflater at once
MOST_RATIO = 1032  # deflate packs no better than this
GZIP = b"\x1f\x8b"
EITHER = zlib.MAX_WBITS | 32  # gzip or zlib, as the stream's first bytes say


@dataclass(frozen=True)
class _Place:
    """The inflater's state: how many plain bytes it has given, and from where it takes packed ones."""

    plain: int
    packed: int
    inflater: Any


class Inflated(io.RawIOBase):
    """The plain bytes of a packed file, from any position on. Checksums behind what is read are not looked at.

    Args:
        path: the file; gzip of several members, or one zlib stream.
        start: where in the file the stream begins.

    Raises:
        zlib.error: damaged.
        EOFError: the stream breaks off.
    """

    def __init__(self, path: Path, start: int = 0) -> None:
        super().__init__()
        status = path.stat()
        self._step = max(STEP, status.st_size // 16)
        self._file = path.open("rb", buffering=0)
        self._left = memoryview(b"")
        self._places = _places(path, status.st_mtime_ns, status.st_size, start)
        self._go_to(self._places[0])

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes, at the cost of inflating what lies between."""
        return True

    def tell(self) -> int:
        """The position in the plain bytes."""
        return self._plain - len(self._left)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a plain position; the end is unknown, so only distances from the start count."""
        if whence != io.SEEK_SET or offset < 0:
            raise io.UnsupportedOperation("an inflated stream is sought from its start only")
        place = max((p for p in self._places if p.plain <= offset), key=lambda p: p.plain)
        if offset < self.tell() or place.plain > self._plain:
            self._go_to(place)
        while self.tell() < offset:
            if not self._filled():
                break
            self._left = self._left[min(offset - self.tell(), len(self._left)) :]
        return self.tell()

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer, or as much of it as the stream still has."""
        wanted, done = memoryview(buffer).cast("B"), 0
        while done < len(wanted) and self._filled():
            part = self._left[: len(wanted) - done]
            wanted[done : done + len(part)] = part
            self._left = self._left[len(part) :]
            done += len(part)
        return done

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _go_to(self, place: _Place) -> None:
        self._inflater, self._plain, self._left = place.inflater.copy(), place.plain, memoryview(b"")
        self._file.seek(place.packed)

    def _filled(self) -> bool:
        """Whether plain bytes lie ready, after taking some out of the inflater where none did."""
        while not self._left:
            if self._inflater.eof and not self._next_member():
                return False
            packed = self._inflater.unconsumed_tail or self._file.read(CHUNK)
            if not packed:
                raise EOFError("the packed stream breaks off")
            plain = self._inflater.decompress(packed, MOST_PLAIN)
            self._left, self._plain = memoryview(plain), self._plain + len(plain)
            self._keep()
        return True

    def _next_member(self) -> bool:
        start = self._file.tell() - len(self._inflater.unused_data)
        self._file.seek(start)
        found = self._file.read(len(GZIP)) == GZIP
        if found:
            self._file.seek(start)
            self._inflater = zlib.decompressobj(EITHER)
        return found

    def _keep(self) -> None:
        with _LOCK:
            far = self._plain >= self._places[-1].plain + self._step
            if far and len(self._places) < MOST_PLACES and not self._inflater.eof:
                self._places.append(_Place(self._plain, self._file.tell(), self._inflater.copy()))


_LOCK = threading.Lock()


@lru_cache(maxsize=FILES)
def _places(path: Path, modified: int, size: int, start: int) -> list[_Place]:
    """The kept states of one file, as long as it does not change."""
    return [_Place(0, start, zlib.decompressobj(EITHER))]


def inflated_whole(path: Path, size: int) -> Pixels | None:
    """All plain bytes of a gzip file of one member in one go, several times as fast as a stream.

    Args:
        size: how many bytes there have to be; the caller has seen that the file can hold them.

    Returns:
        The bytes, their checksum looked at; None where they are damaged, or more or fewer: a stream can tell why.
    """
    from imagecodecs import DeflateError, gzip_decode

    plain = np.empty(size, np.uint8)
    try:
        found = gzip_decode(path.read_bytes(), out=plain)
    except DeflateError:
        return None
    return plain if len(found) == size else None


def inflated_head(head: bytes, most: int) -> bytes:
    """The first plain bytes of a packed file's first bytes; none where they are damaged."""
    try:
        return zlib.decompressobj(EITHER).decompress(head, most)
    except zlib.error:
        return b""
