"""ACDC: phases by frame, patients' facts, a patient without them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from polyclinic.layouts import open_folder, recognise
from polyclinic.layouts.acdc import info

Paint = Callable[..., Path]


def patient(tmp_path: Path, scan: Paint, name: str, told: str | None) -> None:
    base = f"training/{name}/{name}"
    scan(f"{base}_4d.nii.gz")
    labels = np.zeros((2, 3, 4), np.uint8)
    labels[0, 0, :3] = (1, 2, 3)
    for frame in ("01", "12"):
        scan(f"{base}_frame{frame}.nii.gz")
        scan(f"{base}_frame{frame}_gt.nii.gz", labels)
    if told is not None:
        (tmp_path / "training" / name / "Info.cfg").write_text(told)


def test_two_phases(tmp_path: Path, scan: Paint) -> None:
    patient(tmp_path, scan, "patient001", "ED: 1\nES: 12\nGroup: DCM\nHeight: 184.0\nNbFrame: 30\nWeight: 95.0\n")
    patient(tmp_path, scan, "patient002", None)
    assert recognise(tmp_path).layout.NAME == "ACDC"
    held = open_folder(tmp_path)
    one, two, three, _ = held
    assert [one.labels["phase"], two.labels["phase"]] == ["ED", "ES"]
    assert one.labels == {"phase": "ED", "group": "DCM", "height_cm": 184.0, "weight_kg": 95.0}
    assert (one.subject, two.subject, one.split, one.id) == ("patient001", "patient001", "train", "patient001-01")
    assert [region.name for region in one.regions] == ["right ventricle", "myocardium", "left ventricle"]
    assert three.labels == {"frame": 1.0}
    assert held.skipped == ("training/patient002: Info.cfg is missing or empty",)


def test_lines_that_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "Info.cfg").write_text("ED: 1\nnothing\nES:\n")
    assert info(tmp_path / "Info.cfg") == {"ED": "1"}
    assert info(tmp_path / "gone.cfg") == {}
