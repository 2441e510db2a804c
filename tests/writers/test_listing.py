"""The long JSON object: whole where all went well, whatever it holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from polyclinic.writers.listing import Listing


@pytest.mark.parametrize("count", [0, 1, 3])
def test_it_is_json(tmp_path: Path, count: int) -> None:
    path = tmp_path / "deep" / "a.json"
    with Listing(path, {"info": {"name": 'é"'}}) as listing:
        for at in range(count):
            listing.add({"id": at + 5}, [{"caption": "x"}, {"caption": "y\n"}])
    record = json.loads(path.read_text("utf-8"))
    assert record["info"] == {"name": 'é"'}
    assert [image["id"] for image in record["images"]] == [at + 5 for at in range(count)]
    assert [(a["id"], a["image_id"]) for a in record["annotations"]] == [(i + 1, i // 2 + 5) for i in range(2 * count)]
    assert [file.name for file in path.parent.iterdir()] == ["a.json"]


def test_after_an_error_it_is_closed(tmp_path: Path) -> None:
    with pytest.raises(KeyError), Listing(tmp_path / "a.json", {}):
        raise KeyError
    assert not (tmp_path / "a.rest").exists()
