"""Cases by rules on file names: the public segmentation sets, or a folder of your own with rules in polyclinic.toml.

Shape: whatever the rules say. `[[images]]` and `[[masks]]` in a set's facts list paths with fields, as
`**/{case}/{case}_t1.nii.gz`; files with the same fields are one Study, with an image for each image rule. Fields
`subject` and `split` are taken as that, `name` names the mask, any other field becomes a label; a subject's Studies
with a numbered `visit` follow one another.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from polyclinic.errors import PolyclinicError
from polyclinic.layouts.columns import number
from polyclinic.layouts.facts import OWN, Facts, MaskRule, TableRule, facts_of
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import missing, modality_of, split_of
from polyclinic.layouts.patterns import fields, first_fit
from polyclinic.layouts.rows import Row, read_table, read_text
from polyclinic.layouts.valued import mask_region, regions_by_value
from polyclinic.readers import FileLabels
from polyclinic.store.collection import Collection
from polyclinic.study import Image, MaskFile, Region, Report, Study

NAME = "cases"
LOOKED_FOR = f"files named as a known segmentation set names them, or as [[images]] in {OWN} says"
VISIT = "visit"
NOT_LABELS = ("case", "subject", "split", "name")


@dataclass
class Case:
    """The files of one Study.

    Args:
        fields: what the rules' fields are, `name` left out.
        images: number of the image rule -> path.
        masks: the rule, the name that the path gives it, and the path.
        report: path of the text about it.
    """

    fields: dict[str, str]
    images: dict[int, str] = field(default_factory=dict)
    masks: list[tuple[MaskRule, str, str]] = field(default_factory=list)
    report: str | None = None

    @property
    def called(self) -> str:
        """The case's name: its field `case`, else all fields but the split."""
        return self.fields.get("case") or "-".join(v for k, v in self.fields.items() if k != "split")


@dataclass
class Sorted:
    """A folder's image files by what the rules make of them."""

    cases: list[Case]
    aside: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if not path.is_dir():
        return None
    files = Files.below(path)
    facts = facts_of(files)
    cases = [case for case in by_rules(files, facts).cases if case.images] if facts.images else []
    return f"{len(cases)} cases are named as the rules of {facts.name or OWN} say" if cases else None


def read(path: Path) -> Collection:
    """One Study a case, with a Region for each mask or value."""
    files = Files.below(path)
    intake = Intake(files, facts_of(files))
    found = by_rules(files, intake.facts)
    rows = [(rule, _rows(intake, rule)) for rule in intake.facts.tables]
    studies = _followed([study for case in found.cases if (study := _study(intake, case, rows)) is not None])
    for what, left in (("fit no rule", found.unknown), ("are left aside as the set's facts say", found.aside)):
        if left:
            intake.notes.append(f"{len(left)} files {what}, such as {left[0]}")
    intake.skipped += [f"{double}: another file is this image already" for double in found.doubled]
    return intake.collection(studies, "cases")


def _followed(studies: Sequence[Study]) -> list[Study]:
    """The Studies, those with a numbered visit linked to the subject's visit before."""
    visits: dict[str, dict[float, Study]] = defaultdict(dict)
    for study in studies:
        if (at := number(str(study.labels.get(VISIT, "")))) is not None:
            visits[study.subject][at] = study
    prior = {
        after.id: before.id
        for held in visits.values()
        for before, after in itertools.pairwise(held[at] for at in sorted(held))
    }
    return [dataclasses.replace(study, prior=prior.get(study.id)) for study in studies]


def by_rules(files: Files, facts: Facts) -> Sorted:
    """Sort image files into cases; a file that fits a mask's rule is no image."""
    cases: dict[tuple[tuple[str, str], ...], Case] = {}
    found = Sorted([])

    def case_of(known: dict[str, str]) -> Case:
        told = {name: value for name, value in known.items() if name != "name"}
        return cases.setdefault(tuple(sorted(told.items())), Case(told))

    for path in files.images:
        if first_fit(facts.aside, path) is not None:
            found.aside.append(path)
            continue
        mask = next(((r, known) for r in facts.masks if (known := first_fit(r.paths, path)) is not None), None)
        if mask is not None:
            case_of(mask[1]).masks.append((mask[0], mask[1].get("name", ""), path))
            continue
        image = next(((i, k) for i, r in enumerate(facts.images) if (k := first_fit(r.paths, path)) is not None), None)
        if image is None:
            found.unknown.append(path)
        elif case_of(image[1]).images.setdefault(image[0], path) != path:
            found.doubled.append(path)
    for path in files.paths if facts.reports else ():
        if (known := first_fit(facts.reports, path)) is not None:
            case_of(known).report = path
    found.cases += [cases[key] for key in sorted(cases)]
    return found


