"""A bounded folder of copies of remote files, shared by all processes of a machine.

A copy has its whole name only when it is whole. Room is made before a download begins: the file is given its
full length at once, so that downloads under way count too. What was used least recently goes first; a process
that has a copy open keeps it, since the system holds on to an open file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from polyclinic.errors import PolyclinicError, UsageError
from polyclinic.store.remote import Download

MOST_BYTES = 20 * 2**30
PART, LOCK = ".part", ".lock"


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
                held = None if size is None else _opened(copy, size)
                if held is None:
                    self._fetch(url, copy, size)
                    held = _opened(copy, size)  # none where another process needed the room at once
                if held is not None:
                    return held

    def copy_of(self, url: str) -> Path:
        """Where the copy of an address is, or will be; addresses of files that are called alike do not meet."""
        return self.folder / f"{hashlib.blake2b(url.encode(), digest_size=12).hexdigest()}.copy"

    def drop(self, url: str) -> None:
        """Forget a copy that turned out to be damaged, or of an older file."""
        self.copy_of(url).unlink(missing_ok=True)

    def _fetch(self, url: str, copy: Path, size: int | None) -> None:
        part = copy.with_suffix(PART)
        try:
            Download(url, part, size, partial(self._reserve, part)).run()
        except PolyclinicError:
            part.unlink(missing_ok=True)
            raise
        part.replace(copy)

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


def default_folder() -> Path:
    """Where copies go unless the user says otherwise: below `XDG_CACHE_HOME`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "polyclinic" / "shards"


def _opened(copy: Path, size: int | None) -> int | None:
    """A descriptor where the copy is there and of that size, if any is asked for; using it makes it young."""
    try:
        held = os.open(copy, os.O_RDONLY)
    except FileNotFoundError:
        return None
    if size is not None and os.fstat(held).st_size != size:
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
