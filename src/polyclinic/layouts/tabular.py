"""Tables to Studies: rows that speak of one image (or study) become one Study; tables that share images are joined."""

from __future__ import annotations

import ast
import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from polyclinic.errors import LayoutError
from polyclinic.layouts.channelled import Channel, channels_of, named
from polyclinic.layouts.columns import Roles, label_value, number, understand
from polyclinic.layouts.facts import Facts, facts_of
from polyclinic.layouts.files import Files, leads_out
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.labelmaps import MaskUse, Origin, regions_of
from polyclinic.layouts.names import label_name, missing, modality_of, plain, split_of
from polyclinic.layouts.nested import nested_boxes, nested_turns
from polyclinic.layouts.rows import ENDINGS, Row, Table, read_table
from polyclinic.layouts.turns import turn
from polyclinic.store.collection import HEADER, STUDIES, Collection
from polyclinic.study import Image, Region, Report, Study, Turn

NOT_TABLES = (HEADER, STUDIES, "dataset.json")
OBJECT = "object"


@dataclass(frozen=True)
class Understood:
    """A table with the roles of its columns."""

    table: Table
    roles: Roles


@dataclass
class Group:
    """The rows of one Study."""

    key: str
    images: list[Image] = field(default_factory=list)
    rows: list[tuple[Understood, Row, int]] = field(default_factory=list)

    def first(self, role: str) -> str | None:
        """The first known cell of a single role."""
        for source, row, _ in self.rows:
            column = source.roles.single.get(role)
            if column is not None and not missing(row[column]):
                return row[column]
        return None


def tables_of(path: Path) -> list[Table]:
    """The tables that a path holds: itself, or those of its folder (not deeper); broken ones are none."""
    if path.is_dir():
        return [table for table in map(_table_or_none, _candidates(path)) if table is not None]
    return [read_table(path)] if path.suffix.lower() in ENDINGS else []


def broken(path: Path) -> list[str]:
    """Why table files of a folder cannot be read, one line each."""
    wrong = []
    for candidate in _candidates(path) if path.is_dir() else ():
        try:
            read_table(candidate)
        except LayoutError as error:
            wrong.append(str(error))
    return wrong


def understood(path: Path) -> tuple[Files, Facts, list[Understood]]:
    """A folder's files and facts, and its tables with their columns' roles."""
    root = path if path.is_dir() else path.parent
    tables = [table for table in tables_of(path) if table.rows]
    files = Files.below(root)
    facts = facts_of(files, [frozenset(table.columns) for table in tables])
    return files, facts, [Understood(table, understand(table, files, facts)) for table in tables]


def read_tables(path: Path) -> Collection:
    """All Studies of a folder's tables.

    Raises:
        LayoutError: no row could be taken in.
    """
    files, facts, sources = understood(path)
    pictured = [source for source in sources if "image" in source.roles.single]
    channels: dict[str, Channel] = {}
    for source in pictured:
        channels |= channels_of(source.table, source.roles.single["image"], files)
    whole = sorted({channel.path for channel in channels.values()})
    intake = Intake(dataclasses.replace(files, paths=(*files.paths, *whole)), facts, skipped=broken(path))
    return intake.collection(studies_of(intake, sources, channels), "rows")


def studies_of(intake: Intake, sources: Sequence[Understood], channels: Mapping[str, Channel]) -> list[Study]:
    """The Studies of tables whose columns are understood.

    Args:
        channels: the cells that name one channel of an image of several files.
    """
    pictured = [source for source in sources if "image" in source.roles.single]
    used = pictured or [max(sources, key=lambda source: len(source.roles.texts))]
    _note_columns(intake, sources, used)
    groups = _image_groups(intake, pictured, channels) if pictured else _text_groups(used[0])
    varying = _varying(groups)
    if varying:
        intake.notes.append(f"left out, as it differs between rows of one image: {', '.join(sorted(varying))}")
    masks = _mask_regions(intake, groups)
    made = [_study(intake, group, varying, masks.get(group.key, [])) for group in groups]
    studies = [study for study in made if study is not None]
    asked = sum(_asks(source, row) for group in groups for source, row, _ in group.rows)
    if asked and (repeated := asked - sum(len(study.turns) for study in studies)) > 0:
        intake.notes.append(f"{repeated} questions left out: the same question and answer stand at the image already")
    return studies


def _candidates(folder: Path) -> list[Path]:
    return sorted(f for f in folder.iterdir() if _may_be_table(f))


def _may_be_table(path: Path) -> bool:
    if path.suffix.lower() not in ENDINGS or path.name in NOT_TABLES:
        return False
    return path.is_file() and not leads_out(path, path.parent)


def _table_or_none(path: Path) -> Table | None:
    try:
        return read_table(path)
    except LayoutError:
        return None


