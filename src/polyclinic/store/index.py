"""The index beside the shards: a Parquet table with a row a Study, by which Studies are found, filtered and read.

Other programs read it too (`duckdb`, `pandas.read_parquet`). In memory it is a few flat buffers, so that a
million Studies cost no Python objects, and loader processes share it without copies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import LayoutError, ReadError, UsageError
from polyclinic.store.members import Member
from polyclinic.study import Study

if TYPE_CHECKING:
    import pyarrow as pa

INDEX = "index.parquet"
FORM = 1
FACTS = b"polyclinic"
Condition = str | int | bool
MEMBER_FIELDS = ("name", "path", "offset", "size", "crc32")


def schema() -> pa.Schema:
    """The columns; docs/concepts/shards.md says what they mean."""
    import pyarrow as pa

    text, texts = pa.string(), pa.list_(pa.string())
    member = pa.struct(
        [("name", text), ("path", text), ("offset", pa.int64()), ("size", pa.int64()), ("crc32", pa.uint32())]
    )
    return pa.schema(
        [
            *((name, text) for name in ("key", "id", "subject", "split", "domain", "prior")),
            *((name, texts) for name in ("modality", "labels", "findings")),
            *((name, pa.int32()) for name in ("images", "turns", "shard")),
            *((name, pa.bool_()) for name in ("has_report", "has_masks", "has_boxes")),
            ("members", pa.list_(member)),
        ]
    )


def facts(study: Study, split: str) -> dict[str, Any]:
    """What a row says of a Study, apart from where it lies."""
    return {
        "id": study.id,
        "subject": study.subject,
        "split": split,
        "domain": study.domain,
        "prior": study.prior,
        "modality": sorted({image.modality for image in study.images if image.modality}),
        "labels": [f"{name}={value}" for name, value in study.labels.items()],
        "findings": sorted({finding.name for finding in study.findings if finding.present}),
        "images": len(study.images),
        "turns": len(study.turns),
        "has_report": study.report is not None,
        "has_masks": any(region.mask is not None for region in study.regions),
        "has_boxes": any(region.box is not None for region in study.regions),
    }


def shard_name(number: int) -> str:
    """The file name of a shard.

    Example:
        >>> shard_name(7)
        '000007.tar'
    """
    return f"{number:06d}.tar"


@dataclass(frozen=True)
class Index:
    """The table, and how many bytes each shard has."""

    table: pa.Table
    shard_sizes: tuple[int, ...]

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @cached_property
    def shards(self) -> NDArray[np.int32]:
        """The shard of each row; rows of one shard follow each other."""
        return _numbers(self.table["shard"])

    def members(self, row: int) -> tuple[Member, ...]:
        """Where a row's members lie, the JSON first."""
        first, last = self._bounds[row : row + 2]
        return tuple(Member(*(column[i].as_py() for column in self._columns)) for i in range(first, last))

    def text(self, column: str, row: int) -> str | None:
        """A cell of a text column."""
        value: str | None = self.table[column][row].as_py()
        return value

    def row_of(self, ident: str) -> int | None:
        """The row of a Study's id; None where there is none."""
        hashes, rows = self._by_hash
        at = int(np.searchsorted(hashes, _hash(ident)))
        while at < len(hashes) and hashes[at] == _hash(ident):
            if self.text("id", int(rows[at])) == ident:
                return int(rows[at])
            at += 1
        return None

    def where(self, conditions: Mapping[str, Condition | Sequence[Condition]]) -> NDArray[np.int64]:
        """The rows that meet all conditions.

        Args:
            conditions: column -> a value, or several of which one has to fit. A column of lists fits where
                the list holds a value; `{"split": "train", "modality": ("CR", "DX"), "has_report": True}`.

        Raises:
            UsageError: no such column, or a value of another type than the column.
        """
        kept = np.ones(len(self), bool)
        for column, wanted in conditions.items():
            kept &= self._fits(column, [wanted] if isinstance(wanted, Condition) else list(wanted))
        return np.flatnonzero(kept)

    def _fits(self, column: str, wanted: list[Condition]) -> NDArray[np.bool_]:
        import pyarrow as pa
        from pyarrow import compute

        if column not in self.table.column_names or column == "members":
            known = ", ".join(name for name in self.table.column_names if name != "members")
            raise UsageError(f"the index has no column {column!r} to filter by", hint=f"columns: {known}")
        cells = self.table[column].combine_chunks()
        nested = pa.types.is_list(cells.type)
        try:
            values = pa.array(wanted, cells.type.value_type if nested else cells.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise UsageError(f"column {column!r} holds {cells.type}, not {wanted!r}") from error
        if not nested:
            return np.asarray(compute.is_in(cells, values), dtype=bool)
        hit = np.zeros(len(cells), bool)
        hit[np.asarray(compute.list_parent_indices(cells))[np.asarray(compute.is_in(cells.flatten(), values))]] = True
        return hit

    @cached_property
    def _bounds(self) -> NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum(_lengths(self.table["members"]))])

    @cached_property
    def _columns(self) -> tuple[Any, ...]:
        import pyarrow as pa

        cells = self.table["members"].combine_chunks()
        flat = cells.flatten()
        return tuple(flat.field(name) for name in MEMBER_FIELDS) if len(flat) else (pa.array([]),) * len(MEMBER_FIELDS)

    @cached_property
    def _by_hash(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        hashes = np.array([_hash(ident.as_py()) for ident in self.table["id"]], np.uint64)
        order = np.argsort(hashes)
        return hashes[order], order


def write_index(table: pa.Table, shard_sizes: Sequence[int], path: Path) -> None:
    """Write the index; whole, or not at all."""
    from pyarrow import parquet

    described = {FACTS: json.dumps({"form": FORM, "shard_bytes": list(shard_sizes)}).encode()}
    part = path.with_name(f"{path.name}.part")
    parquet.write_table(table.replace_schema_metadata(described), part, compression="zstd", row_group_size=65536)
    part.replace(path)


def read_index(data: bytes, called: str) -> Index:
    """Read and check an index.

    Args:
        called: where it comes from, for messages.

    Raises:
        ReadError: damaged.
        LayoutError: made by a later version, or not what an index holds.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(pa.BufferReader(data))
        described = json.loads((table.schema.metadata or {}).get(FACTS, b"{}"))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ReadError(f"cannot read the index {called}: {error}", hint="write the shards again") from error
    if not isinstance(described, dict) or described.get("form") != FORM:
        raise LayoutError(f"{called} is no index of shards that this version reads", hint="upgrade polyclinic")
    if table.schema.remove_metadata() != schema():
        raise LayoutError(f"{called}: its columns are not those of an index of shards")
    index = Index(table, tuple(described.get("shard_bytes", ())))
    _check(index, called)
    return index


def _check(index: Index, called: str) -> None:
    """Refuse offsets that no shard has, before anything is read by them."""
    members = _lengths(index.table["members"])
    if len(index) and members.min() < 1:
        raise LayoutError(f"{called}: a row has no members")
    shards, sizes = index.shards, np.array(index.shard_sizes, np.int64)
    if len(index) and not (0 <= shards.min() and shards.max() < len(sizes) and (np.diff(shards) >= 0).all()):
        raise LayoutError(f"{called}: its rows name shards that it does not list")
    flat = index.table["members"].combine_chunks().flatten()
    first, size = _numbers(flat.field("offset")), _numbers(flat.field("size"))
    room = sizes[np.repeat(shards, members)] - first  # no sum of two claims, which may overflow
    if len(flat) and not ((first >= 0) & (size >= 0) & (size <= room)).all():
        raise LayoutError(f"{called}: a member lies outside its shard")


def _lengths(cells: Any) -> NDArray[np.int64]:
    from pyarrow import compute

    return _numbers(compute.fill_null(compute.list_value_length(cells), 0)).astype(np.int64)


def _numbers(cells: Any) -> NDArray[Any]:
    return np.asarray(cells.to_numpy())


def _hash(ident: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(ident.encode(), digest_size=8).digest(), "big"))
