"""Studies as rows of a table, one an image, with columns of one type each: what Hugging Face data sets are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from polyclinic.layouts.valued import box_of
from polyclinic.study import Region, Study

Kind = Literal["text", "number", "flag"]
OBJECTS = "objects"
FIXED = ("study", "subject", "modality", "view", "caption", "language")


@dataclass(frozen=True)
class Columns:
    """The columns of all rows.

    Args:
        sections: sections of reports.
        labels: label -> its type; a label of mixed types is text.
        turns: whether there are questions.
        boxes: whether there are Regions that have a box.
    """

    sections: tuple[str, ...]
    labels: Mapping[str, Kind]
    turns: bool
    boxes: bool

    @classmethod
    def over(cls, studies: Iterable[Study]) -> Columns:
        """Look at all Studies once; pixels stay on disk."""
        sections: dict[str, None] = {}
        kinds: dict[str, set[Kind]] = {}
        turns = boxes = False
        for study in studies:
            sections |= dict.fromkeys(study.report.sections if study.report else ())
            turns |= bool(study.turns)
            boxes |= any(_flat(region) for region in study.regions)
            for name, value in study.labels.items():
                kinds.setdefault(name, set()).add(_kind(value))
        labels: dict[str, Kind] = {name: found.pop() if len(found) == 1 else "text" for name, found in kinds.items()}
        taken = {*FIXED, *sections, OBJECTS, "questions", "file_name", "image", "split"}
        return cls(tuple(sections), {n: k for n, k in labels.items() if n not in taken}, turns, boxes)


def rows_of(study: Study, columns: Columns) -> Iterator[tuple[int, dict[str, Any]]]:
    """(index of the image, its row); every row has all columns, None where nothing is known."""
    report = study.report.sections if study.report else {}
    language = study.report.language if study.report else next((turn.language for turn in study.turns), None)
    texts = {"caption": "\n".join(study.captions) or None, "language": language}
    labels = {name: _value(study.labels.get(name), kind) for name, kind in columns.labels.items()}
    asked = {"questions": [{"question": turn.question, "answer": turn.answer} for turn in study.turns]}
    for at, image in enumerate(study.images):
        row: dict[str, Any] = {"study": study.id, "subject": study.subject}
        row |= {"modality": image.modality, "view": image.view, **texts}
        row |= {name: report.get(name) for name in columns.sections} | labels
        if columns.turns:
            row |= asked
        if columns.boxes:
            row[OBJECTS] = _objects([region for region in study.regions if region.image == at])
        yield at, row


def _objects(regions: Iterable[Region]) -> dict[str, list[Any]]:
    """Boxes as x, y, width, height, with their categories."""
    boxed = [(region.name, box) for region in regions if (box := _box(region)) is not None]
    return {
        "bbox": [[x0, y0, x1 - x0, y1 - y0] for _, (x0, y0, x1, y1) in boxed],
        "category": [name for name, _ in boxed],
    }


def _flat(region: Region) -> bool:
    return region.mask is not None or (region.box is not None and len(region.box) == 4)


def _box(region: Region) -> tuple[float, ...] | None:
    """The Region's box, else that of its mask."""
    if region.box is not None:
        return region.box if len(region.box) == 4 else None
    if region.mask is None:
        return None
    mask = region.mask.array()
    return box_of(mask) if mask.ndim == 2 and mask.any() else None


def _kind(value: str | float | bool) -> Kind:
    return "flag" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def _value(value: str | float | bool | None, kind: Kind) -> str | float | bool | None:
    if value is None:
        return None
    return {"text": str, "number": float, "flag": bool}[kind](value)
