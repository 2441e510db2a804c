"""One shard: a tar file of whole Studies, whose bytes depend on nothing but what goes into it.

A shard is written beside its place and moved there whole, then its rows of the index follow the same way. A
shard that has its rows, with the fingerprint of what should go into it, is finished.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from polyclinic.errors import PolyclinicError, ReadError
from polyclinic.readers import image_files
from polyclinic.readers.members import container_of, file_bytes
from polyclinic.store.collection import inside, line_of
from polyclinic.store.index import facts, schema, shard_name
from polyclinic.store.members import check_member_size, distinct_files, member_names
from polyclinic.study import PLANAR, Study

if TYPE_CHECKING:
    import pyarrow as pa

PARTS = ".unfinished"
BLOCK = 512
HEADERS = 2 * BLOCK  # a member's header and at most so much filling
PRINT = b"fingerprint"
ONE_FILE = "shards hold a file an image; convert it to one first"


@dataclass(frozen=True)
class Packed:
    """A Study on its way into a shard.

    Args:
        text: its line of `studies.jsonl`.
        facts: its row of the index, without the places.
        files: path in the Study, size and time of change of each file.
    """

    key: str
    text: bytes
    facts: Mapping[str, Any]
    files: tuple[tuple[str, int, int], ...]

    @property
    def nbytes(self) -> int:
        """At most so many bytes of the shard."""
        return len(self.text) + HEADERS + sum(size + HEADERS for _, size, _ in self.files)


@dataclass(frozen=True)
class Job:
    """One shard to write: everything that a worker process needs."""

    number: int
    root: Path
    out: Path
    studies: tuple[Packed, ...]

    @property
    def fingerprint(self) -> bytes:
        """Changes with anything that goes into the shard, as far as sizes and times of files tell."""
        digest = hashlib.blake2b(digest_size=16)
        for packed in self.studies:
            digest.update(f"{packed.key} {packed.facts} {packed.files}".encode() + packed.text)
        return digest.hexdigest().encode()

    @property
    def rows(self) -> Path:
        """Where the shard's rows of the index wait for the others."""
        return self.out / PARTS / f"{self.number:06d}.parquet"

    @property
    def finished(self) -> bool:
        """Whether an earlier, interrupted call wrote the same shard."""
        from pyarrow import parquet

        if not self.rows.is_file() or not (self.out / shard_name(self.number)).is_file():
            return False
        return (parquet.read_schema(self.rows).metadata or {}).get(PRINT) == self.fingerprint


def pack(study: Study, key: str, split: str, root: Path) -> Packed:
    """Gather what of a Study goes into a shard; the files stay where they are.

    Raises:
        ReadError: a file is missing, a folder, one of several that an image needs, or too large.
        UsageError: a file that runs code when it is read.
        RecordError: a path that leaves the collection.
    """
    paths = distinct_files(study)
    member_names(key, paths)
    sizes = []
    for path in paths:
        place = inside(path, root=root, where=study.id)
        size, modified = _looked_at(place, f"study {study.id}", path)
        check_member_size(size, f"study {study.id}: {path}")
        sizes.append((path, size, modified))
    return Packed(key, line_of(study).encode(), facts(study, split), tuple(sizes))


def _looked_at(place: Path, who: str, path: str) -> tuple[int, int]:
    """Size and time of change of what goes into the shard; a member of a container is read for it."""
    container = container_of(place)
    try:
        status = (container or place).stat()
    except OSError as error:
        raise ReadError(f"{who}: cannot read {path}: {error.strerror}") from error
    if container is not None:
        return len(file_bytes(place)), status.st_mtime_ns
    if not place.is_file():
        raise ReadError(f"{who}: {path} is a folder", hint=ONE_FILE)
    if not path.lower().endswith(PLANAR) and (beside := [file for file in image_files(place) if file != place]):
        raise ReadError(f"{who}: {path} keeps its data in {beside[0].name} as well", hint=ONE_FILE)
    return status.st_size, status.st_mtime_ns


def write_shard(job: Job) -> int:
    """Write a shard and its rows of the index, unless they are there.

    Returns:
        How many Studies it holds.

    Raises:
        ReadError: a file changed or went away since it was looked at.
    """
    import pyarrow as pa
    from pyarrow import parquet

    if job.finished:
        return len(job.studies)
    job.rows.unlink(missing_ok=True)
    shard = job.out / shard_name(job.number)
    part = shard.with_name(f"{shard.name}.part")
    with part.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
            rows = [_add(tar, packed, job) for packed in job.studies]
        file.flush()
        os.fsync(file.fileno())
    part.replace(shard)
    table: pa.Table = pa.Table.from_pylist(rows, schema=schema())
    unfinished = job.rows.with_name(f"{job.rows.name}.part")
    parquet.write_table(table.replace_schema_metadata({PRINT: job.fingerprint}), unfinished)
    unfinished.replace(job.rows)
    return len(job.studies)


def _add(tar: tarfile.TarFile, packed: Packed, job: Job) -> dict[str, Any]:
    """Add a Study's members; its row of the index."""
    names = member_names(packed.key, tuple(path for path, _, _ in packed.files))
    members = [_member(tar, names[0], None, io.BytesIO(packed.text), len(packed.text))]
    for name, (path, size, _) in zip(names[1:], packed.files, strict=True):
        try:
            with _opened(job.root / path) as file:
                members.append(_member(tar, name, path, file, size))
                if file.read(1):
                    raise ReadError(f"{path} has grown while it was packed", hint="run the command again")
        except PolyclinicError:
            raise
        except OSError as error:
            raise ReadError(f"cannot pack {path}: {error}", hint="did it change meanwhile? run it again") from error
    return {"key": packed.key, "shard": job.number, "members": members, **packed.facts}


def _opened(place: Path) -> IO[bytes]:
    return place.open("rb") if container_of(place) is None else io.BytesIO(file_bytes(place))


def _member(tar: tarfile.TarFile, name: str, path: str | None, file: IO[bytes], size: int) -> dict[str, Any]:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    offset = tar.offset + BLOCK
    counted = _Counted(file)
    tar.addfile(info, counted)
    return {"name": name, "path": path, "offset": offset, "size": size, "crc32": counted.crc32}


class _Counted(io.RawIOBase):
    """Reads a file and sums up what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.crc32 = file, 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.crc32 = zlib.crc32(data, self.crc32)
        return data


def cut(packed: Iterable[Packed], most_bytes: int, most_studies: int) -> Iterator[tuple[Packed, ...]]:
    """Studies in order, dealt to shards that stay below a size; a larger Study has a shard for itself."""
    held: list[Packed] = []
    nbytes = 0
    for one in packed:
        if held and (nbytes + one.nbytes > most_bytes or len(held) == most_studies):
            yield tuple(held)
            held, nbytes = [], 0
        held.append(one)
        nbytes += one.nbytes
    if held:
        yield tuple(held)
