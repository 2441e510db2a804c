"""Parquet as Hugging Face hubs keep it: `data/<split>-00000-of-00001.parquet`, the images' bytes in the table.

The rows are those of the `huggingface` form. `datasets.load_dataset("parquet", data_dir=OUT)` reads them, and shows the
column `image` as pictures. Needs pyarrow.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from polyclinic.errors import PolyclinicError, UnsupportedError
from polyclinic.store.collection import Collection
from polyclinic.store.export import new_folder
from polyclinic.writers.account import Stems, Written
from polyclinic.writers.huggingface import Placing, count_lost
from polyclinic.writers.rows import FIXED, OBJECTS, Columns, rows_of

NAME = "parquet"
AT_ONCE = 64  # rows that are held in memory


def write(collection: Collection, out: Path, *, link: bool = False) -> Written:
    """Write a collection as Parquet files; `link` has no use here.

    Raises:
        UnsupportedError: pyarrow is not installed.
        UsageError: `out` is there already, and not empty.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise UnsupportedError("Parquet needs pyarrow", hint="pip install pyarrow, or use --to huggingface") from error
    written, splits = Written(), collection.header.splits
    columns = Columns.over(collection)
    schema, stems = _schema(columns), Stems()
    with new_folder(out) as building:
        (building / "data").mkdir()
        for split in sorted({splits.of(study) for study in collection}):
            part = Collection(
                collection.root, collection.header, tuple(study for study in collection if splits.of(study) == split)
            )
            path = building / "data" / f"{split}-00000-of-00001.parquet"
            with parquet.ParquetWriter(path, schema) as writer:
                for rows in _batched(_rows(part, columns, stems, written)):
                    writer.write_batch(_batch(rows, schema))
    return written


def _rows(part: Collection, columns: Columns, stems: Stems, written: Written) -> Iterator[dict[str, Any]]:
    for study in part:
        count_lost(study, written)
        stem, taken = stems.of(study.id), False
        try:
            rows = list(rows_of(study, columns))
        except PolyclinicError as error:
            written.leave(f"study: {error}", study.id)
            continue
        for at, row in rows:
            with tempfile.TemporaryDirectory() as folder:
                name = Placing(part.root, Path(folder), stem, False).place(study, at, written)
                if name is None:
                    continue
                data = (Path(folder) / name).read_bytes()
            yield {"image": {"bytes": data, "path": name}} | row
            taken = True
        written.studies += taken


def _batched(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    held: list[dict[str, Any]] = []
    for row in rows:
        held.append(row)
        if len(held) == AT_ONCE:
            yield held
            held = []
    if held:
        yield held


def _batch(rows: list[dict[str, Any]], schema: Any) -> Any:
    import pyarrow as pa

    return pa.RecordBatch.from_pylist(rows, schema=schema)


def _schema(columns: Columns) -> Any:
    """Arrow's types, and the same as `datasets` writes them down."""
    import pyarrow as pa

    types = {"text": pa.string(), "number": pa.float64(), "flag": pa.bool_()}
    names = {"text": "string", "number": "float64", "flag": "bool"}
    plain = {name: "text" for name in (*FIXED, *columns.sections)} | dict(columns.labels)
    fields = [("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())]))]
    fields += [(name, types[kind]) for name, kind in plain.items()]
    features: dict[str, Any] = {"image": {"_type": "Image"}}
    features |= {name: _value(names[kind]) for name, kind in plain.items()}
    if columns.turns:
        pair = [("question", pa.string()), ("answer", pa.string())]
        fields.append(("questions", pa.list_(pa.struct(pair))))
        features["questions"] = [{name: _value("string") for name, _ in pair}]
    if columns.boxes:
        boxes = pa.struct([("bbox", pa.list_(pa.list_(pa.float64()))), ("category", pa.list_(pa.string()))])
        fields.append((OBJECTS, boxes))
        features[OBJECTS] = {"bbox": [[_value("float64")]], "category": [_value("string")]}
    told = json.dumps({"info": {"features": features}})
    return pa.schema(fields, metadata={"huggingface": told})


def _value(name: str) -> dict[str, str]:
    return {"dtype": name, "_type": "Value"}
