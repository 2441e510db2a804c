"""SLAKE: questions in English and Chinese about images with organ masks and boxes.

Shape: `train.json`, `validate.json` (or `validation.json`), `test.json`; in `imgs/xmlab1/` lie `source.jpg`,
`mask.png` and `detection.json`, a list of `{"Liver": [x, y, width, height]}`. Names of the masks' values come from
`mask.txt`, where it is there.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

from polyclinic.errors import LayoutError
from polyclinic.layouts.asked import Asked
from polyclinic.layouts.drafts import Draft, Drafts, placed
from polyclinic.layouts.facts import Facts, facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.labelmaps import MaskUse, Origin, regions_of
from polyclinic.layouts.names import modality_of, split_of
from polyclinic.layouts.rows import Row, Table, read_json, read_table, read_text
from polyclinic.layouts.streams import cell
from polyclinic.layouts.turns import turn
from polyclinic.store.collection import Collection
from polyclinic.study import Region

NAME = "SLAKE"
LOOKED_FOR = "SLAKE's train.json with imgs/xmlab*/source.jpg"
SET = "slake"
TABLES = ("train.json", "validate.json", "validation.json", "test.json")
MOST_VALUE = 255
VALUE = re.compile(r"^\s*(?:(\d+)\s*[:=,\t ]\s*(\S.*?)|(\S.*?)\s*[:=,\t ]\s*(\d+))\s*$")


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    images = path / "imgs"
    there = any((path / name).is_file() for name in TABLES) and images.is_dir()
    return "imgs/xmlab* lie beside the questions" if there and any(images.glob("xmlab*")) else None


def read(path: Path) -> Collection:
    """One Study an image, with its questions, boxes and masks."""
    files = Files.below(path)
    asked = Asked(Intake(files, facts_of_set(SET, files)))
    for name in TABLES:
        if (path / name).is_file():
            table = read_table(path / name)
            for row in table.rows:
                _take(asked, table, row, split_of(table.path.stem))
    for draft in asked.drafts:
        draft.regions += _boxes(asked.drafts.intake, draft)
    _add_masks(asked.drafts, _value_names(path, asked.drafts.intake.facts))
    return asked.drafts.intake.collection(asked.drafts.studies(), "questions")


def _take(asked: Asked, table: Table, row: Row, split: str | None) -> None:
    folder, where = PurePosixPath(row["img_name"]).parts[:1], table.where(row)
    image = asked.drafts.picture(f"imgs/{row['img_name']}", where, row["img_name"])
    if image is not None and (code := modality_of(row["modality"])):
        image = placed(image, modality=code)
    draft = asked.about(image, split, folder[0] if folder else "")
    if draft is None:
        return
    draft.id = draft.subject
    draft.note("organ", row["location"])
    topic, language = cell(row, "content_type") or None, row["q_lang"]
    draft.turns.append(turn(row["question"], row["answer"], kind=row["answer_type"], topic=topic, language=language))


def _boxes(intake: Intake, draft: Draft) -> list[Region]:
    beside = PurePosixPath(draft.images[0].path).with_name("detection.json").as_posix()
    if not intake.files.has(beside):
        return []
    try:
        record: Any = read_json(intake.files.root / beside)
    except LayoutError as error:
        intake.skipped.append(f"{beside}: {error}")
        return []
    found = []
    for name, sides in ((n, s) for item in record if isinstance(item, dict) for n, s in item.items()):
        if not isinstance(sides, list) or len(sides) != 4 or not all(isinstance(side, int | float) for side in sides):
            intake.skipped.append(f"{beside}: {name} has no box of four numbers")
            continue
        x, y, width, height = map(float, sides)
        word = intake.facts.word(name)
        found.append(Region(word, intake.facts.kind(word), box=(x, y, x + width, y + height)))
    return found


def _add_masks(drafts: Drafts, values: tuple[str, ...]) -> None:
    intake, uses, held = drafts.intake, [], {}
    for draft in drafts:
        image = draft.images[0]
        beside = PurePosixPath(image.path).with_name("mask.png").as_posix()
        if intake.files.has(beside) and (mask := intake.mask(beside, image, beside)) is not None:
            uses.append(MaskUse(image.path, mask))
            held[image.path] = draft
    regions, wrong = regions_of(intake.files.root, Origin("mask", values), uses, intake.facts)
    intake.skipped += wrong
    for key, found in regions.items():
        held[key].regions += found


def _value_names(path: Path, facts: Facts) -> tuple[str, ...]:
    """Names of the values 1, 2 ...; a line has value and name in either order."""
    file = path / "mask.txt"
    found = filter(None, map(VALUE.match, read_text(file).splitlines())) if file.is_file() else ()
    named = {int(line[1] or line[4]): facts.word(line[2] or line[3]) for line in found}
    highest = max((value for value in named if value <= MOST_VALUE), default=0)
    return tuple(named.get(value, f"label {value}") for value in range(1, highest + 1))
