"""A small collection on disk that has a bit of everything, and a table of what it holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.store.collection import Collection, Header, open_collection, write_collection
from polyclinic.study import Finding, Image, Mask, MaskFile, Outcome, Region, Report, Source, Study, Turn

SPOT = np.zeros((6, 8), np.uint8)
SPOT[2:4, 3:5] = 1
RING = np.ones((6, 8), np.uint8)
RING[2:4, 3:5] = 0
RING[0, :] = 0


@pytest.fixture
def held(tmp_path: Path) -> Collection:
    """Three Studies: masks and texts; boxes, points and a second image; one of 12-bit values without annotations."""
    root = tmp_path / "held"
    (root / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in "abc":
        Pillow.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)).save(root / f"images/{name}.png")
    Pillow.fromarray(rng.integers(0, 4096, (6, 8), dtype=np.uint16)).save(root / "images/d.tif")
    Pillow.fromarray(SPOT * 2).save(root / "images/m.png")
    studies = (
        Study(
            "one",
            "p1",
            "skin",
            (Image("images/a.png", "XC"),),
            report=Report({"findings": "A mole.", "impression": "Benign."}),
            captions=("A mole on skin.",),
            findings=(Finding("mole", True),),
            regions=(
                Region("mole", "finding", mask=MaskFile("images/m.png", 2)),
                Region("skin", "organ", mask=Mask.from_array(RING)),
            ),
            turns=(Turn("Is it round?", "yes", "closed", ("yes", "no")),),
            labels={"site": "arm", "age": 61.0, "smoker": True},
            source=Source("held", "CC0-1.0"),
            split="train",
        ),
        Study(
            "two",
            "p2",
            "skin",
            (Image("images/b.png", "XC", view="front"), Image("images/c.png", "XC")),
            regions=(
                Region("mole", "finding", box=(1.0, 2.0, 4.0, 4.0)),
                Region("mole", "finding", image=1, box=(0.0, 0.0, 2.0, 1.0)),
                Region("mark", points=((1.0, 1.0),)),
            ),
            labels={"site": "leg", "age": 50.0, "smoker": False},
            outcome=Outcome(100.0, False),
            split="test",
        ),
        Study(
            "three", "p3", "skin", (Image("images/d.tif", "XC"),), labels={"site": "arm", "smoker": True}, split="test"
        ),
    )
    write_collection(root, Header("Held", licence="CC0-1.0"), studies)
    return open_collection(root)


@pytest.fixture
def volumes(tmp_path: Path) -> Collection:
    """Three volumes: two organs side by side; two that overlap; one in the test split without masks."""
    import nibabel

    root = tmp_path / "volumes"
    root.mkdir()
    rng = np.random.default_rng(0)
    labels = np.zeros((2, 3, 4), np.uint8)
    labels[0, 0, :3] = (1, 1, 2)
    spacing = np.diag([0.5, 0.75, 2.0, 1.0])
    for name in "abc":
        values = rng.integers(-1000, 1000, (2, 3, 4), dtype=np.int16)
        nibabel.save(nibabel.Nifti1Image(values.T, spacing), root / f"{name}.nii.gz")
    nibabel.save(nibabel.Nifti1Image(labels.T, spacing), root / "labels.nii.gz")

    def image(name: str) -> Image:
        return Image(f"{name}.nii.gz", "CT", spacing_mm=(2.0, 0.75, 0.5), affine=tuple(map(tuple, spacing.tolist())))

    liver = Region("liver", "organ", mask=MaskFile("labels.nii.gz", 1))
    spleen = Region("spleen", "organ", mask=MaskFile("labels.nii.gz", 2))
    whole = Region("spleen", "organ", mask=MaskFile("labels.nii.gz"))
    studies = (
        Study("v1", "v1", images=(image("a"),), regions=(liver, spleen), split="train"),
        Study("v2", "v2", images=(image("b"),), regions=(liver, whole), split="train"),
        Study("v3", "v3", images=(image("c"),), split="test"),
    )
    write_collection(root, Header("Volumes", licence="CC0-1.0"), studies)
    return open_collection(root)
