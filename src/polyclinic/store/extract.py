"""Archives from strangers, unpacked into a folder of their own: whole, or not at all.

Zip (stored, deflated) and tar (plain, gzip, bzip2, xz, Zstandard where pyarrow is there) are told apart by their
content. Only plain files and folders come out. A name that leaves the folder, a link, a device, a second file of a
name, or more bytes than the caps allow stops everything, and nothing is left behind. Sizes are counted while
inflating, so what a header claims is believed only where it is a reason to stop early.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from polyclinic.errors import ReadError, UsageError
from polyclinic.readers.files import read_head, reading
from polyclinic.store.tar import Member, members

CHUNK = 2**18
ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
ZIP_ENTRY, ZIP_LOCAL = 256, 30  # bytes: a long entry of the directory, the header before a member's data
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1


@dataclass(frozen=True)
class Limits:
    """What one archive may hold.

    Args:
        members: files and folders.
        bytes: of all files together.
        ratio: inflated to packed bytes, looked at beyond `slack` bytes (deflate cannot pass 1032).
        name: characters of a path; each part of it must fit a file system's 255 bytes.
        depth: folders in one another.
    """

    members: int = 200_000
    bytes: int = 2**36
    ratio: float = 300.0
    slack: int = 2**24
    name: int = 1000
    depth: int = 32


def extract(archive: Path, into: Path, limits: Limits | None = None) -> int:
    """Unpack an archive into a new folder; it appears there under its name when it is whole.

    Args:
        into: must not exist yet; its parent must.

    Returns:
        How many files there are.

    Raises:
        UsageError: `into` exists, or its parent does not.
        ReadError: no archive, damaged, or unsafe; names the member.
        UnsupportedError: Zstandard without the library for it.
    """
    if os.path.lexists(into) or not into.parent.is_dir():
        raise UsageError(f"cannot unpack into {into}: it {'exists' if os.path.lexists(into) else 'has no parent'}")
    packed = _Archive(archive, limits or Limits())
    with _unfinished(into) as part, reading(archive, "an archive"):
        count = 0
        for name, chunks in packed.entries():
            count += _write(part, packed.checked(name, folder=chunks is None), chunks)
        part.rename(into)
    return count


@contextlib.contextmanager
def _unfinished(into: Path) -> Iterator[Path]:
    """A fresh folder beside the target, gone afterwards unless it was moved; nobody else can have put a link there."""
    part = Path(tempfile.mkdtemp(prefix=f".{into.name[:100]}.", suffix=".part", dir=into.parent))
    try:
        part.chmod(0o777 & ~_umask())
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _write(part: Path, name: PurePosixPath, chunks: Iterable[bytes] | None) -> int:
    """Make one folder or file; 1 for a file."""
    target = part / name
    if chunks is None:
        target.mkdir(parents=True, exist_ok=True)
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        for chunk in chunks:
            out.write(chunk)
    return 1


@dataclass
class _Archive:
    """One archive, what it may hold, and what came out of it so far."""

    path: Path
    limits: Limits
    count: int = 0
    inflated: int = 0
    member: str = "its first member"
    seen: dict[str, bool] = field(default_factory=dict)

    def entries(self) -> Iterator[tuple[str, Iterable[bytes] | None]]:
        """Names with their bytes, in the archive's order; None for a folder."""
        if read_head(self.path).startswith(ZIP_MARKS):
            yield from self._zipped()
        else:
            for one in members(self.path, self.spend):
                self._begin(one.name)
                yield one.name, self._tarred(one)

    def checked(self, name: str, *, folder: bool) -> PurePosixPath:
        """The path below the target that a member's name means.

        Two names that differ by case or by the form of an accent are one name on some disks: refused, too.
        """
        pure = PurePosixPath(name)
        if folder and name in (".", "./"):
            return pure
        if why := _unsafe(name, pure, self.limits):
            self.refuse(why)
        key, above = _key(pure), [_key(up) for up in pure.parents]
        taken = self.seen.get(key)
        if (taken is not None and not (folder and taken)) or any(self.seen.get(up) is False for up in above):
            self.refuse("would overwrite another member")
        self.seen |= {**dict.fromkeys(above, True), key: folder}
        return pure

    def spend(self, count: int) -> None:
        """Count inflated bytes, before or as they come."""
        self.inflated += count
        if self.inflated > self.limits.bytes:
            self.refuse(f"passes the cap of {self.limits.bytes} bytes")
        if self.inflated > self.limits.slack + self.limits.ratio * self.path.stat().st_size:
            self.refuse(f"inflates to more than {self.limits.ratio:g} times the archive's size")

    def refuse(self, why: str) -> NoReturn:
        """Stop, and name the member."""
        raise ReadError(
            f"{self.path}: {_shown(self.member)} {why}; nothing was unpacked",
            hint="unpack it by other means only if you trust where it came from",
        )

    def _begin(self, name: str) -> None:
        self.member = name
        self.count += 1
        if self.count > self.limits.members:
            self.refuse(f"is one more than the {self.limits.members} members allowed")

    def _tarred(self, one: Member) -> Iterable[bytes] | None:
        if one.kind not in ("file", "folder"):
            self.refuse(f"is a {one.kind}")
        return None if one.kind == "folder" else one.chunks

    def _zipped(self) -> Iterator[tuple[str, Iterable[bytes] | None]]:
        with self.path.open("rb") as file, zipfile.ZipFile(_Bounded(file, self)) as held:
            infos = held.infolist()
            needed = sum(info.compress_size + ZIP_LOCAL for info in infos)
            if needed > self.path.stat().st_size:
                self.refuse("and others lie over one another")
            for info in infos:
                self._begin(info.orig_filename)
                if why := _unread(info):
                    self.refuse(why)
                yield info.orig_filename, None if info.is_dir() else self._inflated(held, info)

    def _inflated(self, held: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
        with held.open(info) as source:
            while chunk := source.read(CHUNK):
                self.spend(len(chunk))
                yield chunk


class _Bounded:
    """A file for `zipfile`, which reads a directory of any size at one go: a huge one is refused before."""

    def __init__(self, file: Any, archive: _Archive) -> None:
        self.file, self.archive = file, archive
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        most = max(self.archive.limits.members * ZIP_ENTRY, 2**20)
        if size > most:
            self.archive.refuse(f"stands in a directory of {size} bytes; the most is {most}")
        data: bytes = self.file.read(most if size < 0 else size)
        return data


def _unsafe(name: str, pure: PurePosixPath, limits: Limits) -> str | None:
    """Why a name must not be written, None where it may."""
    if pure.is_absolute() or ".." in pure.parts or ":" in name.partition("/")[0]:
        return "leaves the folder"
    if not pure.parts or "\\" in name or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
        return "has a name that is no plain path"
    if len(name) > limits.name or max(len(part.encode()) for part in pure.parts) > 255:
        return f"has a name of {len(name)} characters"
    return f"lies deeper than {limits.depth} folders" if len(pure.parts) > limits.depth else None


def _key(path: PurePosixPath) -> str:
    """What a disk may take for the same name."""
    return unicodedata.normalize("NFC", path.as_posix()).casefold()


def _unread(info: zipfile.ZipInfo) -> str | None:
    """Why a zip's member is not read, None where it is."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if info.flag_bits & ENCRYPTED:
        return "is encrypted"
    return None if info.compress_type in METHODS else f"is compressed by method {info.compress_type}"


def _shown(name: str) -> str:
    """A name as a message can show it."""
    return ascii(name if len(name) <= 120 else f"{name[:100]}...")
