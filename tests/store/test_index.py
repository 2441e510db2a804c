"""The index: what one filters by, ids found again, and hostile tables refused before anything is read by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from polyclinic.errors import LayoutError, PolyclinicError, ReadError, UsageError
from polyclinic.store.collection import Collection
from polyclinic.store.index import INDEX, Index, read_index, schema, write_index

COUNT = 23  # as in conftest.py


@pytest.fixture
def index(sharded: Path) -> Index:
    return read_index((sharded / INDEX).read_bytes(), "index")


def ids(index: Index, conditions: Any) -> list[int]:
    return [int(row) for row in index.where(conditions)]


def test_rows_stand_in_order_and_say_where_things_lie(index: Index, sharded: Path, plain: Collection) -> None:
    assert len(index) == COUNT
    for row, study in enumerate(plain):
        assert (index.text("id", row), index.text("prior", row)) == (study.id, study.prior)
        member = index.members(row)[1]
        tar = (sharded / f"{index.shards[row]:06d}.tar").read_bytes()
        assert member.path == study.images[0].path
        assert tar[member.offset : member.offset + member.size] == (plain.root / member.path).read_bytes()


def test_filters(index: Index) -> None:
    assert ids(index, {"has_report": True}) == list(range(0, COUNT, 3))
    assert ids(index, {"findings": "nodule", "domain": "chest"}) == [5, 15]
    assert ids(index, {"modality": "OP", "labels": ("age=2", "age=4", "age=5")}) == [2, 4]
    assert ids(index, {"split": ("test", "val")}) == [i for i in range(COUNT) if i % 4 > 1]
    assert ids(index, {"has_masks": True, "images": 1, "labels": "sex=M"}) == list(range(0, COUNT, 4))
    assert ids(index, {"subject": "nobody"}) == []
    assert ids(index, {}) == list(range(COUNT))


@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"members": "x"}, {"images": "many"}, {"has_report": "yes"}])
def test_a_wrong_filter_is_told(index: Index, wrong: Any) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        index.where(wrong)


def test_ids_are_found(index: Index, plain: Collection) -> None:
    assert [index.row_of(study.id) for study in plain] == list(range(COUNT))
    assert index.row_of("s.99/ä") is None


def test_ids_of_equal_hash_are_told_apart(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    monkeypatch.setattr("polyclinic.store.index._hash", lambda ident: np.uint64(7))
    assert index.row_of("s.3/ä") == 3
    assert index.row_of("s.99/ä") is None


def member(offset: int = 0, size: int = 1) -> dict[str, Any]:
    return {"name": "0.json", "path": None, "offset": offset, "size": size, "crc32": 0}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"shard": 0, "members": [member()]}, None),
        ({"shard": 1, "members": [member()]}, "does not list"),
        ({"shard": -1, "members": [member()]}, "does not list"),
        ({"shard": 0, "members": []}, "no members"),
        ({"shard": 0, "members": None}, "no members"),
        ({"shard": 0, "members": [member(99, 2)]}, "outside"),
        ({"shard": 0, "members": [member(-1)]}, "outside"),
        ({"shard": 0, "members": [member(0, -1)]}, "outside"),
        ({"shard": 0, "members": [member(2**62, 2**63 - 1)]}, "outside"),
    ],
)
def test_places_that_no_shard_has_are_refused(tmp_path: Path, row: dict[str, Any], said: str | None) -> None:
    write_index(pa.Table.from_pylist([row], schema=schema()), [100], tmp_path / INDEX)
    data = (tmp_path / INDEX).read_bytes()
    if said is None:
        assert len(read_index(data, "index")) == 1
        return
    with pytest.raises(LayoutError, match=said):
        read_index(data, "index")


def test_damage_and_other_tables_are_told(sharded: Path, tmp_path: Path) -> None:
    data = (sharded / INDEX).read_bytes()
    for broken in (b"", b"PAR1", data[:-9], data[9:]):
        with pytest.raises(ReadError, match="cannot read the index mine"):
            read_index(broken, "mine")
    parquet.write_table(pa.table({"a": [1]}), tmp_path / "other")
    with pytest.raises(LayoutError, match="no index of shards"):
        read_index((tmp_path / "other").read_bytes(), "mine")
    write_index(pa.table({"a": [1]}), [1], tmp_path / "columns")
    with pytest.raises(LayoutError, match="columns"):
        read_index((tmp_path / "columns").read_bytes(), "mine")


def test_flipped_bytes_give_an_error_of_ours_or_a_sound_table(sharded: Path) -> None:
    data = bytearray((sharded / INDEX).read_bytes())
    for at in range(4, len(data), 97):
        data[at] ^= 0xFF
        try:
            assert len(read_index(bytes(data), "mine")) >= 0
        except PolyclinicError:
            pass
        data[at] ^= 0xFF
