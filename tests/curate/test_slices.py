"""Volumes to slices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from polyclinic.curate.slices import flattened, slices
from polyclinic.readers import read_image, read_labels
from polyclinic.study import Image, Mask, MaskFile, Region, Study


def volume(**more: Any) -> Study:
    pixels = np.random.default_rng(0).normal(size=(1, 5, 4, 3))
    pixels[:, 4] = 1.0
    image = Image("v", spacing_mm=(3.0, 2.0, 1.0), load=lambda: pixels)
    return Study("s", "p", images=(image,), split="test", **more)


def mask() -> Any:
    array = np.zeros((5, 4, 3), bool)
    array[1, 2, 1] = array[2, 1:3, 0:2] = array[4, 0, 0] = True
    return array


def test_planes_that_show_something() -> None:
    made = slices(volume())
    assert [s.id for s in made] == ["s-z000", "s-z001", "s-z002", "s-z003"]
    assert {(s.subject, s.split) for s in made} == {("p", "test")}
    assert made[2].images[0].pixels.shape == (1, 4, 3)
    assert (made[2].images[0].pixels == volume().images[0].pixels[:, 2]).all()
    assert made[2].images[0].spacing_mm == (2.0, 1.0)
    assert [s.id for s in slices(volume(), every=True)][-1] == "s-z004"


@pytest.mark.parametrize("stored", [Mask.from_array(mask()), MaskFile("m", load=mask)])
def test_regions_are_cut_with_their_planes(stored: Mask | MaskFile) -> None:
    made = slices(volume(regions=(Region("x", mask=stored), Region("deep", box=(0, 0, 2, 2, 3, 4)))))
    assert [(s.id, [(r.name, r.box) for r in s.regions]) for s in made] == [
        ("s-z001", [("x", (1, 2, 2, 3))]),
        ("s-z002", [("x", (0, 1, 2, 3)), ("deep", (0, 0, 2, 3))]),
        ("s-z003", [("deep", (0, 0, 2, 3))]),
    ]
    assert (made[0].regions[0].array == mask()[1]).all()


def test_priors_are_cut_alike() -> None:
    assert slices(volume(prior="r"))[1].prior == "r-z001"


def test_pictures_and_texts_stay_as_they_are() -> None:
    flat = Study("a", "p", images=(Image.from_array(np.zeros((3, 3)), "a.png"),))
    text = Study("b", "p")
    assert list(flattened([flat, text])) == [flat, text]


def test_planes_of_a_file_survive_the_record(tmp_path: Path) -> None:
    values = np.zeros((3, 4, 5), np.uint8)
    values[0, 0, 2] = 7
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "v.nii.gz")
    image = read_image(tmp_path / "v.nii.gz")
    assert image.is_volume
    region = Region("x", mask=MaskFile("v.nii.gz", 7, load=lambda: read_labels(tmp_path / "v.nii.gz")))
    (plane,) = slices(Study("s", "p", images=(image,), regions=(region,)))
    assert plane.images[0].slice == 2
    assert np.argwhere(plane.regions[0].array).tolist() == [[0, 0]]
    again = Study.from_json(plane.to_json())
    assert again == plane
