"""Reading members out of shards, from disk or from far away."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from functools import partial
from pathlib import Path

from polyclinic.errors import ReadError
from polyclinic.store.cache import Cache, default_folder
from polyclinic.store.index import INDEX, Index, read_index, shard_name
from polyclinic.store.members import Member, MemberFile, check_bytes, check_member_size
from polyclinic.store.remote import check_address, is_remote

MOST_OPEN = 32


class ShardReader:
    """The shards of one folder or address.

    Reads say where they begin, so processes that were forked may share its open files.

    Args:
        place: a folder, or an address that fsspec reads.
        cache: for copies of remote shards; the default folder and size where None.
    """

    def __init__(self, place: str | Path, cache: Cache | None = None) -> None:
        self.place = str(place).rstrip("/") or "/"
        self.remote = is_remote(self.place)
        if self.remote:
            check_address(self.place)
        self.cache = (cache or Cache(default_folder())) if self.remote else None
        self.index: Index = read_index(self.small(INDEX), f"{self.place}/{INDEX}")
        self._open: OrderedDict[int, _Descriptor] = OrderedDict()
        self._renewed: set[int] = set()
        self._lock = threading.Lock()

    def bytes_of(self, shard: int, member: Member) -> bytes:
        """A member's bytes, checked; a remote shard whose copy is damaged is fetched once more.

        Raises:
            ReadError: the shard is missing, cut off, or damaged in this member.
        """
        where = self.where(shard, member)
        check_member_size(member.size, where)
        data = self._data(shard, member)
        try:
            return check_bytes(data, member.size, member.crc32, where)
        except ReadError:
            if not self._renew(shard):
                raise
        return check_bytes(self._data(shard, member), member.size, member.crc32, where)

    def _data(self, shard: int, member: Member) -> bytes:
        file = self._descriptor(shard)  # held by this name, so that no other thread's turn closes it
        return os.pread(file.number, member.size, member.offset)

    def _renew(self, shard: int) -> bool:
        """Drop a shard's copy, once: the disk may have harmed it, or it is of shards that were there before."""
        with self._lock:
            if self.cache is None or shard in self._renewed:
                return False
            self._renewed.add(shard)
            self._open.pop(shard, None)
            self.cache.drop(f"{self.place}/{shard_name(shard)}")
        return True

    def where(self, shard: int, member: Member) -> str:
        """What messages call a member."""
        path = f" ({member.path})" if member.path else ""
        return f"{self.place}/{shard_name(shard)}, member {member.name}{path}"

    def files(self, shard: int, members: tuple[Member, ...]) -> dict[str, MemberFile]:
        """A Study's files by the paths it gives; read when they are asked for."""
        return {
            one.path: MemberFile(one.name, self.where(shard, one), partial(self.bytes_of, shard, one))
            for one in members
            if one.path is not None
        }

    def small(self, name: str) -> bytes:
        """A small file of the folder, fetched anew where it is far away.

        Raises:
            ReadError: it cannot be read or fetched.
        """
        held = self._local(name) if self.cache is None else self.cache.open(f"{self.place}/{name}", None)
        with os.fdopen(held, "rb") as file:
            return file.read()

    def _descriptor(self, shard: int) -> _Descriptor:
        with self._lock:
            if shard not in self._open:
                self._open[shard] = _Descriptor(self._opened(shard))
                if len(self._open) > MOST_OPEN:
                    self._open.popitem(last=False)
            self._open.move_to_end(shard)
            return self._open[shard]

    def _opened(self, shard: int) -> int:
        if self.cache is not None:
            return self.cache.open(f"{self.place}/{shard_name(shard)}", self.index.shard_sizes[shard])
        return self._local(shard_name(shard))

    def _local(self, name: str) -> int:
        try:
            return os.open(Path(self.place) / name, os.O_RDONLY)
        except OSError as error:
            raise ReadError(f"cannot read {self.place}/{name}: {error.strerror}", hint="copy it again") from error


class _Descriptor:
    """An open file that closes when nobody reads from it any more."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        os.close(self.number)
