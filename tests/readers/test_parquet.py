"""Cells of Parquet files: which columns hold pictures, rows in their groups, hashes, and what is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image as Pillow
from pyarrow import parquet as pq

from polyclinic.errors import ReadError
from polyclinic.readers import files, parquet, read_labels, read_pixels


def picture(value: int, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(np.full((3, 4), value, np.uint8)).save(out, form)
    return out.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows: list[dict[str, Any]] = [
        {
            "image": {"bytes": picture(number % 4), "path": f"{number}.png"} if number != 2 else None,
            "bare": picture(number, "JPEG"),
            "blob": b"no picture",
            "vector": [0.5, 1.0],
            "words": ["a", "b"],
            "objects": {"bbox": [[1.0, 2.0, 3.0, 4.0]], "category": ["x"]},
            "label": number % 2,
        }
        for number in range(7)
    ]
    told = json.dumps({"info": {"features": {"label": {"_type": "ClassLabel", "names": ["no", "yes"]}, "x": 3}}})
    table = pa.Table.from_pylist(rows).replace_schema_metadata({"huggingface": told})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=3)
    return tmp_path / "a.parquet"


def test_columns_by_what_they_hold(path: Path) -> None:
    found = parquet.columns_of(path)
    assert found.pictures == {"image": ".png", "bare": ".jpg"}
    assert (found.paths, found.plain, found.other) == (("image",), ("words", "objects", "label"), ("blob", "vector"))
    assert parquet.classes_of(path) == {"label": ("no", "yes")}


@pytest.mark.parametrize("row", [0, 3, 6])
def test_any_row_is_found_in_its_group(path: Path, row: int) -> None:
    assert parquet.cell_bytes(path, "image", row) == picture(row % 4)
    assert int(read_pixels(path / "image" / f"{row}.png")[0, 0, 0]) == row % 4
    assert int(read_labels(path / "image" / f"{row}.png")[0, 0]) == row % 4
    assert parquet.cell_bytes(path, "bare", row) == picture(row, "JPEG")


def test_a_file_written_anew_is_read_anew(path: Path) -> None:
    parquet.cell_bytes(path, "bare", 0)
    pq.write_table(pa.table({"bare": [picture(200)]}), path)
    assert parquet.cell_bytes(path, "bare", 0) == picture(200)


def test_hashes_tell_what_is_the_same(path: Path) -> None:
    hashed = parquet.digests(path, "image")
    assert (len(hashed), hashed[2]) == (7, "")
    assert (hashed[0] == hashed[4], hashed[0] == hashed[1]) == (True, False)
    assert len(set(parquet.digests(path, "bare"))) == 7


def test_records_have_the_asked_cells(path: Path) -> None:
    first = next(iter(parquet.records(path, ("label", "image.path"))))
    assert first == {"label": 0, "image": {"path": "0.png"}}


def test_what_is_refused(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ReadError, match="no row 7: it holds 7"):
        parquet.cell_bytes(path, "image", 7)
    with pytest.raises(ReadError, match="has no column none"):
        parquet.cell_bytes(path, "none", 0)
    with pytest.raises(ReadError, match="holds nothing in row 2"):
        parquet.cell_bytes(path, "image", 2)
    (tmp_path / "b.parquet").write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ReadError, match="a Parquet file"):
        parquet.columns_of(tmp_path / "b.parquet")
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    with pytest.raises(ReadError, match="the most is 10"):
        parquet.cell_bytes(path, "image", 6)
