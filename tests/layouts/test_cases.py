"""Cases by rules: a miniature of each public set that has rules, rules of one's own, and files that do not fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from polyclinic.errors import LayoutError
from polyclinic.layouts import cases, open_folder, recognise
from polyclinic.study import Study

Paint = Callable[..., Path]
SPOT = np.pad(np.full((2, 2), 255, np.uint8), ((2, 2), (3, 3)))


def volume(*values: int) -> Any:
    """Labels whose first voxels have these values, one each."""
    flat = np.zeros(24, np.uint8)
    flat[: len(values)] = values
    return flat.reshape(2, 3, 4)


@dataclass(frozen=True)
class Mini:
    """A miniature: images, masks with their values, and what the first Study has to be."""

    name: str
    images: tuple[str, ...]
    masks: dict[str, Any]
    study: str
    regions: list[tuple[str, str | None, int]]
    subject: str = ""
    channels: tuple[str, ...] = ()
    split: str | None = None
    labels: dict[str, Any] = field(default_factory=dict)
    studies: int = 1


B = "train/BraTS20_Training_001/BraTS20_Training_001_"
G = "BraTS-GLI-00005-001/BraTS-GLI-00005-001-"
I = "A. Segmentation/"  # noqa: E741
MINIS = [
    Mini(
        "BraTS",
        (f"{B}t1.nii.gz", f"{B}t1ce.nii.gz", f"{B}t2.nii.gz", f"{B}flair.nii.gz"),
        {f"{B}seg.nii.gz": volume(1, 2, 4, 4)},
        "BraTS20_Training_001",
        [("necrotic tumour core", "finding", 1), ("oedema", "finding", 1), ("enhancing tumour", "finding", 2)],
        channels=("T1", "T1c", "T2", "FLAIR"),
    ),
    Mini(
        "BraTS 2023",
        (f"{G}t1n.nii.gz", f"{G}t1c.nii.gz", f"{G}t2w.nii.gz", f"{G}t2f.nii.gz"),
        {f"{G}seg.nii.gz": volume(3)},
        "BraTS-GLI-00005-001",
        [("enhancing tumour", "finding", 1)],
        subject="BraTS-GLI-00005",
        channels=("T1", "T1c", "T2", "FLAIR"),
        labels={"visit": "001"},
    ),
    Mini(
        "BTCV abdomen",
        ("RawData/Training/img/img0001.nii.gz", "RawData/Testing/img/img0061.nii.gz"),
        {"RawData/Training/label/label0001.nii.gz": volume(1, 13)},
        "0001",
        [("spleen", "organ", 1), ("left adrenal gland", "organ", 1)],
        split="train",
        studies=2,
    ),
    Mini(
        "TotalSegmentator",
        ("s0011/ct.nii.gz",),
        {"s0011/segmentations/kidney_left.nii.gz": volume(1, 1), "s0011/segmentations/liver.nii.gz": volume()},
        "s0011",
        [("kidney left", "organ", 2), ("liver", "organ", 0)],
    ),
    Mini(
        "FLARE 2022",
        ("images/FLARE22_Tr_0001_0000.nii.gz",),
        {"labels/FLARE22_Tr_0001.nii.gz": volume(1, 12)},
        "0001",
        [("liver", "organ", 1), ("duodenum", "organ", 1)],
        split="train",
    ),
    Mini(
        "KiTS",
        ("case_00000/imaging.nii.gz",),
        {"case_00000/segmentation.nii.gz": volume(1, 2)},
        "case_00000",
        [("kidney", "organ", 1), ("kidney tumour", "finding", 1)],
    ),
    Mini(
        "DRIVE",
        ("training/images/21_training.tif", "test/images/01_test.tif"),
        {"training/1st_manual/21_manual1.gif": SPOT, "training/mask/21_training_mask.gif": SPOT},
        "21",
        [("vessel", "organ", 4)],
        split="train",
        studies=2,
    ),
    Mini(
        "CHASE_DB1",
        ("Image_01L.jpg", "Image_01R.jpg"),
        {"Image_01L_1stHO.png": SPOT, "Image_01L_2ndHO.png": SPOT},
        "01-L",
        [("vessel", "organ", 4)],
        subject="01",
        labels={"eye": "L"},
        studies=2,
    ),
    Mini("STARE", ("im0001.ppm",), {"im0001.ah.ppm": SPOT, "im0001.vk.ppm": SPOT}, "im0001", [("vessel", "organ", 4)]),
    Mini(
        "IDRiD segmentation",
        (f"{I}1. Original Images/a. Training Set/IDRiD_01.jpg", f"{I}1. Original Images/b. Testing Set/IDRiD_55.jpg"),
        {
            f"{I}2. All Segmentation Groundtruths/a. Training Set/1. Microaneurysms/IDRiD_01_MA.tif": SPOT,
            f"{I}2. All Segmentation Groundtruths/a. Training Set/5. Optic Disc/IDRiD_01_OD.tif": SPOT,
        },
        "IDRiD_01",
        [("microaneurysm", "finding", 4), ("optic disc", "organ", 4)],
        split="train",
        studies=2,
    ),
    Mini("CVC-ClinicDB", ("Original/1.tif",), {"Ground Truth/1.tif": SPOT}, "1", [("polyp", "finding", 4)]),
    Mini(
        "BUSI",
        ("benign/benign (1).png", "malignant/malignant (1).png"),
        {
            "benign/benign (1)_mask.png": SPOT,
            "benign/benign (1)_mask_1.png": np.rot90(SPOT, 2),
            "malignant/malignant (1)_mask.png": SPOT,
        },
        "benign (1)",
        [("breast lesion", "finding", 4), ("breast lesion", "finding", 4)],
        labels={"class": "benign"},
        studies=2,
    ),
    Mini(
        "Data Science Bowl 2018 nuclei",
        ("stage1_train/0ab/images/0ab.png", "stage1_test/0cd/images/0cd.png"),
        {"stage1_train/0ab/masks/1.png": SPOT, "stage1_train/0ab/masks/2.png": np.zeros((6, 8), np.uint8)},
        "0ab",
        [("nuclei", "cell", 4)],
        split="train",
        studies=2,
    ),
]


def make(mini: Mini, paint: Paint, scan: Paint) -> None:
    for path in mini.images:
        if ".nii" in path:
            scan(path)
        else:
            paint(path)
    for path, values in mini.masks.items():
        (scan if ".nii" in path else paint)(path, values)


@pytest.mark.parametrize("mini", MINIS, ids=lambda mini: mini.name)
def test_a_public_set(tmp_path: Path, paint: Paint, scan: Paint, mini: Mini) -> None:
    make(mini, paint, scan)
    assert recognise(tmp_path).layout.NAME == cases.NAME
    held = open_folder(tmp_path)
    assert (held.header.name, len(held), held.skipped) == (mini.name, mini.studies, ())
    assert held.header.licence
    study: Study = held.by_id[mini.study]
    assert [(r.name, r.kind, int(r.array.sum())) for r in study.regions] == mini.regions
    assert (study.subject, study.split) == (mini.subject or mini.study, mini.split)
    assert tuple(channel for image in study.images for channel in image.channels) == mini.channels
    assert study.labels == mini.labels
    assert study.domain
    assert study.images[0].modality
    assert study.images[0].pixels.shape[-2:] == study.regions[0].array.shape[-2:]


def test_a_table_tells_of_the_cases(tmp_path: Path, paint: Paint, scan: Paint) -> None:
    make(next(mini for mini in MINIS if mini.name == "TotalSegmentator"), paint, scan)
    (tmp_path / "meta.csv").write_text("image_id;age;gender;split\ns0011;61;m;val\ns0012;;f;train\n")
    (study,) = open_folder(tmp_path)
    assert (study.labels, study.split) == ({"age": 61.0, "sex": "m"}, "val")


def test_sequences_are_subjects(tmp_path: Path, paint: Paint) -> None:
    for number in (1, 2):
        paint(f"PNG/Original/{number}.png")
        paint(f"TIF/Original/{number}.tif")
        paint(f"PNG/Ground Truth/{number}.png", SPOT)
    (tmp_path / "metadata.csv").write_text("frame_id,sequence_id\n1,7\n2,7\n")
    held = open_folder(tmp_path)
    assert [(study.id, study.subject) for study in held] == [("1", "7"), ("2", "7")]
    assert held.studies[0].images[0].path == "PNG/Original/1.png"
    assert held.skipped == (
        "TIF/Original/1.tif: another file is this image already",
        "TIF/Original/2.tif: another file is this image already",
    )


OWN = """
name = "Ours"
aside = ["**/draft/*"]
[[images]]
paths = ["{subject}/{case}.png"]
channel = "film"
modality = "x-ray"
[[images]]
paths = ["{subject}/{case}.second.png"]
channel = "second"
optional = true
[[masks]]
paths = ["masks/{subject}/{case}.png"]
values = { 1 = "lung" }
[regions]
"""


def own(tmp_path: Path, paint: Paint) -> None:
    (tmp_path / "polyclinic.toml").write_text(OWN)
    paint("p1/a.png")
    paint("p1/b.png")
    paint("masks/p1/a.png", np.where(SPOT, 1, 0).astype(np.uint8))
    paint("masks/p1/b.png", np.where(SPOT, 3, 0).astype(np.uint8))


def test_rules_of_ones_own(tmp_path: Path, paint: Paint) -> None:
    own(tmp_path, paint)
    paint("p1/draft/x.png")
    paint("other/deep/er/x.png")
    held = open_folder(tmp_path)
    one, two = held
    assert (one.subject, one.images[0].channels, one.images[0].modality) == ("p1", ("film",), "DX")
    assert [(r.name, int(r.array.sum())) for r in one.regions] == [("lung", 4)]
    assert two.regions == ()
    assert held.skipped == ("b: masks/p1/b.png holds the value 3, which has no name",)
    assert held.header.note == (
        "1 files fit no rule, such as other/deep/er/x.png; "
        "1 files are left aside as the set's facts say, such as p1/draft/x.png"
    )


def test_what_is_wrong_is_named(tmp_path: Path, paint: Paint) -> None:
    own(tmp_path, paint)
    paint("masks/p1/b.png", np.ones((2, 2), np.uint8))
    paint("masks/p1/z.png", SPOT)
    (tmp_path / "p1" / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    held = open_folder(tmp_path)
    assert len(held) == 2
    assert "b: mask masks/p1/b.png is 2x2, its image p1/b.png is 6x8" in held.skipped
    assert "masks/p1/z.png: no image of this case" in held.skipped
    assert any(line.startswith("c: cannot read p1/c.png") for line in held.skipped)


def test_a_missing_sequence_is_named(tmp_path: Path, paint: Paint, scan: Paint) -> None:
    brats = MINIS[0]
    make(brats, paint, scan)
    (tmp_path / f"{B}t2.nii.gz").unlink()
    held = open_folder(tmp_path)
    assert held.skipped == ("BraTS20_Training_001: no image T2",)
    assert len(held.studies[0].images) == 3


def test_a_text_beside_a_case_is_its_report(tmp_path: Path, paint: Paint, scan: Paint) -> None:
    make(MINIS[0], paint, scan)
    (tmp_path / f"{B}flair_text.txt").write_text("The lesion lies in the left frontal lobe,\n  with oedema.\n")
    (tmp_path / "train" / "BraTS20_Training_009_flair_text.txt").write_text("Nobody's.")
    held = open_folder(tmp_path)
    report = held.studies[0].report
    assert report is not None
    assert report.sections == {"findings": "The lesion lies in the left frontal lobe, with oedema."}
    assert len(held.studies) == 1
    (tmp_path / f"{B}flair_text.txt").write_text(" \n")
    assert open_folder(tmp_path).studies[0].report is None


def test_a_wrong_rule_is_told(tmp_path: Path, paint: Paint) -> None:
    paint("a.png")
    (tmp_path / "polyclinic.toml").write_text('[[images]]\npaths = ["{case"]\n')
    with pytest.raises(LayoutError, match="no path with fields"):
        open_folder(tmp_path)


def test_numbered_visits_follow_one_another(tmp_path: Path, scan: Paint) -> None:
    for name in ("T1W", "T2W", "FLAIR"):
        for place in ("p1/study1", "p1/study2", "p2/study2"):
            scan(f"{place}_{name}.nii.gz", volume())
    scan("p1/gt.nii.gz", volume(1))
    held = open_folder(tmp_path)
    assert held.header.name == "MS longitudinal lesions"
    assert [(study.id, study.prior) for study in held] == [("p1-1", None), ("p1-2", "p1-1"), ("p2-2", None)]
    assert [image.channels for image in held.studies[0].images] == [("T1",), ("T2",), ("FLAIR",)]
