"""Downloads: a broken one goes on where it ended, failures are told in words, and no address brings a secret along."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from polyclinic.errors import ReadError, UsageError
from polyclinic.store import remote
from polyclinic.store.remote import CHUNK, CREDENTIALS, TRIES, Download, check_address, is_remote

DATA = bytes(range(256)) * (10 * CHUNK // 256) + b"end"


class Line(io.BytesIO):
    """A file behind a line that breaks after some bytes of each reading."""

    def __init__(self, most: int, seeks: bool = True) -> None:
        super().__init__(DATA)
        self.left, self.seeks, self.size = most, seeks, len(DATA)

    def read(self, size: int | None = -1) -> bytes:
        if self.left <= 0:
            raise ConnectionResetError("broken off")
        data = super().read(size)
        self.left -= len(data)
        return data

    def seek(self, place: int, whence: int = 0) -> int:
        if not self.seeks:
            raise ValueError("Cannot seek streaming HTTP file")
        return super().seek(place, whence)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[IO[bytes] | Exception]:
    """What each opening of an address gives, the last for ever."""
    held: list[IO[bytes] | Exception] = []

    @contextmanager
    def opened(_: str) -> Iterator[IO[bytes]]:
        given = held.pop(0) if len(held) > 1 else held[0]
        if isinstance(given, Exception):
            raise given
        yield given

    monkeypatch.setattr(remote, "_opened", opened)
    monkeypatch.setattr(remote, "PAUSE_S", 0.0)
    return held


def download(folder: Path, size: int | None = len(DATA)) -> tuple[bytes, int]:
    """The file as it came, and how often it was begun."""
    part, begun = folder / "a.part", []

    def reserve(length: int) -> None:
        begun.append(length)
        part.write_bytes(b"\xee" * length)

    Download("s3://bucket/a", part, size, reserve).run()
    return part.read_bytes(), len(begun)


def test_a_broken_download_goes_on_where_it_ended(tmp_path: Path, lines: list[IO[bytes] | Exception]) -> None:
    lines += [Line(3 * CHUNK) for _ in range(4)]
    assert TRIES < len(lines)
    assert download(tmp_path) == (DATA, 1)


def test_a_server_that_gives_beginnings_only_is_asked_anew(tmp_path: Path, lines: list[IO[bytes] | Exception]) -> None:
    lines += [Line(3 * CHUNK, seeks=False), Line(2 * len(DATA), seeks=False)]
    assert download(tmp_path) == (DATA, 2)


def test_a_file_of_unknown_size_is_never_pieced_together(tmp_path: Path, lines: list[IO[bytes] | Exception]) -> None:
    lines += [Line(3 * CHUNK), Line(2 * len(DATA))]
    assert download(tmp_path, None) == (DATA, 2)


def test_tries_that_bring_nothing_end(tmp_path: Path, lines: list[IO[bytes] | Exception]) -> None:
    lines += [Line(3 * CHUNK), *(Line(0) for _ in range(TRIES - 1)), Line(len(DATA))]
    with pytest.raises(ReadError, match="cannot fetch s3://bucket/a: broken off"):
        download(tmp_path)
    assert len(lines) == 1


class NoCredentialsError(Exception):
    """As botocore's."""


class AnswerError(OSError):
    """As aiohttp's, with the status of the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answer {status}")
        self.status = status


@pytest.mark.parametrize(
    ("error", "tries", "hint"),
    [
        (NoCredentialsError("none found"), 1, CREDENTIALS),
        (PermissionError("Forbidden"), 1, CREDENTIALS),
        (AnswerError(401), 1, CREDENTIALS),
        (AnswerError(503), TRIES, "is the address right, and reachable?"),
        (FileNotFoundError("The specified bucket does not exist"), 1, "is the address right, and reachable?"),
        (TimeoutError(), TRIES, "is the address right, and reachable?"),
    ],
)
def test_failures_are_told(
    tmp_path: Path, lines: list[IO[bytes] | Exception], error: Exception, tries: int, hint: str
) -> None:
    lines += [error] * 9
    with pytest.raises(ReadError, match=f"cannot fetch s3://bucket/a: {error or 'TimeoutError'}") as caught:
        download(tmp_path)
    assert caught.value.hint == hint
    assert 9 - len(lines) == tries


@pytest.mark.parametrize(
    "place",
    [
        "s3://AKIAZEBRAFINK:Zebrafink@bucket/set",
        "s3://AKIAZEBRAFINK:Zebra/fink@bucket/set",
        "https://zebrafink@host/set",
        "https://host/set?X-Amz-Signature=zebrafink",
        "https://[zebrafink/set",
    ],
)
def test_an_address_with_a_secret_is_refused_and_not_quoted(place: str) -> None:
    with pytest.raises(UsageError, match=f"^this {place[: place.index(':')]} address carries") as caught:
        check_address(place)
    assert "zebra" not in f"{caught.value} {caught.value.hint}".lower()


def test_addresses() -> None:
    for place in ("s3://bucket/set", "http://127.0.0.1:8000/a@b", "https://[::1]:80/set", "memory://set"):
        check_address(place)
        assert is_remote(place)
    assert not any(is_remote(place) for place in ("C:/x", "/a://b", "file"))