def _study(intake: Intake, case: Case, tables: Iterable[tuple[TableRule, dict[str, Row]]]) -> Study | None:
    images = tuple(_images(intake, case))
    if not images:
        intake.skipped += [f"{path}: no image of this case" for _, _, path in case.masks if not case.images]
        return None
    rows = [(rule, by_case[case.called]) for rule, by_case in tables if case.called in by_case]
    ident = intake.name(case.called)
    labels = {name: value for name, value in case.fields.items() if name not in NOT_LABELS}
    subjects = [row[rule.subject] for rule, row in rows if rule.subject and not missing(row[rule.subject])]
    splits = [case.fields.get("split", ""), *(row[rule.split] for rule, row in rows if rule.split)]
    return Study(
        id=ident,
        subject=case.fields.get("subject") or next(iter(subjects), ident),
        domain=intake.facts.domain,
        images=images,
        report=_report(intake, case),
        regions=tuple(_regions(intake, case, images[0])),
        labels=labels | {name: value for rule, row in rows for name, value in _labels(rule, row)},
        source=intake.source(),
        split=next((split for split in map(split_of, splits) if split), None),
    )


def _images(intake: Intake, case: Case) -> Iterator[Image]:
    for at, rule in enumerate(intake.facts.images):
        if at not in case.images:
            if case.images and not rule.optional:
                intake.skipped.append(f"{case.called}: no image {rule.channel or at}")
            continue
        channels = (rule.channel,) if rule.channel else ()
        image = intake.image(case.images[at], case.called, channels=channels, modality=modality_of(rule.modality or ""))
        if image is not None:
            yield image


def _regions(intake: Intake, case: Case, image: Image) -> Iterator[Region]:
    for rule, called, path in sorted(case.masks, key=lambda mask: (intake.facts.masks.index(mask[0]), mask[2])):
        if intake.mask(path, image, case.called) is None:
            continue
        name = rule.name or intake.facts.regions.get(called, called.replace("_", " ").strip()) or "foreground"
        load = FileLabels(intake.files.root / path)
        if rule.lazy:
            yield Region(name, intake.facts.kind(name), mask=MaskFile(path, load=load))
            continue
        try:
            if rule.values:
                names = {int(value): (given,) for value, given in rule.values.items()}
                made, unnamed = regions_by_value(intake.files.root, path, names, intake.facts.kind)
                yield from made
                told = f"{case.called}: {path} holds the value"
                intake.skipped += [f"{told} {value}, which has no name" for value in unnamed]
            elif (region := mask_region(intake.files.root, path, name, boxed=rule.instances)) is not None:
                yield Region(name, intake.facts.kind(name), box=region.box, mask=region.mask)
        except (PolyclinicError, ValueError) as error:
            intake.skipped.append(f"{case.called}: mask {path} is left out: {error}")


def _report(intake: Intake, case: Case) -> Report | None:
    """What is written of the case."""
    try:
        text = " ".join(read_text(intake.files.root / case.report).split()) if case.report else ""
    except PolyclinicError as error:
        intake.skipped.append(f"{case.called}: its report is left out: {error}")
        return None
    return Report({"findings": text}) if text else None


def _rows(intake: Intake, rule: TableRule) -> dict[str, Row]:
    """The rows of a table by their case; the first row of a case counts."""
    path = next((path for path in intake.files.paths if fields(rule.path, path) is not None), None)
    if path is None:
        intake.notes.append(f"the table {rule.path} is not there")
        return {}
    rows: dict[str, Row] = {}
    for row in read_table(intake.files.root / path).rows:
        rows.setdefault(row[rule.key], row)
    return rows


def _labels(rule: TableRule, row: Row) -> Iterator[tuple[str, str | float]]:
    for column, name in rule.labels.items():
        if not missing(row[column]):
            value = number(row[column])
            yield name, row[column] if value is None else value
