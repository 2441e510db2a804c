"""Collections to a new folder with their files, whole or not at all; new splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.errors import ReadError, UsageError
from polyclinic.store.collection import Collection, Header, open_collection, write_collection
from polyclinic.store.export import export, parse_fractions, resplit
from polyclinic.study import Image, MaskFile, Region, Study


def source(root: Path) -> Collection:
    (root / "sub").mkdir(parents=True)
    Pillow.fromarray(np.eye(3, dtype=np.uint8)).save(root / "sub/a.png")
    Pillow.fromarray(np.eye(3, dtype=np.uint8) * 255).save(root / "m.png")
    (root / "unused.txt").write_text("x")
    one = Study("s", "p", images=(Image("sub/a.png"),), regions=(Region("x", mask=MaskFile("m.png")),))
    return Collection(root, Header("mine"), (one, Study("t", "q")))


@pytest.mark.parametrize("link", [False, True])
def test_files_come_along(tmp_path: Path, link: bool) -> None:
    held = source(tmp_path / "in")
    assert export(held, tmp_path / "out", link=link) == 2
    made = open_collection(tmp_path / "out")
    assert made.studies == held.studies
    assert made.studies[0].images[0].pixels.tolist() == [np.eye(3).tolist()]
    assert made.studies[0].regions[0].array.sum() == 3
    assert not (tmp_path / "out/unused.txt").exists()
    shared = (tmp_path / "in/m.png").samefile(tmp_path / "out/m.png")
    assert shared == link


def test_nothing_is_left_half_written(tmp_path: Path) -> None:
    held = source(tmp_path / "in")
    (tmp_path / "in/m.png").unlink()
    with pytest.raises(ReadError, match=r"m\.png is missing"):
        export(held, tmp_path / "out")
    assert [entry.name for entry in tmp_path.iterdir()] == ["in"]


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    held = source(tmp_path / "in")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("x")
    with pytest.raises(UsageError, match="there already"):
        export(held, tmp_path / "out")
    assert (tmp_path / "out/mine.txt").read_text() == "x"


def test_new_splits(tmp_path: Path) -> None:
    write_collection(tmp_path, Header("x"), [Study(str(i), str(i)) for i in range(50)])
    made = resplit(open_collection(tmp_path), parse_fractions((0.0, 0.0, 1.0)), "s")
    assert {made.header.splits.of(study) for study in made} == {"test"}
    assert open_collection(tmp_path).header == made.header
    assert len(open_collection(tmp_path)) == 50


def test_only_a_collection_has_splits_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        resplit(source(tmp_path / "in"), {"train": 1.0}, "s")
    assert "convert" in str(caught.value.hint)


@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (1.2, -0.1, -0.1), (1.0,)])
def test_shares_that_make_no_whole(shares: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="three shares"):
        parse_fractions(shares)