def _note_columns(intake: Intake, sources: Sequence[Understood], used: Sequence[Understood]) -> None:
    for source in sources:
        if source not in used:
            intake.notes.append(f"{source.table.path.name} is not used: it has no column of images")
    for source in used:
        for column, why in source.roles.left_out.items():
            intake.notes.append(f"{source.table.path.name} column {column} left out: {why}")
    if "image" not in used[0].roles.single:
        intake.notes.append(f"{used[0].table.path.name} names no images: text only")


def _image_groups(intake: Intake, sources: Sequence[Understood], channels: Mapping[str, Channel]) -> list[Group]:
    groups: dict[str, Group] = {}
    keys: dict[str, str] = {}
    for source in sorted(sources, key=lambda source: "study" not in source.roles.single):
        refused: set[str] = set()
        for row in source.table.rows:
            called = row[source.roles.single["image"]]
            path = intake.files.find(called) or called
            channel = channels.get(path)
            called, path = (channel.path, channel.path) if channel else (called, path)
            if path in refused:
                continue
            if path not in keys:
                image = intake.image(called, source.table.where(row))
                if image is None:
                    refused.add(path)
                    continue
                keys[path] = _key(source, row, path)
                groups.setdefault(keys[path], Group(keys[path])).images.append(image)
            group = groups[keys[path]]
            index = next(i for i, image in enumerate(group.images) if image.path == path)
            group.images[index] = _with_row(group.images[index], source, row)
            if channel is not None:
                group.images[index] = named(group.images[index], channel.number, row)
            group.rows.append((source, row, index))
    return list(groups.values())


def _key(source: Understood, row: Row, path: str) -> str:
    """What the rows of one Study share: the study where the table has one, else the image."""
    column = source.roles.single.get("study")
    if column is None or missing(row[column]):
        return path
    subject = source.roles.single.get("subject")
    return f"{row[subject]}/{row[column]}" if subject else f"/{row[column]}"


def _with_row(image: Image, source: Understood, row: Row) -> Image:
    """The image with the view, modality and time that its row states."""
    single = source.roles.single

    def cell(role: str) -> str:
        return row[single[role]] if role in single and not missing(row[single[role]]) else ""

    return dataclasses.replace(
        image,
        view=image.view or cell("view") or None,
        modality=image.modality or modality_of(cell("modality")),
        time_days=number(cell("time")) if image.time_days is None else image.time_days,
    )


def _text_groups(source: Understood) -> list[Group]:
    return [Group(f"{source.table.path.stem}-{row.line}", rows=[(source, row, 0)]) for row in source.table.rows]


def _varying(groups: Sequence[Group]) -> set[str]:
    """Label columns that differ between the rows of one Study: they speak of the row, not of the Study."""
    found = set()
    for group in (group for group in groups if len(group.rows) > 1):
        seen: dict[str, str] = {}
        for source, row, _ in group.rows:
            for column in source.roles.labels:
                if not missing(row[column]) and seen.setdefault(column, row[column]) != row[column]:
                    found.add(column)
    return found


def _mask_regions(intake: Intake, groups: Sequence[Group]) -> dict[str, list[Region]]:
    uses: dict[str, dict[MaskUse, None]] = defaultdict(dict)
    origins: dict[str, Origin] = {}
    for group in groups:
        for source, row, index in group.rows:
            for column in source.roles.masks:
                path = _mask_path(intake, group.images[index], source, row, column)
                if path is not None:
                    uses[column][MaskUse(group.key, path, index)] = None
                    origins.setdefault(column, _origin(column, source, intake.facts, path))
    made: dict[str, list[Region]] = defaultdict(list)
    for column, origin in origins.items():
        regions, wrong = regions_of(intake.files.root, origin, list(uses[column]), intake.facts)
        intake.skipped += wrong
        for key, found in regions.items():
            made[key] += found
    return made


def _mask_path(intake: Intake, image: Image, source: Understood, row: Row, column: str) -> str | None:
    called = row[column]
    return None if missing(called) else intake.mask(called, image, source.table.where(row))


def _origin(column: str, source: Understood, facts: Facts, path: str) -> Origin:
    """What the other columns say of a mask column's values: `<name>_voxels` name them, `n_<name>` counts them."""
    columns = [plain(name) for name in source.table.columns]
    sizes = [name.rpartition("_")[0] for name in columns if name.endswith(("_voxels", "_pixels"))]
    counts = [name.removeprefix("n_") for name in columns if name.startswith("n_")]
    folder = PurePosixPath(path).parent.name
    values = facts.values.get(column) or tuple(name for name in sizes if name not in ("label", "nonzero", "mask"))
    return Origin(column, tuple(values), counts[0] if len(counts) == 1 else "", folder)


