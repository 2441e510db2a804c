"""Functional MR as OpenfMRI keeps it: a Study a run, its volumes over time, and what was shown when.

Shape: `sub001/BOLD/task001_run001/bold*.nii.gz`, with any of: masks below `sub001/masks/`, onsets of each condition in
`sub001/model/model001/onsets/task001_run001/cond001.txt` (onset, duration and weight; seconds), their names in
`models/model001/condition_key.txt`, the tasks' in `task_key.txt`, motion beside the run, and anatomy, which becomes a
Study of its own. Onsets, events and motion are signals under the condition's name, `events` and `motion`. Volumes over
time are the image's channels. A table beside these with columns `run` and `split` says what split a run is of.

Source: Poldrack et al. 2013, doi 10.3389/fninf.2013.00012. Differs: several files of one run may stand side by side.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from polyclinic.errors import PolyclinicError
from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import split_of
from polyclinic.layouts.rows import read_text
from polyclinic.layouts.tabular import tables_of
from polyclinic.readers import FileLabels, read_shape
from polyclinic.store.collection import Collection
from polyclinic.study import Image, MaskFile, Region, Study

NAME = "OpenfMRI"
LOOKED_FOR = "runs of functional MR (sub001/BOLD/task001_run001/bold.nii.gz)"
RUN = re.compile(r"(sub\d+)/BOLD/(task\d+)_run(\d+)/([^/]+)")
ONSETS = re.compile(r"(sub\d+)/model/[^/]+/onsets/(task\d+)_run(\d+)/(cond\d+)\.txt")
MASK = re.compile(r"(sub\d+)/masks/.+\.nii(?:\.gz)?")
ANATOMY = re.compile(r"(sub\d+)/anatomy/.+\.nii(?:\.gz)?")
CONDITIONS = re.compile(r"models/[^/]+/condition_key\.txt")
TASKS = "task_key.txt"
DOMAIN, MODALITY = "brain", "MR"
ASIDE = {"_events.tsv": "events", "_moest.txt": "motion"}

Run = tuple[str, str, str]


@dataclass
class Found:
    """The files of a folder by what they are.

    Args:
        bold: run -> volumes over time.
        signals: run -> name -> file.
        masks, anatomy: subject -> files.
    """

    bold: dict[Run, list[str]] = field(default_factory=lambda: defaultdict(list))
    signals: dict[Run, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    masks: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    anatomy: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    runs = len(_found(Files.below(path)).bold) if path.is_dir() else 0
    return f"it holds {runs} runs of functional MR" if runs else None


def read(path: Path) -> Collection:
    """One Study a run, and one for each subject's anatomy."""
    files = Files.below(path)
    intake = Intake(files, facts_of(files))
    found = _found(files)
    tasks, splits, shapes = _key(files, TASKS), _splits(path), _shapes(intake, found)
    studies = [_run(intake, run, found, tasks, splits, shapes) for run in sorted(found.bold)]
    studies += [_anatomy(intake, subject, paths) for subject, paths in sorted(found.anatomy.items())]
    return intake.collection([study for study in studies if study.images], "runs")


def _found(files: Files) -> Found:
    found, named = Found(), _conditions(files)
    for path in files.paths:
        if run := RUN.fullmatch(path):
            key, name = (run[1], run[2], run[3]), run[4]
            ending = next((ending for ending in ASIDE if name.endswith(ending)), None)
            if ending is not None:
                found.signals[key][ASIDE[ending]] = path
            elif name.startswith("bold") and name.endswith((".nii", ".nii.gz")):
                found.bold[key].append(path)
        elif onset := ONSETS.fullmatch(path):
            found.signals[onset[1], onset[2], onset[3]][named.get((onset[2], onset[4]), onset[4])] = path
        elif mask := MASK.fullmatch(path):
            found.masks[mask[1]].append(path)
        elif scan := ANATOMY.fullmatch(path):
            found.anatomy[scan[1]].append(path)
    return found


def _run(
    intake: Intake,
    run: Run,
    found: Found,
    tasks: Mapping[str, str],
    splits: Mapping[int, str],
    shapes: Mapping[str, tuple[int, ...]],
) -> Study:
    subject, task, number = run
    images = tuple(_images(intake, found.bold[run]))
    return Study(
        id=intake.name(f"{subject}-{task}-run{number}"),
        subject=subject,
        domain=intake.facts.domain or DOMAIN,
        images=images,
        regions=tuple(_regions(intake, images, found.masks[subject], shapes)),
        labels={"task": tasks.get(task, task), "run": int(number)},
        signals=dict(sorted(found.signals[run].items())),
        source=intake.source(),
        split=splits.get(int(number)),
    )


def _anatomy(intake: Intake, subject: str, paths: list[str]) -> Study:
    images = tuple(_images(intake, paths))
    ident = intake.name(f"{subject}-anatomy")
    return Study(ident, subject, intake.facts.domain or DOMAIN, images, source=intake.source())


def _images(intake: Intake, paths: list[str]) -> Iterator[Image]:
    for path in paths:
        image = intake.image(path, path, modality=MODALITY)
        if image is not None:
            yield image


def _shapes(intake: Intake, found: Found) -> dict[str, tuple[int, ...]]:
    """The masks' shapes (z, y, x); a mask that cannot be read goes to `skipped`."""
    shapes: dict[str, tuple[int, ...]] = {}
    for path in (path for paths in found.masks.values() for path in paths):
        try:
            shapes[path] = read_shape(intake.files.root / path)[1:]
        except PolyclinicError as error:
            intake.skipped.append(str(error).replace(f"{intake.files.root}/", ""))
    return shapes


def _regions(
    intake: Intake, images: tuple[Image, ...], masks: list[str], shapes: Mapping[str, tuple[int, ...]]
) -> Iterator[Region]:
    """Each mask as a region of the first image that has its grid."""
    grids = [intake.shape(image.path)[1:] for image in images]
    for path in (path for path in masks if shapes.get(path) in grids):
        name = intake.facts.regions.get(stem(path), stem(path))
        mask = MaskFile(path, load=FileLabels(intake.files.root / path))
        yield Region(name, intake.facts.kind(name) or "organ", image=grids.index(shapes[path]), mask=mask)


def _conditions(files: Files) -> dict[tuple[str, str], str]:
    """What a task's conditions are called: `task001 cond001 house`."""
    paths = (path for path in files.paths if CONDITIONS.fullmatch(path))
    lines = (line.split(maxsplit=2) for path in paths for line in read_text(files.root / path).splitlines())
    return {(words[0], words[1]): words[2].strip() for words in lines if len(words) == 3}


def _key(files: Files, name: str) -> dict[str, str]:
    """A file of a word and its meaning a line: `task001 object viewing`."""
    lines = read_text(files.root / name).splitlines() if files.has(name) else []
    return {word: meaning.strip() for word, _, meaning in (line.partition(" ") for line in lines) if meaning}


def _splits(folder: Path) -> dict[int, str]:
    """The split of each run, where a table tells one alone."""
    told: dict[int, set[str | None]] = defaultdict(set)
    for table in (table for table in tables_of(folder) if {"run", "split"} <= set(table.columns)):
        for row in table.rows:
            if row["run"].isdecimal():
                told[int(row["run"])].add(split_of(row["split"]))
    return {run: split for run, found in told.items() if len(found) == 1 and (split := next(iter(found)))}
