"""Images with folders of masks, or with masks beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np

from polyclinic.layouts import open_folder, recognise

Paint = Callable[..., Path]
SPOT = np.pad(np.full((2, 2), 255, np.uint8), ((2, 2), (3, 3)))


def test_images_and_masks(tmp_path: Path, paint: Paint) -> None:
    for path in ("images/a.png", "images/b.png"):
        paint(path)
    paint("vessel_masks/a.png", SPOT)
    paint("disc_masks/a.png", SPOT)
    paint("disc_masks/z.png", SPOT)
    paint("disc_masks/b.png", np.ones((2, 2), np.uint8))
    assert recognise(tmp_path).layout.NAME == "images and masks"
    collection = open_folder(tmp_path)
    a, b = collection
    assert sorted((r.name, int(r.array.sum())) for r in a.regions) == [("disc", 4), ("vessel", 4)]
    assert b.regions == ()
    assert sorted(collection.skipped) == [
        "disc_masks/b.png: mask disc_masks/b.png is 2x2, its image images/b.png is 6x8",
        "disc_masks/z.png: no image of this name",
    ]


def test_masks_in_folders_of_their_names(tmp_path: Path, paint: Paint) -> None:
    paint("images/a.png")
    paint("masks/nerve/a.png", SPOT)
    assert [r.name for r in open_folder(tmp_path).studies[0].regions] == ["nerve"]


def test_masks_beside_their_images(tmp_path: Path, paint: Paint) -> None:
    paint("a.png")
    paint("a_mask.png", SPOT)
    (study,) = open_folder(tmp_path)
    assert (study.id, [r.name for r in study.regions]) == ("a", ["foreground"])


def test_volumes_with_labels_and_their_names(tmp_path: Path) -> None:
    for folder in ("imagesTr", "labelsTr", "imagesTs"):
        (tmp_path / folder).mkdir()
    values = np.zeros((2, 3, 4), np.uint8)
    values[0, 0, :2] = (1, 2)
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "imagesTr/case_0000.nii.gz")
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "labelsTr/case.nii.gz")
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "imagesTs/other_0000.nii.gz")
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": {"background": 0, "head": 1, "tail": 2}}))
    collection = open_folder(tmp_path)
    (case,) = [s for s in collection if s.regions]
    assert [(r.name, int(r.array.sum())) for r in case.regions] == [("head", 1), ("tail", 1)]
    assert case.images[0].pixels.shape == (1, 4, 3, 2)
