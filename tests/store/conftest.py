"""A small collection with files of several kinds, and the same as shards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.store.collection import Collection, Header, open_collection, write_collection
from polyclinic.store.shards import write_shards
from polyclinic.store.shelf import ShardStudies, open_shards
from polyclinic.study import Finding, Image, MaskFile, Region, Report, Study

COUNT = 23
SHARD_BYTES = 12_000


def made(number: int) -> Study:
    """Two visits a patient; every third Study has a report, every fourth a mask file."""
    name = f"s.{number}/ä"
    return Study(
        name,
        f"p{number // 2}",
        domain="chest" if number % 2 else "fundus",
        images=(Image(f"images/{number}.png", modality="DX" if number % 2 else "OP"),),
        report=Report({"findings": f"Number {number}."}) if number % 3 == 0 else None,
        findings=(Finding("nodule", present=number % 5 == 0),),
        regions=(Region("lung", mask=MaskFile("masks/all.png", 1)),) if number % 4 == 0 else (),
        labels={"sex": "F" if number % 2 else "M", "age": number},
        signals={"ecg": "signals/ecg.csv"} if number == 3 else {},
        prior=f"s.{number - 1}/ä" if number % 2 else None,
        split="test" if number % 4 > 1 else "train",
    )


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    root = tmp_path_factory.mktemp("store") / "plain"
    for folder in ("images", "masks", "signals"):
        (root / folder).mkdir(parents=True)
    for number in range(COUNT):
        pixels = np.random.default_rng(number).integers(0, 255, (24, 32), dtype=np.uint8)
        Pillow.fromarray(pixels).save(root / f"images/{number}.png")
    Pillow.fromarray(np.eye(24, 32, dtype=np.uint8)).save(root / "masks/all.png")
    (root / "signals/ecg.csv").write_text("0,1\n")
    write_collection(root, Header("plain", licence="CC0-1.0"), map(made, range(COUNT)))
    return open_collection(root)


@pytest.fixture(scope="session")
def sharded(plain: Collection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as shards; not to be changed."""
    out = tmp_path_factory.mktemp("store") / "shards"
    assert write_shards(plain, out, shard_bytes=SHARD_BYTES) >= 3
    return out


@pytest.fixture
def shelf(sharded: Path) -> ShardStudies:
    studies = open_shards(sharded).studies
    assert isinstance(studies, ShardStudies)
    return studies
