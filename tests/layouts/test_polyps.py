"""Kvasir-SEG: boxes from one file, joined with masks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from polyclinic.errors import LayoutError
from polyclinic.layouts import open_folder, recognise

Paint = Callable[..., Path]
SPOT = np.pad(np.full((2, 2), 255, np.uint8), ((2, 2), (3, 3)))


def folder(tmp_path: Path, paint: Paint, boxes: Any) -> None:
    for name in ("cju1", "cju2", "cju3"):
        paint(f"images/{name}.jpg")
        paint(f"masks/{name}.png", SPOT)
    (tmp_path / "kavsir_bboxes.json").write_text(json.dumps(boxes))


def box(*sides: int) -> dict[str, Any]:
    return {"label": "polyp"} | dict(zip(("xmin", "ymin", "xmax", "ymax"), sides, strict=True))


def test_boxes_join_their_masks(tmp_path: Path, paint: Paint) -> None:
    two = [box(0, 0, 1, 1), box(3, 2, 5, 4), {"label": "polyp", "xmin": 1}]
    folder(tmp_path, paint, {"cju1": {"bbox": [box(3, 2, 5, 4)]}, "cju2": {"bbox": two}})
    assert recognise(tmp_path).layout.NAME == "Kvasir-SEG"
    held = open_folder(tmp_path)
    one, second, third = held
    (region,) = one.regions
    assert (region.name, region.kind, region.box, int(region.array.sum())) == ("polyp", "finding", (3, 2, 5, 4), 4)
    assert [r.box for r in second.regions] == [None, (0, 0, 1, 1), (3, 2, 5, 4)]
    assert [r.box for r in third.regions] == [None]
    assert held.skipped == ("cju2: box 2 lacks a side or a label", "cju3: no boxes are given")


def test_a_list_is_refused(tmp_path: Path, paint: Paint) -> None:
    folder(tmp_path, paint, [])
    with pytest.raises(LayoutError, match="no JSON object"):
        open_folder(tmp_path)
