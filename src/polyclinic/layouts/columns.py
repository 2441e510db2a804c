"""What each column of a table is: by its name first (names.toml), then by its values.

| the column's values | it becomes |
| --- | --- |
| paths of images in the folder | the image, or a mask if its name says so |
| numbers, at least 3 of 4 cells | a numeric label |
| yes and no, true and false | a label of true and false |
| few words that repeat | a text label |
| long text under a listed name | a report section or a caption |
| JSON under the name `objects` or `questions` | boxes (`bbox`, `category`), or turns (`question`, `answer`) |

Left out, with the reason: columns mostly empty, constant, or different in nearly every row; long text and
files under names that say nothing; facts about the file rather than the image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from polyclinic.layouts.facts import Facts
from polyclinic.layouts.files import Files, looks_like_image
from polyclinic.layouts.names import missing, names, plain, rank, role_of
from polyclinic.layouts.nested import holds_nested
from polyclinic.layouts.rows import Table
from polyclinic.readers import is_image_name

Label = Literal["text", "number", "flag"]
Form = Literal["corners", "size"]

LEAST_FILLED = 0.2
LEAST_NUMERIC = 0.75
MOST_WORDS, LONGEST_WORD = 20, 40
SAMPLE = 200
YES, NO = ("y", "yes", "true", "t"), ("n", "no", "false", "f")
BOXES: tuple[tuple[Form, tuple[str, ...]], ...] = (
    ("corners", ("xmin", "ymin", "xmax", "ymax")),
    ("corners", ("x_min", "y_min", "x_max", "y_max")),
    ("corners", ("x0", "y0", "x1", "y1")),
    ("corners", ("x1", "y1", "x2", "y2")),
    ("size", ("x", "y", "w", "h")),
    ("size", ("x", "y", "width", "height")),
)


@dataclass(frozen=True)
class Roles:
    """The columns of one table by what they are.

    Args:
        single: role -> column, for the roles that one column has (`image`, `split`, `subject`, `time` ...).
        masks: mask columns.
        box: how boxes are written and in which four columns.
        texts: column -> report section, or `caption`.
        labels: column -> how its values are read.
        left_out: column -> why.
    """

    single: Mapping[str, str] = field(default_factory=dict)
    masks: tuple[str, ...] = ()
    box: tuple[Form, tuple[str, ...]] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


def understand(table: Table, files: Files, facts: Facts) -> Roles:
    """Give every column of a table its role."""
    fates = {column: _fate(column, table, files, facts) for column in table.columns}
    box = _box_columns(table)
    if box is not None:
        fates.update({column: ("box", column) for column in box[1]})
    single, extra = _singles(fates)
    listed = names()["labels"]["names"]
    named = next((c for c, (role, _) in fates.items() if role == "label" and plain(c) in listed), None)
    if box is not None and named is not None:
        single["region"] = named
        del fates[named]
    labels: dict[str, Label] = {c: how for c, (role, how) in fates.items() if role == "label"}  # type: ignore[misc]
    if "view" in single and _by_values("view", _filled(table, single["view"]), len(table.rows))[0] == "label":
        labels[single["view"]] = "text"
    return Roles(
        single=single,
        masks=tuple(c for c, (role, _) in fates.items() if role == "mask"),
        box=box,
        texts={c: how for c, (role, how) in fates.items() if role == "text"},
        labels=labels,
        left_out={c: why for c, (role, why) in fates.items() if role == "ignore"} | extra,
    )


def _filled(table: Table, column: str) -> list[str]:
    return [cell for cell in table.column(column) if not missing(cell)]


def _fate(column: str, table: Table, files: Files, facts: Facts) -> tuple[str, str]:
    """(role, how) of one column; how is the reason where the role is `ignore`."""
    filled = _filled(table, column)
    told = facts.columns.get(column)
    if told is not None:
        return _told(told, filled)
    if not filled:
        return "ignore", "empty"
    if holds_nested(column, filled):
        return "nested", column
    if _holds_files(column, filled, files):
        return _file_role(column, table, files)
    name, role = plain(column), role_of(column)
    if name in names()["text"]:
        return "text", names()["text"][name]
    if role is not None and role != "image" and _fits(role, filled):
        return role, column
    if name in names()["ignored"]["names"]:
        return "ignore", "about the file"
    if role == "image":
        return "ignore", "names no image file that is there"
    return _by_values(name, filled, len(table.rows))


def _told(role: str, filled: list[str]) -> tuple[str, str]:
    """What polyclinic.toml says of a column."""
    if role == "ignore":
        return "ignore", "as polyclinic.toml or the set's facts say"
    if role == "label":
        return "label", _kind_of_label(filled)
    return ("text", role) if role in names()["text"].values() else (role, role)


def _holds_files(column: str, filled: list[str], files: Files) -> bool:
    """Whether most cells are image files; names without an ending count in columns that are called like images."""
    sample, bare = filled[:SAMPLE], plain(column) in _image_names()
    hits = sum(looks_like_image(cell) or (bare and _named_image(cell, files)) for cell in sample)
    return hits > len(sample) / 2


def _named_image(cell: str, files: Files) -> bool:
    """Whether a cell names a file that is there and may be an image: by its ending, or by having none."""
    path = files.find(cell)
    return path is not None and (is_image_name(path) or "." not in PurePosixPath(path).name)


def _file_role(column: str, table: Table, files: Files) -> tuple[str, str]:
    words = plain(column).split("_")
    listed = names()["masks"]
    if set(words) & set(listed["second"]):
        return "ignore", "a second observer's masks"
    if set(words) & set(listed["aside"]):
        return "ignore", "a mask of the field of view"
    if plain(column) in _image_names():
        return "image", column
    if set(words) & set(listed["words"]) or plain(column) in listed["generic"]:
        return "mask", column
    others = [c for c in table.columns if c != column and (plain(c) in _image_names() or _file_like(c, table, files))]
    return ("ignore", "files of unknown use") if others else ("image", column)


def _image_names() -> list[str]:
    listed: list[str] = names()["roles"]["image"]
    return listed


def _file_like(column: str, table: Table, files: Files) -> bool:
    filled = _filled(table, column)
    words = set(plain(column).split("_"))
    return bool(filled) and not words & set(names()["masks"]["words"]) and _holds_files(column, filled, files)


def _fits(role: str, filled: list[str]) -> bool:
    return role != "time" or _share_of_numbers(filled) >= LEAST_NUMERIC


def _by_values(name: str, filled: list[str], rows: int) -> tuple[str, str]:
    distinct, words = len(set(filled)), name.split("_")
    if len(filled) < LEAST_FILLED * rows:
        return "ignore", f"mostly empty ({len(filled)} of {rows} rows)"
    if distinct == 1 and rows > 1:
        return "ignore", "the same in every row"
    if "id" in words or (name.endswith("id") and distinct > MOST_WORDS):
        return "ignore", "an identifier"
    kind = _kind_of_label(filled)
    if kind != "text":
        return "label", kind
    if max(map(len, filled)) > 4 * LONGEST_WORD or sum(map(len, filled)) > LONGEST_WORD * len(filled):
        return "ignore", "long text under a name that is not listed"
    listed = name in names()["labels"]["names"]
    if distinct > (len(filled) / 2 if len(filled) > 4 else 4) or (distinct > MOST_WORDS and not listed):
        return "ignore", f"{distinct} different values in {len(filled)} rows"
    return "label", kind


def _kind_of_label(filled: list[str]) -> Label:
    if {cell.lower() for cell in filled} <= {*YES, *NO}:
        return "flag"
    return "number" if _share_of_numbers(filled) >= LEAST_NUMERIC else "text"


def _share_of_numbers(cells: list[str]) -> float:
    return sum(number(cell) is not None for cell in cells) / max(len(cells), 1)


def number(cell: str) -> float | None:
    """A cell as a finite number, None where it is none."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def label_value(kind: Label, cell: str) -> str | float | bool | None:
    """A cell as a label's value, None where it says nothing."""
    if missing(cell):
        return None
    if kind == "flag":
        return cell.lower() in YES
    if kind == "text":
        return cell
    value = number(cell)
    return int(value) if value is not None and value.is_integer() else value


def _box_columns(table: Table) -> tuple[Form, tuple[str, ...]] | None:
    by_name = {plain(column): column for column in table.columns}
    for form, four in BOXES:
        if all(name in by_name for name in four):
            columns = tuple(by_name[name] for name in four)
            filled = [cell for column in columns for cell in _filled(table, column)]
            if filled and _share_of_numbers(filled) == 1.0:
                return form, columns
    return None


def _singles(fates: dict[str, tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """One column for each single role, the best named first; the others are left out."""
    chosen: dict[str, str] = {}
    extra: dict[str, str] = {}
    for role in names()["roles"]:
        columns = sorted((c for c, (given, _) in fates.items() if given == role), key=lambda c: rank(role, c))
        if columns:
            chosen[role] = columns[0]
            extra |= {column: f"{columns[0]!r} already is the {role}" for column in columns[1:]}
    return chosen, extra
