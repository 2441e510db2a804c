"""Shards of captioned figures in miniature."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.errors import LayoutError
from polyclinic.layouts import open_folder, recognise
from polyclinic.layouts.public import biomedica

RECORD = {
    "image_cluster_id": "PMC1_2",
    "image_set": [{"image_id": "PMC1_1", "caption": "Another."}, {"image_id": "PMC1_2", "caption": "A gland."}],
    "image_primary_label": ["Microscopy", "Clinical"],
    "image_panel_type": "single",
    "article_accession_id": "PMC1",
    "article_license": "CC BY",
}


def picture(seed: int) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(np.full((3, 4), seed, np.uint8)).save(out, "PNG")
    return out.getvalue()


def shard(path: Path, **held: bytes | str | dict[str, object]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with tarfile.open(path, "w") as out:
        for name, value in held.items():
            data = (
                value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value)).encode()
            )
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return path


def test_figures_keep_their_article_licence_and_caption(tmp_path: Path) -> None:
    shard(
        tmp_path / "commercial" / "0.tar",
        **{"a.json": RECORD, "a.png": picture(7), "b.png": picture(8), "b.json": {"caption": "No caption found"}},
    )
    shard(tmp_path / "other" / "1.tar", **{"x/a.png": picture(9), "x/a.txt": "By itself.", "x/a.pyd": b"code"})
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "captioned shards"
    a, b, again = held
    assert (a.id, a.subject, a.captions) == ("a", "PMC1", ("A gland.",))
    assert a.labels == {"primary label": "Microscopy, Clinical", "panel type": "single"}
    assert a.source is not None
    assert a.source.licence == "CC BY"
    assert (a.images[0].path, int(a.images[0].pixels.max())) == ("commercial/0.tar/a.png", 7)
    assert (b.captions, again.captions, again.id) == ((), ("By itself.",), "a-2")


def test_what_cannot_be_used_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(biomedica, "MOST_TEXT", 90)
    held = {
        "a.json": {"caption": "Fine."},
        "a.png": picture(1),
        "b.json": "{",
        "b.png": picture(2),
        "c.json": {"caption": "x" * 99},
        "c.png": picture(3),
        "d.json": {"caption": "No image."},
        "../e.png": picture(4),
    }
    shard(tmp_path / "0.tar", **held)
    (tmp_path / "1.tar").write_bytes(b"no tar at all")
    collection = open_folder(tmp_path)
    assert [study.captions for study in collection] == [("Fine.",), (), ()]
    told = "\n".join(collection.skipped)
    for part in (
        "b.json is no JSON",
        "c.json is left out: more than",
        "d has no image",
        "../e has no image",
        "1.tar is left out",
    ):
        assert part in told
    assert len(collection.skipped) == 5


def test_tars_without_captions_are_no_shards(tmp_path: Path) -> None:
    shard(tmp_path / "0.tar", **{"a.json": {"id": "s", "subject": "p"}, "a.0.png": picture(1)})
    assert biomedica.matches(tmp_path) is None
    with pytest.raises(LayoutError, match="no known layout"):
        open_folder(tmp_path)
