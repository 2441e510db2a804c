"""CT-RATE in miniature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, text: Write) -> Path:
    for name, spacing in (("train_1/train_1_a/train_1_a_1", 1.0), ("train_1/train_1_a/train_1_a_2", 2.0)):
        path = tmp_path / "dataset" / "train" / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        nib.save(nib.Nifti1Image(np.zeros((3, 4, 5), np.int16), np.diag([spacing, spacing, spacing, 1])), path)
    text(
        "dataset/radiology_text_reports/train_reports.csv",
        "VolumeName,ClinicalInformation_EN,Technique_EN,Findings_EN,Impressions_EN",
        "train_1_a_1.nii.gz,Cough,,Clear lungs.,Normal",
        "train_9_a_1.nii.gz,Cough,,Clear lungs.,Normal",
    )
    text(
        "dataset/multi_abnormality_labels/train_predicted_labels.csv",
        "VolumeName,Medical material,Cardiomegaly,Pleural effusion",
        "train_1_a_1.nii.gz,0,1,0",
    )
    text(
        "dataset/metadata/train_metadata.csv",
        "VolumeName,PatientSex,PatientAge,XYSpacing,ZSpacing",
        'train_1_a_1.nii.gz,M,063Y,"[0.7, 0.8]",1.5',
        'train_1_a_2.nii.gz,M,063Y,"[0.7, 0.8]",1.5',
    )
    return tmp_path


def test_a_scan_has_its_reconstructions(folder: Path) -> None:
    held = open_folder(folder)
    assert recognise(folder).layout.NAME == "CT-RATE"
    (study,) = held
    assert (study.id, study.subject, study.split, len(study.images)) == ("train_1_a", "train_1", "train", 2)
    assert study.report is not None
    assert study.report.sections == {"indication": "Cough", "findings": "Clear lungs.", "impression": "Normal"}
    assert {f.name: f.present for f in study.findings} == {
        "medical material": False,
        "cardiomegaly": True,
        "effusion": False,
    }
    assert study.labels == {"sex": "M", "age": 63}
    assert "1 scans of the tables have no volume here" in str(held.header.note)


def test_the_tables_spacing_stands_in_only_where_the_file_says_1_mm(folder: Path) -> None:
    (study,) = open_folder(folder)
    assert [image.spacing_mm for image in study.images] == [(1.5, 0.8, 0.7), (2.0, 2.0, 2.0)]
    assert study.images[0].pixels.shape == (1, 5, 4, 3)
