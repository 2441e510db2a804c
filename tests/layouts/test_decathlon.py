"""dataset.json: Decathlon's and AMOS's form, nnU-Net's two, regions of several values, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from polyclinic.errors import LayoutError
from polyclinic.layouts import open_folder, recognise
from polyclinic.layouts.decathlon import parse

Paint = Callable[..., Path]


def volume(*values: int) -> Any:
    flat = np.zeros(24, np.uint8)
    flat[: len(values)] = values
    return flat.reshape(2, 3, 4)


def head(tmp_path: Path, **record: Any) -> None:
    (tmp_path / "dataset.json").write_text(json.dumps(record))


def test_decathlon_with_channels_in_one_file(tmp_path: Path, scan: Paint) -> None:
    noise = np.random.default_rng(0).integers(1, 255, (2, 2, 3, 4), dtype=np.uint8)
    scan("imagesTr/BRATS_001.nii.gz", noise)
    scan("imagesTs/BRATS_002.nii.gz", noise)
    scan("labelsTr/BRATS_001.nii.gz", volume(1, 2, 2, 3))
    head(
        tmp_path,
        name="BRATS",
        licence="CC-BY-SA 4.0",
        modality={"0": "FLAIR", "1": "T1w"},
        labels={"0": "background", "1": "edema", "2": "non-enhancing tumor", "3": "kidney"},
    )
    assert recognise(tmp_path).layout.NAME == "dataset.json"
    held = open_folder(tmp_path)
    one, two = held
    assert (held.header.name, held.header.licence, held.skipped) == ("BRATS", "CC-BY-SA 4.0", ())
    assert (one.id, one.split, two.id, two.split) == ("BRATS_001", "train", "BRATS_002", "test")
    assert (one.images[0].channels, one.images[0].modality) == (("FLAIR", "T1w"), "MR")
    assert one.images[0].pixels.tolist() == noise.tolist()
    assert [(r.name, r.kind, int(r.array.sum())) for r in one.regions] == [
        ("edema", "finding", 1),
        ("non-enhancing tumor", "finding", 2),
        ("kidney", "organ", 1),
    ]


def test_a_task_of_the_decathlon_is_known_by_its_folder(tmp_path: Path, scan: Paint) -> None:
    task = tmp_path / "Task09_Spleen"
    scan("Task09_Spleen/imagesTr/spleen_2.nii.gz")
    scan("Task09_Spleen/labelsTr/spleen_2.nii.gz", volume(1))
    head(task, name="Spleen", modality={"0": "CT"}, labels={"0": "background", "1": "spleen"})
    held = open_folder(task)
    assert (held.header.name, held.header.licence) == ("Medical Segmentation Decathlon", "CC-BY-SA-4.0")
    assert (held.studies[0].images[0].modality, held.studies[0].regions[0].name) == ("CT", "spleen")


def test_amos_numbers_are_no_channels(tmp_path: Path, scan: Paint) -> None:
    for part, case in (("Tr", "amos_0001"), ("Va", "amos_0507")):
        scan(f"images{part}/{case}.nii.gz")
        scan(f"labels{part}/{case}.nii.gz", volume(1))
    scan("imagesTs/amos_0002.nii.gz")
    head(tmp_path, name="AMOS", modality={"0": "CT"}, labels={"0": "background", "1": "spleen"})
    held = open_folder(tmp_path)
    assert [(s.id, s.split) for s in held] == [("amos_0001", "train"), ("amos_0507", "val"), ("amos_0002", "test")]
    assert [(s.images[0].modality, s.images[0].channels) for s in held] == [
        ("CT", ("CT",)),
        ("MR", ()),
        ("CT", ("CT",)),
    ]
    assert (held.header.licence, held.studies[0].regions[0].kind) == ("CC-BY-4.0", "organ")


def test_nnunet_with_a_file_a_channel_and_regions(tmp_path: Path, scan: Paint) -> None:
    for channel in ("0000", "0001"):
        scan(f"imagesTr/a_{channel}.nii.gz")
    scan("labelsTr/a.nii.gz", volume(1, 2, 3, 9))
    head(
        tmp_path,
        channel_names={"0": "T1", "1": "T2"},
        labels={"background": 0, "whole": [1, 2], "core": [2], "ignore": 3},
        file_ending=".nii.gz",
    )
    held = open_folder(tmp_path)
    (study,) = held
    assert [image.path for image in study.images] == ["imagesTr/a_0000.nii.gz", "imagesTr/a_0001.nii.gz"]
    assert [image.channels for image in study.images] == [("T1",), ("T2",)]
    assert [(r.name, int(r.array.sum())) for r in study.regions] == [("whole", 1), ("whole", 1), ("core", 1)]
    assert held.skipped == ("labelsTr/a.nii.gz: dataset.json names no value 9",)


def test_nnunet_of_the_first_version_and_pictures(tmp_path: Path, paint: Paint) -> None:
    spot = np.pad(np.ones((2, 2), np.uint8), ((2, 2), (3, 3)))
    paint("imagesTr/a_0000.png", np.zeros((6, 8, 3), np.uint8) + 7)
    paint("labelsTr/a.png", spot)
    head(tmp_path, modality={"0": "R", "1": "G", "2": "B"}, labels={"0": "background", "1": "road"})
    (study,) = open_folder(tmp_path)
    assert (study.id, study.images[0].channels) == ("a", ("R", "G", "B"))
    assert int(study.regions[0].array.sum()) == 4


def test_what_is_wrong_is_named(tmp_path: Path, scan: Paint) -> None:
    scan("imagesTr/a.nii.gz")
    scan("imagesTr/b.nii.gz")
    scan("labelsTr/a.nii.gz", np.ones((1, 2, 2), np.uint8))
    scan("labelsTr/b.nii.gz", np.full((2, 3, 4), 0.5, np.float32))
    scan("labelsTr/c.nii.gz")
    (tmp_path / "imagesTr/d.nii.gz").write_bytes(b"\x1f\x8b")
    head(tmp_path, modality={"0": "CT"}, labels={"0": "background", "1": "spleen"})
    held = open_folder(tmp_path)
    assert [study.regions for study in held] == [(), ()]
    told = " | ".join(held.skipped)
    assert "mask labelsTr/a.nii.gz is 1x2x2, its image imagesTr/a.nii.gz is 2x3x4" in told
    assert "labelsTr/b.nii.gz holds fractions" in told
    assert "labelsTr/c.nii.gz: no image of this case" in told
    assert "d: cannot read imagesTr/d.nii.gz" in told


@pytest.mark.parametrize("labels", [{"spleen": "x"}, {"spleen": [1, None]}, {"spleen": -1}])
def test_labels_without_values_are_refused(tmp_path: Path, labels: dict[str, Any]) -> None:
    head(tmp_path, channel_names={"0": "CT"}, labels=labels)
    with pytest.raises(LayoutError, match="expected a whole number"):
        parse(tmp_path / "dataset.json")


def test_test_images_alone(tmp_path: Path, scan: Paint) -> None:
    for channel in ("0000", "0001"):
        scan(f"imagesTs/a_{channel}.nii.gz")
    head(tmp_path, channel_names={"0": "T1", "1": "T2"}, labels={"background": 0, "lesion": 1})
    (study,) = open_folder(tmp_path)
    assert (study.id, study.split, len(study.images)) == ("a", "test", 2)
