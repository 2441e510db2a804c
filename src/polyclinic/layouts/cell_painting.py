"""Cell Painting as JUMP and CellProfiler list it: `load_data.csv`, a row a site, a file a channel.

Shape: `load_data.csv` (or another table of that head) with `FileName_OrigDNA`, `PathName_OrigDNA` and so on, and
`Metadata_Plate`, `Metadata_Well`, `Metadata_Site`. Paths in it come from the machine that made it: an image is found
by the end of its path that no other row's path shares. Each channel is an image of the Study; sites of one well are one
subject.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from polyclinic.layouts.columns import number
from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import missing, plain
from polyclinic.layouts.rows import Row, Table, read_table
from polyclinic.store.collection import Collection
from polyclinic.study import Image, Study

NAME = "Cell Painting"
LOOKED_FOR = "a load_data.csv with FileName_ columns (CellProfiler, JUMP)"
FILE, FOLDER, META = "FileName_", "PathName_", "Metadata_"
ORIGINAL, ILLUMINATION = "Orig", "Illum"
WHERE = ("Batch", "Plate", "Well", "Site")
MODALITY, DOMAIN = "GM", "cells"


@dataclass(frozen=True)
class Finder:
    """Files here by the paths that tables state.

    Args:
        stated: an end of a path -> the one path that ends so; None where several do (plates repeat file names).
    """

    files: Files
    stated: Mapping[str, str | None]

    @classmethod
    def over(cls, files: Files, tables: list[tuple[Table, dict[str, str]]]) -> Finder:
        """Look at all paths that the tables state."""
        stated: dict[str, str | None] = {}
        for table, channels in tables:
            for row in table.rows:
                for column in channels.values():
                    ends = _ends(row[column], _folder(row, column))
                    for end in ends:
                        stated[end] = ends[0] if stated.get(end, ends[0]) == ends[0] else None
        return cls(files, stated)

    def find(self, name: str, folder: str) -> str:
        """What to look for: the longest end that is here and means no other path; else the name as it is stated."""
        ends = _ends(name, folder)
        fits = (end for end in ends if self.stated[end] is not None and self.files.find(end) is not None)
        return next(fits, ends[0] if ends else "")


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if path.is_file():
        tables = [path] if path.suffix.lower() == ".csv" else []
    else:
        tables = _tables(path)
    first = next((table for table in tables if _channels(_head(table))), None)
    return f"{first.name} lists a file a channel" if first is not None else None


def read(path: Path) -> Collection:
    """One Study a site, with an image for each channel."""
    root = path if path.is_dir() else path.parent
    files = Files.below(root)
    listed = _tables(path) if path.is_dir() else [path]
    tables = [(read_table(file), channels) for file in listed if (channels := _channels(_head(file)))]
    intake = Intake(files, facts_of(files, [frozenset(table.columns) for table, _ in tables]))
    finder = Finder.over(files, tables)
    made = [_study(intake, finder, table.where(row), row, channels) for table, channels in tables for row in table.rows]
    return intake.collection([study for study in made if study is not None], "sites")


def _tables(folder: Path) -> list[Path]:
    return sorted({*folder.glob("*.csv"), *folder.glob("**/load_data*.csv")})


def _head(table: Path) -> list[str]:
    try:
        with table.open(encoding="utf-8-sig") as file:
            return [cell.strip().strip('"') for cell in file.readline(2**16).split(",")]
    except (OSError, UnicodeDecodeError):
        return []


def _channels(columns: list[str]) -> dict[str, str]:
    """Channel -> its column of file names; illumination functions are none."""
    found = {column.removeprefix(FILE): column for column in columns if column.startswith(FILE)}
    return {name.removeprefix(ORIGINAL): column for name, column in found.items() if not name.startswith(ILLUMINATION)}


def _study(intake: Intake, finder: Finder, where: str, row: Row, channels: dict[str, str]) -> Study | None:
    images = tuple(_images(intake, finder, where, row, channels))
    if not images:
        return None
    meta = {column.removeprefix(META): cell for column, cell in row.cells.items() if column.startswith(META)}
    known = {name: cell for name, cell in meta.items() if not missing(cell)}
    ident = intake.name("-".join(known[name] for name in WHERE if name in known) or f"site-{row.line}")
    well = "-".join(known[name] for name in WHERE[:-1] if name in known) if "Well" in known else ident
    return Study(
        id=ident,
        subject=well,
        domain=intake.facts.domain or DOMAIN,
        images=images,
        labels={plain(name): _value(name, cell) for name, cell in known.items()},
        source=intake.source(),
    )


def _value(name: str, cell: str) -> str | float:
    value = number(cell) if name not in WHERE else None
    return cell if value is None else value


def _images(intake: Intake, finder: Finder, where: str, row: Row, channels: dict[str, str]) -> Iterator[Image]:
    for channel, column in channels.items():
        called = finder.find(row[column], _folder(row, column))
        image = intake.image(called, where, channels=(channel,), modality=MODALITY)
        if image is not None:
            yield image


def _folder(row: Row, column: str) -> str:
    return row[FOLDER + column.removeprefix(FILE)]


def _ends(name: str, folder: str) -> list[str]:
    """The ends of a stated path, the longest first."""
    parts = [part for part in f"{folder}/{name}".replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return ["/".join(parts[at:]) for at in range(len(parts))]
