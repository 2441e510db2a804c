"""DICOM files as a scanner, an archive or a disc gives them: one Study a study, an image a series.

Shape: any folders with DICOM files in them, or a `DICOMDIR`. Slices of one series become one volume, named by
series number and description; several volumes in a folder are told apart as `FOLDER#SERIES`. Segmentations,
structure sets and measurement reports become regions of the image they speak of. The subject is the Patient ID, and
times count from the subject's first study.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from polyclinic.errors import PolyclinicError
from polyclinic.layouts import folder_per_class
from polyclinic.layouts.dicom_regions import has_regions, regions_of
from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.readers.dicom.directory import NAME as DIRECTORY
from polyclinic.readers.dicom.directory import read_directory
from polyclinic.readers.dicom.heads import Head, is_dicom, safe_uid, scan
from polyclinic.readers.dicom.series import MARK, Series, group, slices_among
from polyclinic.store.collection import Collection
from polyclinic.study import Image, Region, Study

NAME = "dicom studies"
LOOKED_FOR = "a folder of DICOM files, or a DICOMDIR"
SAMPLE = 64
YEARS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if path.name == DIRECTORY and path.is_file():
        return "it is a DICOMDIR"
    if not path.is_dir():
        return None
    if (path / DIRECTORY).is_file():
        return "it has a DICOMDIR"
    files = [path / name for name in Files.below(path).paths]
    found = [file for file in files[:SAMPLE] if is_dicom(file)]
    if not found:
        return None
    if folder_per_class.matches(path) and not slices_among(found):
        return None
    return "it holds DICOM files"


def read(path: Path) -> Collection:
    """One Study a DICOM study."""
    root = path if path.is_dir() else path.parent
    files = Files.below(root)
    intake = Intake(files, facts_of(files))
    held = scan(_listed(root, files, intake))
    intake.skipped += [_relative(line, root) for line in held.refused]
    if held.foreign:
        intake.notes.append(f"{held.foreign} files are no DICOM")
    studies: dict[str, list[Head]] = defaultdict(list)
    for head in held.heads:
        studies[head.text("StudyInstanceUID")].append(head)
    counts = Counter(folder for head in held.heads if head.is_image for folder in head.path.parents)
    made = [_study(intake, root, members, counts) for _, members in sorted(studies.items())]
    return intake.collection([study for study in made if study is not None], "DICOM studies")


def _listed(root: Path, files: Files, intake: Intake) -> list[Path]:
    """The files of a DICOMDIR where there is one, else all."""
    if not (root / DIRECTORY).is_file():
        return [root / name for name in files.paths]
    listing = read_directory(root / DIRECTORY)
    intake.skipped += [f"{DIRECTORY}: {_relative(str(file), root)} is missing" for file in listing.missing]
    if listing.refused:
        intake.skipped.append(f"{DIRECTORY}: {listing.refused} entries lead out of the folder")
    return list(listing.files)


def _study(intake: Intake, root: Path, heads: Sequence[Head], counts: Counter[Path]) -> Study | None:
    found, refused = group([head for head in heads if head.is_image])
    intake.skipped += [_relative(line, root) for line in refused]
    images: list[Image] = []
    taken: list[Series] = []
    when = _days(heads[0])
    for series in found:
        try:
            image = series.image(_path(root, series, counts))
        except PolyclinicError as error:
            intake.skipped.append(_relative(str(error), root))
            continue
        images.append(dataclasses.replace(image, time_days=when))
        taken.append(series)
    if not images:
        return None
    ident = intake.name(safe_uid(heads[0].text("StudyInstanceUID")))
    subject = heads[0].text("PatientID") or ident
    regions = _regions(intake, root, [head for head in heads if not head.is_image], taken)
    labels = _labels(heads)
    return Study(
        ident, subject, intake.facts.domain, tuple(images), regions=regions, labels=labels, source=intake.source()
    )


def _regions(intake: Intake, root: Path, others: Sequence[Head], images: Sequence[Series]) -> tuple[Region, ...]:
    """Regions of the objects that are no images; what holds none is counted."""
    regions: list[Region] = []
    for head in others:
        place = head.path.relative_to(root).as_posix()
        if not has_regions(head):
            intake.skipped.append(f"{place}: neither an image nor regions of one")
            continue
        try:
            found = regions_of(head, images)
        except PolyclinicError as error:
            intake.skipped.append(_relative(str(error), root))
            continue
        regions += found.regions
        intake.skipped += found.left_out
    return tuple(regions)


def _path(root: Path, series: Series, counts: Counter[Path]) -> str:
    """What the record calls a series: its file, its folder, or where that holds others too, its folder and key."""
    if not series.shape:
        return series.files[0].relative_to(root).as_posix()
    place = series.folder.relative_to(root).as_posix()
    return place if counts[series.folder] == len(series.files) else f"{place}{MARK}{series.key}"


def _days(head: Head) -> float | None:
    """Days up to the study's date, from a start that does not matter; None where it has none."""
    try:
        return float(datetime.date.fromisoformat(head.text("StudyDate")).toordinal())
    except ValueError:
        return None


def _labels(heads: Sequence[Head]) -> dict[str, str | float | bool]:
    """Sex and age in years, where a file has them in their due form."""
    labels: dict[str, str | float | bool] = {}
    sex, age = (next(filter(None, (head.text(name) for head in heads)), "") for name in ("PatientSex", "PatientAge"))
    if sex in ("M", "F", "O"):
        labels["sex"] = sex
    if re.fullmatch(r"\d{3}[DWMY]", age):
        labels["age"] = round(int(age[:3]) * YEARS[age[3]], 2)
    return labels


def _relative(message: str, root: Path) -> str:
    return message.replace(f"{root}/", "")
