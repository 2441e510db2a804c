"""What the readers share: the header they return, the size they refuse, the errors they raise."""

from __future__ import annotations

import contextlib
import importlib
import math
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from polyclinic.errors import PixelError, PolyclinicError, ReadError, UnsupportedError
from polyclinic.study import Pixels

MOST_BYTES = 2**31
HEAD_BYTES = 512


@dataclass(frozen=True)
class FileHeader:
    """What a file's header says.

    Args:
        shape: (channel, y, x) or (channel, z, y, x), as the pixels will have it.
        known: fields of `study.Image` that the header states.
    """

    shape: tuple[int, ...]
    known: Mapping[str, Any] = field(default_factory=dict)


class Reader(Protocol):
    """What a format's module has; the module itself is the reader."""

    ENDINGS: tuple[str, ...]

    def matches(self, head: bytes) -> bool:
        """Whether the first bytes are this format's."""

    def headless(self, head: bytes) -> bool:
        """Whether the file may still be read by its name alone, without the format's mark."""

    def header(self, path: Path) -> FileHeader:
        """Read the header."""

    def pixels(self, path: Path) -> Pixels:
        """Read the pixels."""

    def labels(self, path: Path) -> Pixels:
        """Read the pixels of a mask or label map."""


class ClaimingReader(Reader, Protocol):
    """The module of a format that more than a file's first bytes tells: its name, its folder, its pages."""

    def claims(self, path: Path) -> bool:
        """Whether the path is of this format."""


@runtime_checkable
class SlicedReader(Protocol):
    """What the module of a format of volumes has besides, where one slice can be read without the rest."""

    def plane(self, path: Path, index: int) -> Pixels:
        """Read one slice along z: (channel, y, x), as in `pixels`."""


@runtime_checkable
class ManyFilesReader(Protocol):
    """What the module of a format has besides whose images may lie in several files."""

    def files(self, path: Path) -> Iterable[Path]:
        """All files of an image."""


def read_head(path: Path) -> bytes:
    """The first bytes of a file.

    Raises:
        ReadError: missing, empty, or not a file.
    """
    with reading(path, "file"), path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise ReadError(f"{path} is empty", hint="copy it again from where it came")
    return head


def read_tail(path: Path, length: int) -> bytes:
    """The last bytes of a file."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - length, 0))
        return file.read(length)


class _Still:
    """Warnings ignored while any thread is within; the last to leave brings back what the first found.

    `warnings.catch_warnings` alone keeps them ignored for good where two threads overlap.
    """

    def __init__(self) -> None:
        self._lock, self._within = threading.Lock(), 0

    def __enter__(self) -> None:
        with self._lock:
            if self._within == 0:
                self._caught = warnings.catch_warnings(action="ignore")
                self._caught.__enter__()
            self._within += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._within -= 1
            if self._within == 0:
                self._caught.__exit__(None, None, None)


STILL = _Still()


@contextlib.contextmanager
def reading(path: Path, form: str, *, private: bool = False) -> Iterator[None]:
    """Turn whatever a decoder raises on damaged bytes into a `ReadError`, and keep its warnings quiet.

    Decoders meet hostile bytes with exceptions of any class, so all are caught here and only here.

    Args:
        form: the format, for the message.
        private: leave the decoder's own text out, since it may quote the file (a patient's name).
    """
    try:
        with STILL:
            yield
    except PolyclinicError:
        raise
    except FileNotFoundError as error:
        raise ReadError(f"{path} is missing", hint="check the path, or copy the file again") from error
    except Exception as error:
        told = type(error).__name__ if private else f"{error}" or type(error).__name__
        raise ReadError(f"cannot read {path} as {form}: {told}", hint="it may be truncated or damaged") from error


def library(name: str, form: str, install: str) -> Any:
    """An optional library's module.

    Args:
        form: what it reads, for the message.
        install: its packages.

    Raises:
        UnsupportedError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except (ImportError, OSError) as error:  # OSError: the module is there, its shared library is not
        raise UnsupportedError(f"{form} needs {name}, which is not installed", hint=f"pip install {install}") from error


def check_size(path: Path, shape: tuple[int, ...], itemsize: int) -> None:
    """Refuse, before anything is allocated, what a header claims beyond reason.

    Raises:
        ReadError: an empty side, or more bytes than `MOST_BYTES`.
    """
    if not shape or min(shape) < 1:
        raise ReadError(f"{path} claims the shape {shape}, which holds no pixels")
    if (size := math.prod(shape) * itemsize) > MOST_BYTES:
        raise ReadError(
            f"{path} claims the shape {shape}, {size / 2**30:.1f} GiB decoded; the most is {MOST_BYTES / 2**30:.0f}",
            hint="cut it into smaller images, or check whether its header is damaged",
        )


def check_plane(path: Path, shape: tuple[int, ...], index: int) -> None:
    """Refuse a slice that (channel, z, y, x) pixels do not have.

    Raises:
        PixelError: no volume, or no such slice in it.
    """
    if len(shape) != 4 or not 0 <= index < shape[1]:
        raise PixelError(f"{path} has no slice {index}: its shape is {shape}")
