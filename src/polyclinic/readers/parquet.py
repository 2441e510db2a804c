"""Parquet tables whose cells hold whole pictures, as Hugging Face's hubs keep them: a struct of `bytes` and `path`.

A picture is read with its row group and no more of the file; the last groups are kept, since neighbours follow.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyclinic.errors import ReadError
from polyclinic.readers import files, photo
from polyclinic.readers.files import reading

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet as pq

ENDING = ".parquet"
BYTES, PATH = "bytes", "path"
FORM = "a Parquet file"
AT_ONCE = 256
DIGEST = 12
HUB = b"huggingface"
MARKS = {photo.PNG: ".png", photo.JPEG: ".jpg", photo.GIF: ".gif"}


@dataclass(frozen=True)
class Columns:
    """The columns of a table.

    Args:
        pictures: column -> the ending of its pictures' names; each cell holds the bytes of one.
        paths: those of them whose cells hold a path beside the bytes.
        plain: text, numbers, flags, and what nests these.
        other: bytes that are no pictures, and lists of numbers.
    """

    pictures: Mapping[str, str]
    paths: tuple[str, ...]
    plain: tuple[str, ...]
    other: tuple[str, ...]


def columns_of(path: Path) -> Columns:
    """What the columns hold; of those with bytes, the first picture decides.

    Raises:
        ReadError: no Parquet file.
    """
    with reading(path, FORM), _opened(path) as table:
        fields = list(table.schema_arrow)
        pictures = {field.name: ending for field in fields if (ending := _ending(table, field)) is not None}
    paths = tuple(field.name for field in fields if field.name in pictures and _part(field, PATH) is not None)
    other = tuple(field.name for field in fields if field.name not in pictures and not _is_plain(field.type))
    plain = tuple(field.name for field in fields if field.name not in pictures and field.name not in other)
    return Columns(pictures, paths, plain, other)


def classes_of(path: Path) -> dict[str, tuple[str, ...]]:
    """The names of the classes 0, 1 ... by column, where the file says them as Hugging Face's `datasets` does."""
    with reading(path, FORM), _opened(path) as table:
        told = (table.schema_arrow.metadata or {}).get(HUB, b"{}")
    try:
        features = json.loads(told)["info"]["features"]
        return {
            str(name): tuple(map(str, feature["names"]))
            for name, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return {}


def records(path: Path, columns: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The rows' cells of these columns; `image.path` names a part of a struct, which comes as a struct of that part.

    Raises:
        ReadError: damaged.
    """
    with reading(path, FORM), _opened(path) as table:
        for batch in table.iter_batches(AT_ONCE, columns=list(columns)):
            yield from batch.to_pylist()


def digests(path: Path, column: str) -> list[str]:
    """A hash of each cell's bytes, so that rows about one picture are known; "" where there is none.

    Raises:
        ReadError: damaged.
    """
    with reading(path, FORM), _opened(path) as table:
        name = f"{column}.{BYTES}" if _part(table.schema_arrow.field(column), BYTES) is not None else column
        cells = (cell for batch in table.iter_batches(AT_ONCE, columns=[name]) for cell in _bytes(batch.column(0)))
        return ["" if cell is None else blake2b(cell, digest_size=DIGEST).hexdigest() for cell in cells]


def cell_bytes(path: Path, column: str, row: int) -> bytes:
    """The bytes of a picture.

    Raises:
        ReadError: no such column or row, none in it, damaged, or too large.
    """
    with reading(path, FORM):
        status = path.stat()
        ends = _ends(path, status.st_mtime_ns, status.st_size)
        group = bisect_right(ends, row)
        if row < 0 or group == len(ends):
            raise ReadError(f"{path} has no row {row}: it holds {ends[-1] if ends else 0}")
        held = _group(path, column, group, status.st_mtime_ns, status.st_size)
        data = held[row - (ends[group - 1] if group else 0)].as_py()
    if data is None:
        raise ReadError(f"{path} holds nothing in row {row} of {column}")
    return bytes(data)


def _opened(path: Path) -> pq.ParquetFile:
    from pyarrow import parquet

    return parquet.ParquetFile(path)


def _part(field: pa.Field, name: str) -> pa.Field | None:
    """A part of a struct; None where there is no such part, or no struct."""
    from pyarrow import types

    at = field.type.get_field_index(name) if types.is_struct(field.type) else -1
    return field.type.field(at) if at >= 0 else None


def _ending(table: pq.ParquetFile, field: pa.Field) -> str | None:
    """The ending of a column's pictures, by the first of them; None where it holds none."""
    part = _part(field, BYTES)
    if not _is_bytes((part or field).type):
        return None
    name = field.name if part is None else f"{field.name}.{BYTES}"
    for batch in table.iter_batches(1, columns=[name]):
        for cell in _bytes(batch.column(0)):
            if cell is not None:
                return next((ending for mark, ending in MARKS.items() if cell.startswith(mark)), None)
    return None


def _bytes(array: pa.Array) -> Iterator[bytes | None]:
    for cell in array:
        held = cell.as_py()
        yield held[BYTES] if isinstance(held, dict) else held


def _is_bytes(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _is_plain(kind: pa.DataType, *, named: bool = False) -> bool:
    """Whether a row of text can show such a cell: not bytes, nor numbers without end.

    Args:
        named: it is part of a struct, where lists of numbers are boxes rather than vectors.
    """
    from pyarrow import types

    if types.is_struct(kind):
        return all(_is_plain(kind.field(at).type, named=True) for at in range(kind.num_fields))
    if types.is_list(kind) or types.is_large_list(kind):
        inner = kind.value_type
        return _is_plain(inner, named=named) and (named or not (types.is_floating(inner) or types.is_integer(inner)))
    plain = (types.is_string, types.is_large_string, types.is_integer, types.is_floating, types.is_boolean)
    return any(is_kind(kind) for is_kind in (*plain, types.is_temporal, types.is_null))


@lru_cache(maxsize=64)
def _ends(path: Path, modified: int, size: int) -> tuple[int, ...]:
    """The row behind the last of each row group."""
    with _opened(path) as table:
        meta = table.metadata
        return tuple(accumulate(meta.row_group(group).num_rows for group in range(meta.num_row_groups)))


@lru_cache(maxsize=2)
def _group(path: Path, column: str, group: int, modified: int, size: int) -> pa.ChunkedArray:
    with _opened(path) as table:
        names = table.schema_arrow.names
        if column not in names:
            raise ReadError(f"{path} has no column {column}", hint=f"it has {', '.join(names[:12])}")
        meta = table.metadata.row_group(group)
        chunks = [meta.column(at) for at in range(meta.num_columns)]
        claimed = sum(c.total_uncompressed_size for c in chunks if c.path_in_schema in (column, f"{column}.{BYTES}"))
        if claimed > files.MOST_BYTES:
            raise ReadError(f"{path}: row group {group} claims {claimed} bytes; the most is {files.MOST_BYTES}")
        struct = any(c.path_in_schema == f"{column}.{BYTES}" for c in chunks)
        array = table.read_row_group(group, columns=[f"{column}.{BYTES}" if struct else column]).column(0)
    if not struct:
        return array
    from pyarrow import compute

    return compute.struct_field(array, BYTES)
