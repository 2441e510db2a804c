"""A bounded folder of copies of remote files, shared by all processes of a machine.

A copy has its whole name only when it is whole. Room is made before a download begins: the file is given its
full length at once, so that downloads under way count too. What was used least recently goes first; a process
that has a copy open keeps it, since the system holds on to an open file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from polyclinic.errors import ReadError, UsageError

MOST_BYTES = 20 * 2**30
TRIES, PAUSE_S = 3, 0.5
CHUNK = 2**20
PART, LOCK = ".part", ".lock"
REMOTE = ("http", "https", "s3", "gs", "gcs", "az", "abfs", "memory")


@dataclass(frozen=True)
class Cache:
    """A folder for copies.

    Args:
        most_bytes: room for all copies together.
    """

    folder: Path
    most_bytes: int = MOST_BYTES

    def open(self, url: str, size: int | None) -> int:
        """A descriptor of the file's copy, which is made first where there is none.

        Args:
            size: in bytes; None where it is not known, so that no copy is trusted and a new one is made.

        Raises:
            ReadError: it cannot be fetched, or is of another size.
            UsageError: it is larger than the cache.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        copy = self.copy_of(url)
        while True:
            if size is not None and (held := _opened(copy, size)) is not None:
                return held
            with _locked(copy.with_suffix(LOCK)):
                if size is None or not copy.is_file() or copy.stat().st_size != size:
                    self._fetch(url, copy, size)
                if (held := _opened(copy, copy.stat().st_size)) is not None:
                    return held

    def copy_of(self, url: str) -> Path:
        """Where the copy of an address is, or will be; addresses of files that are called alike do not meet."""
        return self.folder / f"{hashlib.blake2b(url.encode(), digest_size=12).hexdigest()}.copy"

    def _fetch(self, url: str, copy: Path, size: int | None) -> None:
        part = copy.with_suffix(PART)
        for attempt in range(1, TRIES + 1):
            try:
                with _remote(url) as source:
                    length = size if size is not None else _length(source, url)
                    self._reserve(part, length)
                    _copy(source, part, length, url)
                part.replace(copy)
                return
            except UsageError:
                raise
            except Exception as error:  # the libraries behind fsspec raise exceptions of any class
                part.unlink(missing_ok=True)
                if attempt == TRIES or isinstance(error, FileNotFoundError):
                    said = f"{error}" or type(error).__name__
                    raise ReadError(
                        f"cannot fetch {url}: {said}", hint="is the address right, and reachable?"
                    ) from error
                time.sleep(PAUSE_S * attempt)

    def _reserve(self, part: Path, size: int) -> None:
        """Make room, and take it by a file of full length."""
        if size > self.most_bytes:
            raise UsageError(
                f"a file of {size} bytes does not fit into a cache of {self.most_bytes}",
                hint="give the cache more room",
            )
        with _locked(self.folder / LOCK):
            self._drop_abandoned(part)
            held = sorted(self._held(), key=lambda entry: entry[1].st_mtime_ns)
            left = self.most_bytes - sum(status.st_size for _, status in held)
            for path, status in held:
                if left >= size:
                    break
                if path.suffix != PART:
                    path.unlink(missing_ok=True)
                    left += status.st_size
            with part.open("wb") as file:
                file.truncate(size)

    def _held(self) -> list[tuple[Path, os.stat_result]]:
        found = []
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):
                if LOCK not in (path.suffix, path.name):
                    found.append((path, path.stat()))
        return found

    def _drop_abandoned(self, own: Path) -> None:
        """Downloads whose process has died: nobody holds their lock."""
        for part in self.folder.glob(f"*{PART}"):
            if part != own:
                with suppress(BlockingIOError), _locked(part.with_suffix(LOCK), wait=False):
                    part.unlink(missing_ok=True)


def is_remote(place: str) -> bool:
    """Whether a place is an address that fsspec reads.

    Example:
        >>> is_remote("s3://bucket/set"), is_remote("/data/set")
        (True, False)
    """
    return place.partition("://")[0] in REMOTE and "://" in place


def default_folder() -> Path:
    """Where copies go unless the user says otherwise: below `XDG_CACHE_HOME`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "polyclinic" / "shards"


def _opened(copy: Path, size: int) -> int | None:
    """A descriptor where the copy is there and whole; using it makes it young."""
    try:
        held = os.open(copy, os.O_RDONLY)
    except FileNotFoundError:
        return None
    if os.fstat(held).st_size != size:
        os.close(held)
        return None
    with suppress(OSError):
        os.utime(copy)
    return held


@contextmanager
def _locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock between processes; the system lets it go with the process."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


@contextmanager
def _remote(url: str) -> Iterator[IO[bytes]]:
    try:
        import fsspec
    except ImportError as error:
        raise UsageError(f"{url} needs the library fsspec", hint="pip install 'polyclinic[remote]'") from error
    try:
        opened = fsspec.open(url, "rb")
    except (ImportError, ValueError) as error:
        raise UsageError(f"{url} cannot be read: {error}", hint="pip install 'polyclinic[remote]'") from error
    with opened as source:
        yield source


def _length(source: IO[bytes], url: str) -> int:
    size = getattr(source, "size", None)
    if not isinstance(size, int):
        raise OSError(f"{url} does not say how long it is")
    return size


def _copy(source: IO[bytes], part: Path, size: int, url: str) -> None:
    """Copy exactly so many bytes.

    Raises:
        OSError: there are fewer, or more.
    """
    done = 0
    with part.open("r+b") as file:
        while done < size and (data := source.read(min(CHUNK, size - done))):
            file.write(data)
            done += len(data)
    if done < size or source.read(1):
        raise OSError(f"expected {size} bytes, got {done if done < size else 'more'}")
