"""Files far away, read through fsspec: in tries that go on where the last one broke off, with failures in words.

Addresses stand in messages, logs and the records of runs. So one that carries a password or a token is refused;
credentials come from where each library looks for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from polyclinic.errors import PolyclinicError, ReadError, UsageError

REMOTE = ("http", "https", "s3", "gs", "gcs", "az", "abfs", "memory")
TRIES, PAUSE_S = 3, 0.5
CHUNK = 2**20
DENIED = (401, 403)
CREDENTIALS = "credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_PROFILE ...), ~/.aws, or fsspec's settings"


def is_remote(place: str) -> bool:
    """Whether a place is an address that fsspec reads.

    Example:
        >>> is_remote("s3://bucket/set"), is_remote("/data/set")
        (True, False)
    """
    return place.partition("://")[0] in REMOTE and "://" in place


def check_address(place: str) -> None:
    """Refuse an address that carries a secret, without quoting it.

    Raises:
        UsageError: it has a user, a password or a query.
    """
    try:
        parts = urlsplit(place)
        plain = "@" not in parts.netloc and not parts.query and (parts.port is None or parts.port > 0)
    except ValueError:  # a password with a slash reads as a port that is no number
        plain = False
    if not plain:
        scheme = place.partition("://")[0]
        raise UsageError(f"this {scheme} address carries a user, a password or a query", hint=CREDENTIALS)


@dataclass
class Download:
    """One file on its way.

    Args:
        part: where it goes.
        size: in bytes; None where it is not known before.
        reserve: makes `part` a file of so many bytes.
    """

    url: str
    part: Path
    size: int | None
    reserve: Callable[[int], None]
    done: int = 0

    def run(self) -> None:
        """Fetch all of it. A try that brought much does not count as failed: the next begins where it ended.

        Raises:
            ReadError: it is missing, of another size, not to be had, or refused.
            UsageError: nothing reads such addresses, or there is no room.
        """
        failures = 0
        while True:
            before = self.done
            try:
                self._go_on()
                return
            except PolyclinicError:
                raise
            except Exception as error:  # the libraries behind fsspec raise exceptions of any class
                failures = 1 if self.done >= before + CHUNK else failures + 1
                if failures == TRIES or _is_final(error):
                    raise _told(self.url, error) from error
            time.sleep(PAUSE_S * failures)

    def _go_on(self) -> None:
        with _opened(self.url) as source:
            size = _length(source, self.url) if self.size is None else self.size
            if self.size is None or not (self.done and _moved(source, self.done)):
                self.done = 0
                self.reserve(size)
            self._copy(source, size)

    def _copy(self, source: IO[bytes], size: int) -> None:
        """Copy up to exactly so many bytes.

        Raises:
            OSError: there are fewer, or more.
        """
        with self.part.open("r+b") as file:
            file.seek(self.done)
            while self.done < size and (data := source.read(min(CHUNK, size - self.done))):
                file.write(data)
                self.done += len(data)
        if self.done < size or source.read(1):
            raise OSError(f"expected {size} bytes, got {self.done if self.done < size else 'more'}")


def _moved(source: IO[bytes], place: int) -> bool:
    """Go to a place; false where the server gives files from their beginning only."""
    try:
        return source.seek(place) == place
    except ValueError:
        return False


def _length(source: IO[bytes], url: str) -> int:
    size = getattr(source, "size", None)
    if not isinstance(size, int):
        raise OSError(f"{url} does not say how long it is")
    return size


@contextmanager
def _opened(url: str) -> Iterator[IO[bytes]]:
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


def _is_denied(error: Exception) -> bool:
    """Whether credentials are lacking or not enough; by name, since only S3 brings botocore's classes along."""
    return (
        isinstance(error, PermissionError)
        or getattr(error, "status", None) in DENIED
        or "Credential" in type(error).__name__
    )


def _is_final(error: Exception) -> bool:
    return isinstance(error, FileNotFoundError) or _is_denied(error)


def _told(url: str, error: Exception) -> ReadError:
    said = f"{error}" or type(error).__name__
    return ReadError(
        f"cannot fetch {url}: {said}", hint=CREDENTIALS if _is_denied(error) else "is the address right, and reachable?"
    )
