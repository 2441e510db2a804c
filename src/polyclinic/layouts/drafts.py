"""Studies in the making, for sets that say of one Study in several files what they know of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from polyclinic.layouts.columns import number
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import missing
from polyclinic.layouts.rows import Row
from polyclinic.study import Finding, Image, Outcome, Region, Report, Study, Turn

UNCERTAIN = -1
PRESENT, ABSENT = 1, 0


@dataclass
class Draft:
    """What is known of one Study so far.

    Args:
        id: its name in the collection, made unique by the intake.
        findings: name -> what was said last.
        sections: of the report, in order.
        licence: its own, where the set's licence does not speak for all.
    """

    id: str
    subject: str
    images: list[Image] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)
    regions: list[Region] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    sections: dict[str, str] = field(default_factory=dict)
    language: str = "en"
    labels: dict[str, str | float | bool] = field(default_factory=dict)
    outcome: Outcome | None = None
    split: str | None = None
    prior: str | None = None
    licence: str | None = None

    def show(self, image: Image) -> int:
        """Add an image; gives its index."""
        self.images.append(image)
        return len(self.images) - 1

    def say(self, name: str, present: bool | None, **attributes: str | float) -> None:
        """State a finding."""
        self.findings[name] = Finding(name, present, attributes=attributes)

    def note(self, name: str, written: str) -> None:
        """Add a label from a cell: a number where it is one, nothing where it says nothing."""
        if not missing(written):
            value = number(written)
            self.labels[name] = written if value is None else int(value) if value.is_integer() else value

    def study(self, intake: Intake) -> Study:
        """The Study."""
        return Study(
            id=intake.name(self.id),
            subject=self.subject,
            domain=intake.facts.domain,
            images=tuple(self.images),
            report=Report(dict(self.sections), self.language) if self.sections else None,
            captions=tuple(dict.fromkeys(self.captions)),
            findings=tuple(self.findings.values()),
            regions=tuple(self.regions),
            turns=tuple(dict.fromkeys(self.turns)),
            labels=dict(self.labels),
            outcome=self.outcome,
            source=intake.source(licence=self.licence),
            prior=self.prior,
            split=self.split,
        )


class Drafts:
    """The drafts of a folder by their key."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self._held: dict[str, Draft] = {}
        self._refused: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._held

    def __iter__(self) -> Iterator[Draft]:
        return iter(self._held.values())

    def get(self, key: str) -> Draft | None:
        """The draft of a key that is known already."""
        return self._held.get(key)

    def open(self, key: str, subject: str) -> Draft:
        """The draft of a key, begun where there is none."""
        return self._held.setdefault(key, Draft(key, subject))

    def picture(self, path: str, where: str, *called: str) -> Image | None:
        """The image at a path, or at the first of the paths it may also have; else None and a line in `skipped`.

        Unlike `search` it never looks for a file by its bare name, which in a tree of 100,000 files called
        `view1_frontal.jpg` would find the wrong one, slowly. An image that lacks is told once.
        """
        held = next((spot for spot in (path, *called) if self.intake.files.has(spot)), None)
        if held is None and path not in self._refused:
            self.intake.skipped.append(f"{where}: image {path} is missing")
        return self._once(path, held, where)

    def search(self, called: str, where: str) -> Image | None:
        """The image of a file name that is unique in the folder; else None and, once, a line in `skipped`."""
        return self._once(called, called, where)

    def _once(self, key: str, called: str | None, where: str) -> Image | None:
        image = self.intake.image(called, where) if called is not None and key not in self._refused else None
        if image is None:
            self._refused.add(key)
        return image

    def studies(self, *, pictured: bool = True) -> list[Study]:
        """The Studies.

        Args:
            pictured: leave out those without images; the lines in `skipped` say which images lack.
        """
        return [draft.study(self.intake) for draft in self if draft.images or not pictured]


def stated(written: str) -> tuple[bool | None] | tuple[()]:
    """What a cell of 1, 0, -1 or nothing states: one value, None for uncertain; nothing where not mentioned.

    Example:
        >>> stated("1.0"), stated("-1"), stated("")
        ((True,), (None,), ())
    """
    value = number(written)
    if value == UNCERTAIN:
        return (None,)
    return (value == PRESENT,) if value in (PRESENT, ABSENT) else ()


def findings_in(row: Row, columns: Mapping[str, str]) -> dict[str, bool | None]:
    """The findings that a row states.

    Args:
        columns: column -> the finding's name.
    """
    return {name: said[0] for column, name in columns.items() if (said := stated(row[column]))}


def day(written: str, clock: str = "") -> float | None:
    """A date as days, None where it is none; only differences mean something.

    Args:
        written: YYYYMMDD or YYYY-MM-DD.
        clock: HHMMSS, with a fraction or not.

    Example:
        >>> (day("20200302", "120000") or 0) - (day("2020-03-01") or 0)
        1.5
    """
    try:
        whole = date.fromisoformat(written.strip()[:10]).toordinal()
    except ValueError:
        return None
    digits = clock.partition(".")[0]
    digits = digits.zfill(6) if digits.isdigit() else "000000"
    seconds = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:6])
    return whole + seconds / 86400


def placed(image: Image, *, view: str = "", time_days: float | None = None, modality: str | None = None) -> Image:
    """The image with what its row says of view, time and modality, where the file does not say it."""
    return dataclasses.replace(
        image,
        view=image.view or view or None,
        time_days=image.time_days if time_days is None else time_days,
        modality=image.modality or modality,
    )
