"""ACDC cardiac MR: frames at end of diastole and of systole, and what each patient's `Info.cfg` says.

Shape: `training/patient001/patient001_frame01.nii.gz` with `_gt` beside it and `Info.cfg` (`ED: 1`, `Group: DCM`).
Each frame is one Study; its label `phase` is ED or ES, `group` the diagnosis. The whole series (`_4d`) is left aside.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path, PurePosixPath

from polyclinic.layouts import cases
from polyclinic.layouts.columns import number
from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files
from polyclinic.layouts.rows import read_text
from polyclinic.store.collection import Collection
from polyclinic.study import Study

NAME = "ACDC"
LOOKED_FOR = "ACDC patients with Info.cfg"
INFO = "Info.cfg"
PHASES = ("ED", "ES")
LABELS = {"Group": "group", "Height": "height_cm", "Weight": "weight_kg"}


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if not path.is_dir():
        return None
    files = Files.below(path)
    if facts_of(files).name != NAME:
        return None
    patients = sum(PurePosixPath(file).name == INFO for file in files.paths)
    return f"{patients} patients have {INFO}" if cases.matches(path) else None


def read(path: Path) -> Collection:
    """One Study a frame, labelled with its phase and its patient's facts."""
    collection = cases.read(path)
    known: dict[str, dict[str, str]] = {}
    studies = []
    for study in collection:
        folder = PurePosixPath(study.images[0].path).parent.as_posix()
        if folder not in known:
            known[folder] = info(path / folder / INFO)
        studies.append(_told(study, known[folder]))
    lacking = tuple(f"{folder}: {INFO} is missing or empty" for folder, told in known.items() if not told)
    return dataclasses.replace(collection, studies=tuple(studies), skipped=(*collection.skipped, *lacking))


def info(path: Path) -> dict[str, str]:
    """The lines `key: value` of a file; none where it is not there."""
    if not path.is_file():
        return {}
    pairs = (line.partition(":") for line in read_text(path).splitlines())
    return {key.strip(): value.strip() for key, colon, value in pairs if colon and value.strip()}


def _told(study: Study, told: dict[str, str]) -> Study:
    labels = dict(study.labels)
    frame = number(str(labels.pop("frame", "")))
    phase = next((phase for phase in PHASES if frame is not None and number(told.get(phase, "")) == frame), None)
    if phase is not None:
        labels["phase"] = phase
    elif frame is not None:
        labels["frame"] = frame
    for key, name in LABELS.items():
        if key in told:
            value = number(told[key])
            labels[name] = told[key] if value is None else value
    return dataclasses.replace(study, labels=labels)
