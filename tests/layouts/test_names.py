"""Names as people write them, and what they mean here."""

from __future__ import annotations

import pytest

from polyclinic.layouts.names import (
    label_name,
    missing,
    modality_of,
    names,
    plain,
    rank,
    region_name,
    role_of,
    split_of,
)


@pytest.mark.parametrize(("name", "expected"), [("Patient ID", "patient_id"), ("  x--y ", "x_y"), ("左肺", "左肺")])
def test_plain(name: str, expected: str) -> None:
    assert plain(name) == expected


def test_roles_and_their_order() -> None:
    assert role_of("PatientID") == "subject"
    assert role_of("anything else") is None
    assert rank("image", "image") < rank("image", "filename") < rank("image", "other")


@pytest.mark.parametrize(
    ("cell", "split"), [("Train", "train"), ("validation", "val"), ("dev", "val"), ("Testing", "test"), ("fold3", None)]
)
def test_splits(cell: str, split: str | None) -> None:
    assert split_of(cell) == split


@pytest.mark.parametrize(
    ("cell", "code"), [("X-ray", "DX"), ("mri", "MR"), ("CT", "CT"), ("SM", "SM"), ("who knows", None)]
)
def test_modalities(cell: str, code: str | None) -> None:
    assert modality_of(cell) == code


@pytest.mark.parametrize("cell", ["", " NA ", "n/a", "NaN", "todo", "Unknown"])
def test_missing(cell: str) -> None:
    assert missing(cell)


def test_zero_and_none_are_values() -> None:
    assert not missing("0")
    assert not missing("None")


@pytest.mark.parametrize(
    ("origin", "folder", "name"),
    [
        ("vessel_mask", "", "vessel"),
        ("mask", "disc_masks", "disc"),
        ("optic_nerve_seg", "", "optic nerve"),
        ("label_map", "label_maps", None),
        ("labelsTr", "", None),
    ],
)
def test_regions(origin: str, folder: str, name: str | None) -> None:
    assert region_name(origin, folder) == name


def test_labels_may_have_better_names() -> None:
    assert label_name("image_organ") == "organ"
    assert label_name("Grade") == "Grade"


def test_no_column_name_has_two_roles() -> None:
    listed = [name for role in names()["roles"].values() for name in role] + list(names()["text"])
    assert sorted(listed) == sorted(set(listed))
