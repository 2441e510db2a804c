"""MedMNIST in miniature."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from polyclinic.layouts import open_folder, recognise
from polyclinic.store.collection import open_collection
from polyclinic.store.export import export


def part(path: Path, shape: tuple[int, ...], labels: int = 1, **wrong: np.ndarray) -> dict[str, np.ndarray]:
    held = {}
    for seed, split in enumerate(("train", "val", "test")):
        held[f"{split}_images"] = np.random.default_rng(seed).integers(0, 255, (2, *shape), dtype=np.uint8)
        held[f"{split}_labels"] = np.arange(2 * labels, dtype=np.uint8).reshape(2, labels) % 2
    np.savez_compressed(path, **(held | wrong))
    return held


def test_classes_splits_and_pixels(tmp_path: Path) -> None:
    held = part(tmp_path / "pathmnist_64.npz", (4, 6, 3))
    collection = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "MedMNIST"
    assert len(collection) == 6
    study = collection.by_id["pathmnist_64-test-1"]
    assert (study.split, study.labels, study.images[0].modality) == ("test", {"class": "background"}, "SM")
    assert (study.images[0].pixels == held["test_images"][1].transpose(2, 0, 1)).all()


def test_several_labels_are_findings_and_volumes_are_volumes(tmp_path: Path) -> None:
    part(tmp_path / "chestmnist.npz", (4, 6), 14)
    part(tmp_path / "organmnist3d.npz", (4, 5, 6))
    collection = open_folder(tmp_path)
    findings = {f.name: f.present for f in collection.by_id["chestmnist-train-0"].findings}
    assert (len(findings), findings["atelectasis"], findings["cardiomegaly"]) == (14, False, True)
    volume = collection.by_id["organmnist3d-val-0"].images[0]
    assert (volume.pixels.shape, volume.modality) == ((1, 4, 5, 6), "CT")


def test_one_file_is_enough_and_parts_that_lack_are_told(tmp_path: Path) -> None:
    part(tmp_path / "other.npz", (4, 6), val_labels=np.zeros((3, 1), np.uint8))
    np.savez(tmp_path / "else.npz", images=np.zeros(3))
    collection = open_folder(tmp_path / "other.npz")
    assert [study.labels["class"] for study in collection] == [0, 1, 0, 1]
    assert collection.skipped == ("other.npz: 2 val images, 3 labels",)


def test_an_export_takes_the_npz_along(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    held = part(tmp_path / "in" / "x.npz", (4, 6))
    export(open_folder(tmp_path / "in"), tmp_path / "out")
    study = open_collection(tmp_path / "out").by_id["x-train-1"]
    assert (study.images[0].path, (tmp_path / "out/x.npz").is_file()) == ("x.npz/train_images/1", True)
    assert (study.images[0].pixels == held["train_images"][1]).all()
