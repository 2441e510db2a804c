"""What a dual encoder derives from its training Studies: how to look at images, and what they are said to show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import PolyclinicError, TrainingError
from polyclinic.study import Study

PROBED = 48


@dataclass(frozen=True)
class Outlook:
    """How a collection is looked at, derived from it and saved with the model.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        channels: 1 where every probed image is grey, else 3.
        findings: names of the findings that some Study states or denies.
        labels: label -> its values, where they are words.
    """

    image_size: int
    channels: int
    findings: tuple[str, ...] = ()
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str, ...]:
        """All names that there are: findings, then the labels' values."""
        return (*self.findings, *(value for values in self.labels.values() for value in values))


def derive_outlook(studies: Sequence[Study], image_size: int) -> Outlook:
    """Look at the Studies.

    Raises:
        TrainingError: not one image can be read.
    """
    findings = sorted({finding.name for study in studies for finding in study.findings})
    values: dict[str, set[str]] = {}
    for study in studies:
        for name, value in study.labels.items():
            if isinstance(value, str):
                values.setdefault(name, set()).add(value)
    labels = {name: tuple(sorted(known)) for name, known in sorted(values.items())}
    return Outlook(image_size, _channels(studies), tuple(findings), labels)


def texts_of(study: Study) -> list[str]:
    """What is written about a Study's images: the report's findings and impression, and the captions."""
    sections = study.report.sections if study.report else {}
    report = [sections[name] for name in ("findings", "impression") if sections.get(name)]
    return [*(report or list(sections.values())), *study.captions]


def corpus(studies: Iterable[Study]) -> list[str]:
    """All texts of the Studies, with the names of what they show."""
    written = [text for study in studies for text in texts_of(study)]
    return written + [finding.name for study in studies for finding in study.findings]


def presence(studies: Sequence[Study], names: Sequence[str]) -> NDArray[np.float64]:
    """What is known of each finding: 1 there, 0 not, NaN unknown or uncertain; (studies, names)."""
    known = [{finding.name: finding.present for finding in study.findings} for study in studies]
    rows = [[np.nan if each.get(name) is None else float(bool(each[name])) for name in names] for each in known]
    return np.array(rows, np.float64).reshape(len(studies), len(names))


def _channels(studies: Sequence[Study]) -> int:
    read = 0
    for study in studies[:: max(len(studies) // PROBED, 1)]:
        try:
            pixels = study.images[0].pixels
        except (PolyclinicError, IndexError):
            continue
        read += 1
        if pixels.shape[0] >= 3 and not np.array_equal(pixels[0], pixels[1]):
            return 3
    if not read:
        raise TrainingError(
            f"not one of {len(studies)} studies has an image that can be read",
            hint="polyclinic data check names what is wrong",
        )
    return 1
