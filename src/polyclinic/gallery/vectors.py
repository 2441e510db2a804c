"""An index of vectors on disk: `vectors.npy`, `rows.jsonl` with the ids, and `index.json` with what made them.

Vectors are appended in blocks. A block counts once its line stands in `rows.jsonl`, which is written after the
vectors are on the disk: after a kill, what lies beyond the last whole line is cut off and made anew.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import ReadError, RecordError, UsageError
from polyclinic.records import from_plain, to_plain

FACTS, ROWS, VECTORS = "index.json", "rows.jsonl", "vectors.npy"
SCHEMA = 1
# Numpy leaves room in the header for a first axis that grows, so that it can be written over.
HEADER_BYTES = 128
Dtype = Literal["float16", "float32"]


@dataclass(frozen=True)
class Maker:
    """What an index was made of; one that is gone on with must be made of the same.

    Args:
        model: as it was named; `weights` is the SHA-256 of its `model.safetensors`.
        collection: its name; `listed` is the SHA-256 of the ids that were to be embedded.
        dtype: of the vectors on disk.
    """

    model: str
    weights: str
    collection: str
    listed: str
    dtype: Dtype
    schema: int = SCHEMA


@dataclass(frozen=True)
class Block:
    """One line of `rows.jsonl`: whose the block's vectors are, what could not be read, and a checksum."""

    ids: tuple[str, ...]
    skipped: tuple[str, ...]
    crc32: int


@dataclass(frozen=True)
class Index:
    """An opened index; `vectors_NE` is mapped into memory and read where it is used."""

    maker: Maker
    ids: tuple[str, ...]
    vectors_NE: NDArray[Any]


class Writer:
    """Appends blocks to an index, or goes on with one that was stopped.

    Args:
        done: blocks that are there already.

    Raises:
        UsageError: the folder holds an index that something else made.
        ReadError: the index is damaged.
    """

    def __init__(self, folder: Path, maker: Maker) -> None:
        self.folder, self.maker = folder, maker
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / FACTS).exists():
            if (found := read_maker(folder)) != maker:
                raise UsageError(
                    f"{folder} was made by {found.model} from {found.collection}", hint="give another --out"
                )
        else:
            _write_whole(folder / FACTS, json.dumps(to_plain(maker), indent=2) + "\n")
        self.done = _whole_blocks(folder)
        self._cut()

    def _cut(self) -> None:
        """Drop what a kill left half written."""
        lines = "".join(json.dumps(to_plain(block), ensure_ascii=False) + "\n" for block in self.done)
        _write_whole(self.folder / ROWS, lines)
        count = sum(len(block.ids) for block in self.done)
        path = self.folder / VECTORS
        if not count:
            path.unlink(missing_ok=True)
            return
        os.truncate(path, HEADER_BYTES + count * self._row_bytes())

    def _row_bytes(self) -> int:
        return int(_mapped(self.folder).shape[1]) * np.dtype(self.maker.dtype).itemsize

    def add(self, ids: Sequence[str], vectors_NE: NDArray[Any], skipped: Sequence[str] = ()) -> None:
        """Append one block: vectors first, then its line."""
        data = np.ascontiguousarray(vectors_NE, self.maker.dtype)
        if len(ids):
            count = sum(len(block.ids) for block in self.done) + len(ids)
            _append(self.folder / VECTORS, data, count)
        block = Block(tuple(ids), tuple(skipped), zlib.crc32(data.tobytes()) if len(ids) else 0)
        with (self.folder / ROWS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(to_plain(block), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.done.append(block)


def _append(path: Path, data: NDArray[Any], count: int) -> None:
    with path.open("r+b" if path.exists() else "w+b") as file:
        header = {"descr": data.dtype.str, "fortran_order": False, "shape": (count, data.shape[1])}
        np.lib.format.write_array_header_1_0(file, header)
        file.seek(0, os.SEEK_END)
        file.write(data.tobytes())
        file.flush()
        os.fsync(file.fileno())


def open_index(folder: Path) -> Index:
    """Open an index, comparing every block with its checksum.

    Raises:
        ReadError: it is no index, empty, or damaged.
    """
    maker, blocks = read_maker(folder), _whole_blocks(folder)
    ids = tuple(ident for block in blocks for ident in block.ids)
    if not ids:
        raise ReadError(f"{folder} is an index without vectors", hint="run the same `polyclinic index` command again")
    vectors = _mapped(folder)
    if vectors.ndim != 2 or len(vectors) < len(ids) or vectors.dtype != maker.dtype:
        raise ReadError(f"{folder / VECTORS} holds {vectors.shape} {vectors.dtype} for {len(ids)} ids")
    start = 0
    for number, block in enumerate(blocks):
        part = vectors[start : (start := start + len(block.ids))]
        if len(part) and zlib.crc32(part.tobytes()) != block.crc32:
            raise ReadError(f"{folder / VECTORS}: block {number} is damaged", hint="delete the folder and index anew")
    return Index(maker, ids, vectors[: len(ids)])


def read_maker(folder: Path) -> Maker:
    """What made an index.

    Raises:
        ReadError: the folder holds no index, or another version's.
    """
    try:
        maker = from_plain(Maker, json.loads((folder / FACTS).read_text("utf-8")), FACTS)
    except (OSError, ValueError, RecordError, RecursionError) as error:
        raise ReadError(f"{folder} holds no index: {error}", hint="`polyclinic index` makes one") from error
    if maker.schema != SCHEMA:
        raise ReadError(f"{folder} is an index of version {maker.schema}, expected {SCHEMA}", hint="index anew")
    return maker


def _whole_blocks(folder: Path) -> list[Block]:
    """All blocks whose line is whole; only the last line may be broken."""
    path = folder / ROWS
    if not path.exists():
        return []
    try:
        whole = path.read_text("utf-8", errors="replace").split("\n")[:-1]
        return [from_plain(Block, json.loads(line), f"{path}:{i + 1}") for i, line in enumerate(whole)]
    except (OSError, ValueError, RecordError, RecursionError) as error:
        raise ReadError(f"{path} is damaged: {error}", hint="delete the folder and index anew") from error


def _mapped(folder: Path) -> NDArray[Any]:
    try:
        mapped: NDArray[Any] = np.load(folder / VECTORS, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise ReadError(f"cannot read {folder / VECTORS}: {error}", hint="delete the folder and index anew") from error
    return mapped


def _write_whole(path: Path, text: str) -> None:
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(text, "utf-8")
    unfinished.replace(path)
