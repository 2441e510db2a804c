"""Shards as a collection: a Study is read when it is asked for, by its number, its id, or what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import ReadError
from polyclinic.store.cache import Cache
from polyclinic.store.collection import HEADER, Collection, Shelf, header_of, parse_line
from polyclinic.store.index import Condition
from polyclinic.store.members import Member, MemberFile, attach_members
from polyclinic.store.reader import ShardReader
from polyclinic.study import Study


class ShardStudies(Shelf):
    """Studies in shards, all of them or some rows of the index.

    Args:
        rows: which, in order; all where None.
    """

    def __init__(self, reader: ShardReader, rows: NDArray[np.int64] | None = None) -> None:
        self.reader, self._index = reader, reader.index
        self.rows = np.arange(len(self._index)) if rows is None else rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, number: int) -> Study: ...
    @overload
    def __getitem__(self, number: slice) -> ShardStudies: ...

    def __getitem__(self, number: int | slice) -> Study | ShardStudies:
        """A Study, or some of them as another shelf.

        Raises:
            IndexError: there are not so many.
            ReadError: its shard is missing or damaged.
        """
        if isinstance(number, slice):
            return ShardStudies(self.reader, self.rows[number])
        return self._study(int(self.rows[number]))

    def where(self, conditions: Mapping[str, Condition | Sequence[Condition]]) -> ShardStudies:
        """The Studies that meet all conditions; see `Index.where`.

        Raises:
            UsageError: a condition on a column that is not there.
        """
        return ShardStudies(self.reader, np.intersect1d(self.rows, self._index.where(conditions)))

    def of_split(self, name: str) -> ShardStudies:
        """The Studies of one split."""
        return self.where({"split": name})

    def splits(self) -> list[str]:
        """The splits that it has Studies of, sorted."""
        from pyarrow import compute

        return sorted(compute.unique(self._index.table["split"].take(self.rows)).to_pylist())

    def find(self, ident: str) -> Study | None:
        """The Study of an id, among all of the shards; None where there is none."""
        row = self._index.row_of(ident)
        return None if row is None else self._study(row)

    def place(self, ident: str) -> int | None:
        """The number of a Study, without reading it; None where none of these has the id."""
        row = self._index.row_of(ident)
        found = np.flatnonzero(self.rows == (-1 if row is None else row))
        return int(found[0]) if found.size else None

    def name(self, number: int) -> str:
        """The id of a Study, without reading it."""
        return self._index.text("id", int(self.rows[number])) or ""

    @property
    def runs(self) -> NDArray[np.int64]:
        """How many Studies of each shard follow each other; they sum to the length."""
        shards = self._index.shards[self.rows]
        edges = np.flatnonzero(np.diff(shards)) + 1
        return np.diff(np.concatenate([[0], edges, [len(shards)]])) if len(shards) else np.zeros(0, np.int64)

    def members(self, number: int) -> tuple[int, tuple[Member, ...]]:
        """A Study's shard, and its members there."""
        row = int(self.rows[number])
        return int(self._index.shards[row]), self._index.members(row)

    def contents(self, number: int) -> Iterator[tuple[str, bytes]]:
        """The files of a Study: path and content of each.

        Raises:
            ReadError: one is damaged.
        """
        shard, members = self.members(number)
        yield from ((one.path, self.reader.bytes_of(shard, one)) for one in members if one.path is not None)

    def loaded(self, number: int) -> Study:
        """A Study with all its files read and checked, held in memory.

        Raises:
            ReadError: one of its members is damaged.
        """
        shard, members = self.members(number)
        held = {member.name: self.reader.bytes_of(shard, member) for member in members}
        files = {
            member.path: MemberFile(member.name, self.reader.where(shard, member), _Held(held[member.name]))
            for member in members
            if member.path is not None
        }
        return attach_members(self._parsed(shard, members[0], held[members[0].name]), files)

    def _study(self, row: int) -> Study:
        shard, members = int(self._index.shards[row]), self._index.members(row)
        study = self._parsed(shard, members[0], self.reader.bytes_of(shard, members[0]))
        return attach_members(study, self.reader.files(shard, members))

    def _parsed(self, shard: int, member: Member, data: bytes) -> Study:
        where = self.reader.where(shard, member)
        try:
            return parse_line(data.decode(), where)
        except UnicodeDecodeError as error:
            raise ReadError(f"{where} is no UTF-8 text", hint="write the shards again") from error


class _Held:
    """Bytes that are there already."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __call__(self) -> bytes:
        return self._data


def open_shards(place: str | Path, cache: Cache | None = None) -> Collection:
    """Open shards as a collection; Studies are read as they are asked for.

    Args:
        place: a folder, or an address (`https://...`, `s3://...`).
        cache: for copies of remote shards.

    Raises:
        ReadError: the index is missing or damaged, or cannot be fetched.
        LayoutError: made by a later version.
    """
    reader = ShardReader(place, cache)
    header = header_of(reader.small(HEADER), Path(reader.place))
    return Collection(Path(reader.place), header, ShardStudies(reader))
