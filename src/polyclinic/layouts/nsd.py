"""Natural Scenes Dataset: a Study a trial, with the session's betas as its signal and the picture that was seen.

Shape: `nsd_stim_info_merged.csv` (a row a picture: `nsdId`, `cocoId`, `shared1000`, `subject1_rep0` ...: the trial,
from 1) and betas `.../subj01/.../betas_session01.nii.gz` or `.hdf5`, 750 trials each. The signal `betas` names the
session's file; the label `volume` is the trial's place in it, from 0. Pictures are taken from files that end in the
picture's number (`nsd00042.png`); those inside the HDF5 of stimuli are not read. Pictures that all subjects saw are the
test split.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from polyclinic.layouts.columns import YES, number
from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.rows import Row, read_table
from polyclinic.store.collection import Collection
from polyclinic.study import Image, Study

NAME = "Natural Scenes Dataset"
LOOKED_FOR = "nsd_stim_info_merged.csv with betas by session"
TABLE = "nsd_stim_info_merged.csv"
BETAS = re.compile(r"(?:.*/)?subj(\d{2})/(?:.*/)?betas_session(\d{2})\.(?:nii|nii\.gz|hdf5)")
PICTURE = re.compile(r".*nsd_?(\d{5})")
TRIAL = re.compile(r"subject(\d)_rep(\d)")
TRIALS = 750
DOMAIN = "brain"


@dataclass(frozen=True)
class Trial:
    """One look at one picture: subject and repeat as the columns have them, place from 0."""

    subject: int
    repeat: int
    place: int

    @property
    def session(self) -> int:
        """The session, from 1."""
        return self.place // TRIALS + 1


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if not path.is_dir():
        return None
    files = Files.below(path)
    sessions = sum(BETAS.fullmatch(file) is not None for file in files.paths)
    return f"{TABLE} tells what was seen in {sessions} sessions" if sessions and _table(files) else None


def read(path: Path) -> Collection:
    """One Study a trial whose session is there, in the table's order."""
    files = Files.below(path)
    intake = Intake(files, facts_of(files))
    betas = _betas(files)
    pictures = {int(f.group(1)): image for image in files.images if (f := PICTURE.fullmatch(stem(image)))}
    studies: list[Study] = []
    for row in read_table(path / (_table(files) or TABLE)).rows:
        nsd = number(row["nsdId"])
        if nsd is None:
            intake.skipped.append(f"{TABLE} line {row.line}: nsdId is no number")
            continue
        here = [trial for trial in trials(row) if (trial.subject, trial.session) in betas]
        picture = intake.image(pictures[int(nsd)], f"picture {int(nsd)}") if here and int(nsd) in pictures else None
        studies += [_study(intake, row, int(nsd), trial, betas, picture) for trial in here]
    if lacking := sum(not study.images for study in studies):
        intake.notes.append(f"{lacking} trials have no picture file here")
    return intake.collection(studies, "trials")


def trials(row: Row) -> Iterator[Trial]:
    """The trials of a picture; a column that holds 0 says that the subject did not see it."""
    for column, cell in row.cells.items():
        found, place = TRIAL.fullmatch(column), number(cell)
        if found and place is not None and place >= 1:
            yield Trial(int(found.group(1)), int(found.group(2)), int(place) - 1)


def _study(
    intake: Intake, row: Row, nsd: int, trial: Trial, betas: dict[tuple[int, int], str], picture: Image | None
) -> Study:
    shared = row["shared1000"].lower() in (*YES, "1")
    coco = number(row["cocoId"])
    labels: dict[str, str | float | bool] = {
        "nsd_id": nsd,
        "session": trial.session,
        "volume": trial.place % TRIALS,
        "shared": shared,
    }
    return Study(
        id=intake.name(f"subj{trial.subject:02d}-nsd{nsd:05d}-{trial.repeat}"),
        subject=f"subj{trial.subject:02d}",
        domain=intake.facts.domain or DOMAIN,
        images=(picture,) if picture is not None else (),
        labels=labels | ({"coco_id": int(coco)} if coco is not None else {}),
        signals={"betas": betas[trial.subject, trial.session]},
        source=intake.source(NAME),
        split="test" if shared else "train",
    )


def _betas(files: Files) -> dict[tuple[int, int], str]:
    """The first file of each subject's session, in the order of paths."""
    found: dict[tuple[int, int], str] = {}
    for path in files.paths:
        named = BETAS.fullmatch(path)
        if named:
            found.setdefault((int(named.group(1)), int(named.group(2))), path)
    return found


def _table(files: Files) -> str | None:
    return next((path for path in files.paths if PurePosixPath(path).name == TABLE), None)
