"""Runs of functional MR in OpenfMRI's folders."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from polyclinic.layouts import open_folder, recognise
from polyclinic.store.collection import Collection

BOLD = "sub001/BOLD/task001_run00"


def scan(path: Path, *shape: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(np.ones(shape, np.int16), np.diag([2.0, 2.0, 3.0, 1.0])), path)


def text(path: Path, words: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words)


@pytest.fixture
def held(tmp_path: Path) -> Collection:
    for run in (1, 2):
        scan(tmp_path / f"{BOLD}{run}/bold.nii.gz", 4, 3, 2, 5)
        text(tmp_path / f"sub001/model/model001/onsets/task001_run00{run}/cond001.txt", "15.0 22.5 1\n")
    scan(tmp_path / "sub001/masks/vt.nii.gz", 4, 3, 2)
    scan(tmp_path / "sub001/masks/other_grid.nii.gz", 8, 6, 4)
    scan(tmp_path / "sub001/anatomy/highres001.nii.gz", 8, 6, 4)
    text(tmp_path / f"{BOLD}1/bold_moest.txt", "0 0 0 0 0 0\n")
    text(tmp_path / "models/model001/condition_key.txt", "task001 cond001 a house\n")
    text(tmp_path / "task_key.txt", "task001 object viewing\n")
    text(tmp_path / "labels.csv", "run,volume,split\n1,0,train\n1,1,train\n2,0,train\n2,1,test\n")
    return open_folder(tmp_path)


def test_a_study_a_run_and_the_anatomy(held: Collection) -> None:
    assert recognise(held.root).layout.NAME == "OpenfMRI"
    assert [study.id for study in held] == ["sub001-task001-run001", "sub001-task001-run002", "sub001-anatomy"]
    first = held.studies[0]
    assert first.images[0].pixels.shape == (5, 2, 3, 4)
    assert dict(first.labels) == {"task": "object viewing", "run": 1}
    assert {study.subject for study in held} == {"sub001"}
    assert held.skipped == ()


def test_what_was_shown_and_how_the_head_moved_are_signals(held: Collection) -> None:
    first, second, _ = held
    assert dict(first.signals) == {
        "a house": "sub001/model/model001/onsets/task001_run001/cond001.txt",
        "motion": f"{BOLD}1/bold_moest.txt",
    }
    assert set(second.signals) == {"a house"}


def test_masks_lie_on_the_image_of_their_grid(held: Collection) -> None:
    (region,) = held.studies[0].regions
    assert (region.name, region.kind, region.image) == ("vt", "organ", 0)
    assert region.array.shape == held.studies[0].images[0].pixels.shape[1:]


def test_a_run_has_a_split_where_a_table_tells_one_alone(held: Collection) -> None:
    assert [study.split for study in held] == ["train", None, None]
