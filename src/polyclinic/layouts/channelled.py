"""Tables that list a file for each channel: the files of one place become one image, its channels named by the rows."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from polyclinic.layouts.channel_files import channel_groups
from polyclinic.layouts.files import Files
from polyclinic.layouts.names import missing, plain
from polyclinic.layouts.rows import Row, Table
from polyclinic.readers import channel_files
from polyclinic.study import Image

COLUMN = "channel"
NAMED_BY = ("stain", "marker", "fluorophore", "dye", COLUMN)  # the first that a table has names its channels


@dataclass(frozen=True)
class Channel:
    """A file's place in the image that it is part of: the path that stands for all of its files, and its number."""

    path: str
    number: int


def channels_of(table: Table, column: str, files: Files) -> dict[str, Channel]:
    """The files of a table that are one channel each; none where the table has no column of channels.

    Args:
        column: the one that names the files.
    """
    if COLUMN not in map(plain, table.columns):
        return {}
    folders: dict[str, set[str]] = defaultdict(set)
    for path in (path for row in table.rows if (path := files.find(row[column])) is not None):
        folders[PurePosixPath(path).parent.as_posix()].add(path)
    return {path: channel for paths in folders.values() for path, channel in _channels(paths)}


def named(image: Image, number: int, row: Row) -> Image:
    """The image with the name that a row gives to one of its channels."""
    by_name = {plain(column): column for column in row.cells}
    column = next(by_name[name] for name in NAMED_BY if name in by_name)
    if missing(row[column]) or number >= len(image.channels):
        return image
    return dataclasses.replace(image, channels=(*image.channels[:number], row[column], *image.channels[number + 1 :]))


def _channels(paths: Iterable[str]) -> Iterator[tuple[str, Channel]]:
    """Each file of a folder and its channel, where all places of the folder have the same ones."""
    groups = channel_groups(sorted(paths))
    if len(set(groups.values())) != 1:
        return
    for whole in groups:
        for number, file in enumerate(channel_files.files(Path(whole))):
            yield file.as_posix(), Channel(whole, number)
