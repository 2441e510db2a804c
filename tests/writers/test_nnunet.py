"""nnU-Net's raw form: read back by our layout, overlaps refused, channels in files of their own."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from polyclinic.errors import PixelError
from polyclinic.layouts import open_folder, recognise
from polyclinic.store.collection import Collection
from polyclinic.study import Image, Mask, Region, Study
from polyclinic.writers.account import Written
from polyclinic.writers.nnunet import label_map, write


def test_volumes_there_and_back(tmp_path: Path, volumes: Collection) -> None:
    written = write(volumes, tmp_path / "out")
    assert written.lines() == [
        "1 x study: masks of liver and spleen overlap: a label map holds one name a voxel (first: v2)"
    ]
    assert recognise(tmp_path / "out").layout.NAME == "dataset.json"
    back = open_folder(tmp_path / "out")
    one, three = back
    assert (written.studies, back.header.name, back.header.licence, back.skipped) == (2, "Volumes", "CC0-1.0", ())
    assert (one.id, one.split, three.id, three.split, three.regions) == ("v1", "train", "v3", "test", ())
    before = volumes.by_id["v1"]
    assert (one.images[0].pixels == before.images[0].pixels).all()
    assert (one.images[0].spacing_mm, one.images[0].affine) == ((2.0, 0.75, 0.5), before.images[0].affine)
    assert (one.images[0].channels, one.images[0].modality) == (("CT",), "CT")
    assert [(r.name, r.array.tolist()) for r in one.regions] == [(r.name, r.array.tolist()) for r in before.regions]
    record = json.loads((tmp_path / "out/dataset.json").read_text())
    assert record["labels"] == {"background": 0, "liver": 1, "spleen": 2}
    assert (record["channel_names"], record["numTraining"], record["file_ending"]) == ({"0": "CT"}, 1, ".nii.gz")


def test_pictures_have_a_file_a_channel(tmp_path: Path, held: Collection) -> None:
    written = write(held, tmp_path / "out")
    files = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.png")}
    assert files == {f"imagesTr/one_000{at}.png" for at in range(3)} | {"labelsTr/one.png"}
    (one,) = open_folder(tmp_path / "out")
    before = held.by_id["one"]
    assert (np.concatenate([image.pixels for image in one.images]) == before.images[0].pixels).all()
    assert [image.channels for image in one.images] == [("XC 0",), ("XC 1",), ("XC 2",)]
    assert {r.name: r.array.tolist() for r in one.regions} == {r.name: r.array.tolist() for r in before.regions}
    told = written.lines()
    assert "1 x study: 6 channels, the first study has 3 (first: two)" in told
    assert "1 x study: 1 channels, the first study has 3 (first: three)" in told
    assert "3 x region: a box or points without a mask (first: two)" in told


def test_training_needs_masks(tmp_path: Path, volumes: Collection) -> None:
    studies = tuple(dataclasses.replace(study, regions=(), split="train") for study in volumes)
    written = write(dataclasses.replace(volumes, studies=studies), tmp_path / "out")
    assert written.lines() == ["3 x study: no masks: nnU-Net trains on label maps (first: v1)"]


def square(name: str, at: int) -> Region:
    mask = np.zeros((4, 4), bool)
    mask[at : at + 2, :] = True
    return Region(name, mask=Mask.from_array(mask))


def test_label_maps() -> None:
    values = {"a": 1, "b": 2}
    study = Study("s", "s", images=(Image("x"),), regions=(square("a", 0), square("b", 2), square("a", 0)))
    assert label_map(study, (4, 4), values, Written()).tolist() == [[1] * 4, [1] * 4, [2] * 4, [2] * 4]
    touching = dataclasses.replace(study, regions=(square("a", 0), square("b", 1)))
    with pytest.raises(PixelError, match="masks of a and b overlap"):
        label_map(touching, (4, 4), values, Written())
    with pytest.raises(PixelError, match="another size"):
        label_map(study, (5, 4), values, Written())
    assert label_map(dataclasses.replace(study, regions=()), (4, 4), values, Written()) is None


def test_background_is_no_name(tmp_path: Path, volumes: Collection) -> None:
    study = volumes.by_id["v1"]
    regions = (study.regions[0], dataclasses.replace(study.regions[1], name="background"))
    written = write(
        dataclasses.replace(volumes, studies=(dataclasses.replace(study, regions=regions),)), tmp_path / "o"
    )
    assert written.lines() == ["1 x region: named background (first: v1)"]
    assert json.loads((tmp_path / "o/dataset.json").read_text())["labels"] == {"background": 0, "liver": 1}
