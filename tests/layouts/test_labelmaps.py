"""Mask files to Regions: one mask, classes, or instances, decided over all files of an origin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from polyclinic.layouts.facts import Facts
from polyclinic.layouts.labelmaps import MaskUse, Origin, regions_of

Paint = Callable[..., Path]


def grid(*values: int) -> np.ndarray:
    """A row of 2 x 2 squares, one a value, on zeros."""
    array = np.zeros((4, 3 * len(values) + 1), np.uint16)
    for i, value in enumerate(values):
        array[1:3, 3 * i + 1 : 3 * i + 3] = value
    return array


def found(root: Path, origin: Origin, *paths: str, facts: Facts | None = None) -> dict[str, list[tuple]]:
    regions, wrong = regions_of(root, origin, [MaskUse(path, path) for path in paths], facts or Facts())
    assert wrong == []
    return {key: [(r.name, r.box, int(r.array.sum())) for r in made] for key, made in regions.items()}


def test_one_value_is_one_mask(tmp_path: Path, paint: Paint) -> None:
    paint("a.png", grid(255, 255))
    paint("b.png", grid(0))
    assert found(tmp_path, Origin("vessel_mask"), "a.png", "b.png") == {
        "a.png": [("vessel", None, 8)],
        "b.png": [],
    }


def test_few_values_are_classes(tmp_path: Path, paint: Paint) -> None:
    paint("a.png", grid(1, 2, 2))
    paint("b.png", grid(2))
    named = found(tmp_path, Origin("label", ("anterior", "posterior")), "a.png", "b.png")
    assert named["a.png"] == [("anterior", None, 4), ("posterior", None, 8)]
    assert named["b.png"] == [("posterior", None, 4)]
    assert found(tmp_path, Origin("label"), "a.png")["a.png"][0][0] == "label 1"
    assert found(tmp_path, Origin("tumour_label"), "a.png")["a.png"][0][0] == "tumour 1"


def test_many_running_values_are_instances_also_where_a_file_has_few(tmp_path: Path, paint: Paint) -> None:
    paint("many.png", grid(*range(1, 21)))
    paint("few.png", grid(1, 2))
    made = found(tmp_path, Origin("label_map", counted="nuclei"), "many.png", "few.png")
    assert made["few.png"] == [("nuclei", (1, 1, 3, 3), 4), ("nuclei", (4, 1, 6, 3), 4)]
    assert len(made["many.png"]) == 20


def test_a_count_makes_instances_of_few_values(tmp_path: Path, paint: Paint) -> None:
    paint("few.png", grid(1, 2))
    assert len(found(tmp_path, Origin("mask", counted="cells"), "few.png")["few.png"]) == 2


def test_smeared_masks_are_one_mask(tmp_path: Path, paint: Paint) -> None:
    paint("a.png", grid(*range(3, 250, 10)))
    assert [r[0] for r in found(tmp_path, Origin("mask"), "a.png")["a.png"]] == ["foreground"]


def test_volumes_have_a_region_for_each_value(tmp_path: Path) -> None:
    volume = np.zeros((2, 3, 4), np.uint8)
    volume[0, 0, 0], volume[1, 1, 1] = 1, 2
    nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), tmp_path / "a.nii.gz")
    made = found(tmp_path, Origin("label", ("front", "back")), "a.nii.gz")
    assert made["a.nii.gz"] == [("front", None, 1), ("back", None, 1)]


def test_facts_name_regions_and_kinds(tmp_path: Path, paint: Paint) -> None:
    paint("a.png", grid(255))
    facts = Facts(regions={"mask": "polyp"}, kinds={"polyp": "finding"})
    regions, _ = regions_of(tmp_path, Origin("mask"), [MaskUse("a", "a.png")], facts)
    assert [(r.name, r.kind) for r in regions["a"]] == [("polyp", "finding")]


@pytest.mark.parametrize("value", [0.5, 1.25])
def test_fractions_are_no_labels(tmp_path: Path, value: float) -> None:
    nibabel.save(nibabel.Nifti1Image(np.full((2, 2, 2), value, np.float32), np.eye(4)), tmp_path / "a.nii")
    regions, wrong = regions_of(tmp_path, Origin("mask"), [MaskUse("a", "a.nii")], Facts())
    assert regions == {}
    assert "fractions" in wrong[0]