def _study(intake: Intake, group: Group, varying: set[str], masks: list[Region]) -> Study | None:
    captions, sections = _texts(group)
    if not group.images and not captions and not sections:
        source, row, _ = group.rows[0]
        intake.skipped.append(f"{source.table.where(row)}: neither image nor text")
        return None
    ident = _ident(intake, group)
    return Study(
        id=ident,
        subject=_subject(group, intake.facts) or ident,
        domain=intake.facts.domain,
        images=tuple(group.images),
        report=Report(sections, (group.first("language") or "en").lower()) if sections else None,
        captions=tuple(captions),
        regions=(*_with_boxes(masks, group, intake.facts), *_nested(intake, group)),
        turns=_turns(group),
        labels=_labels(group, varying),
        source=intake.source(group.first("source"), group.first("licence")),
        split=split_of(group.first("split") or ""),
    )


def _ident(intake: Intake, group: Group) -> str:
    """The id: of the image; of the study where it has several; of the row where it has none."""
    if not group.images:
        return intake.name(group.first("id") or group.first("study") or group.key)
    if len(group.images) > 1:
        return intake.name(group.key.strip("/").replace("/", "-"))
    return intake.study_id(group.images[0].path)


def _subject(group: Group, facts: Facts) -> str | None:
    if not facts.subject:
        return group.first("subject")
    _, row, _ = group.rows[0]
    cells = [row[column] for column in facts.subject]
    return "/".join(cells) if all(not missing(cell) for cell in cells) else None


def _texts(group: Group) -> tuple[list[str], dict[str, str]]:
    captions: dict[str, None] = {}
    sections: dict[str, str] = {}
    for source, row, _ in group.rows:
        for column, use in source.roles.texts.items():
            if missing(row[column]):
                continue
            if use == "caption":
                captions.update(dict.fromkeys(listed(row[column])))
            else:
                sections.setdefault(use, row[column])
    return list(captions), sections


def listed(cell: str) -> list[str]:
    """A cell's texts: lists written out as Python or JSON has them become their items.

    Example:
        >>> listed("['Figure 1. A lung. ']"), listed("A lung.")
        (['Figure 1. A lung.'], ['A lung.'])
    """
    if cell.startswith(("['", '["')) and cell.endswith(("']", '"]')):
        try:
            items = ast.literal_eval(cell)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            items = [cell[2:-2]]  # one item with a quotation mark that was never escaped
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return [item.strip() for item in items if item.strip()]
    return [line for line in cell.split("\n") if line.strip()]


def _with_boxes(masks: list[Region], group: Group, facts: Facts) -> tuple[Region, ...]:
    """The masks' Regions and the boxes'; a box without a label of its own belongs to the only mask there is."""
    boxes = list(_boxes(group, facts))
    if len(boxes) == 1 and len(masks) == 1 and boxes[0].name == OBJECT:
        return (dataclasses.replace(masks[0], box=boxes[0].box),)
    return (*masks, *boxes)


def _boxes(group: Group, facts: Facts) -> Iterator[Region]:
    for source, row, index in group.rows:
        if source.roles.box is None:
            continue
        form, columns = source.roles.box
        sides = [number(row[column]) for column in columns]
        if any(side is None for side in sides):
            continue
        x0, y0, x1, y1 = (side for side in sides if side is not None)
        if form == "size":
            x1, y1 = x0 + x1, y0 + y1
        label = source.roles.single.get("region")
        called = row[label] if label is not None and not missing(row[label]) else OBJECT
        name = facts.regions.get(called, called)
        yield Region(name, facts.kind(name), index, (x0, y0, x1, y1))


def _nested(intake: Intake, group: Group) -> list[Region]:
    """The boxes that the rows nest, each once."""
    found: list[Region] = []
    for _, row, index in group.rows:
        where = group.images[index].path if group.images else group.key
        found += [box for box in nested_boxes(row, index, where, intake.skipped) if box not in found]
    return found


def _asks(source: Understood, row: Row) -> bool:
    """Whether a row holds a question with its answer."""
    return all(row[source.roles.single.get(role, "")] for role in ("question", "answer"))


def _turns(group: Group) -> tuple[Turn, ...]:
    made: dict[Turn, None] = {}
    for source, row, index in group.rows:
        if not _asks(source, row):
            continue
        single = source.roles.single
        question, answer = row[single["question"]], row[single["answer"]]
        told = {role: row[single[role]] for role in ("answer_type", "topic", "language") if role in single}
        asked = turn(
            question,
            answer,
            kind=told.get("answer_type", ""),
            topic=told.get("topic") or None,
            language=told.get("language", ""),
        )
        made[dataclasses.replace(asked, images=(index,) if len(group.images) > 1 else ())] = None
    made |= dict.fromkeys(asked for _, row, _ in group.rows for asked in nested_turns(row))
    return tuple(made)


def _labels(group: Group, varying: set[str]) -> dict[str, str | float | bool]:
    found: dict[str, str | float | bool] = {}
    for source, row, _ in group.rows:
        for column, kind in source.roles.labels.items():
            value = label_value(kind, row[column])
            if value is not None and column not in varying:
                found.setdefault(label_name(column), value)
    return found
