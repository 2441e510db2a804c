"""Many Studies in little memory: one blob of JSON lines and their offsets instead of a million objects.

A loader process is forked from the one that trains, and reading a Python object writes its reference count:
page by page the process gets its own copy of everything. A blob is never written, so it stays shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from polyclinic.readers import FileLabels, FilePixels
from polyclinic.store.collection import attach, line_of, parse_line
from polyclinic.study import MaskFile, Study


class CompactStudies(Sequence[Study]):
    """Studies whose images and masks are files below a folder; each is made anew when it is asked for.

    Args:
        blob: their lines, one behind the other.
        ends: where each line ends.
    """

    def __init__(self, root: Path, blob: bytes, ends: NDArray[np.int64]) -> None:
        self.root, self._blob, self._ends = root, blob, ends

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, number: int) -> Study: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Study, ...]: ...

    def __getitem__(self, number: int | slice) -> Study | tuple[Study, ...]:
        """A Study, or some of them.

        Raises:
            IndexError: there are not so many.
        """
        if isinstance(number, slice):
            return tuple(self[i] for i in range(*number.indices(len(self))))
        at = range(len(self))[number]
        first = int(self._ends[at - 1]) if at else 0
        where = f"study {at}"
        return attach(parse_line(self._blob[first : int(self._ends[at])].decode(), where), self.root, where)


def compact(studies: Iterable[Study], root: Path) -> Sequence[Study]:
    """The Studies in little memory, or as they are where one has pixels that are not plain files below `root`."""
    lines: list[bytes] = []
    others = iter(studies)
    for study in others:
        if not _is_plain(study, root):
            return (*_held(root, lines), study, *others)
        lines.append(line_of(study).encode())
    return _held(root, lines)


def _held(root: Path, lines: list[bytes]) -> CompactStudies:
    return CompactStudies(root, b"".join(lines), np.cumsum([len(line) for line in lines], dtype=np.int64))


def _is_plain(study: Study, root: Path) -> bool:
    """Whether `attach` would give the Study the loaders that it has."""
    masks = [region.mask for region in study.regions if isinstance(region.mask, MaskFile)]
    return all(image.load == FilePixels(root / image.path) for image in study.images) and all(
        mask.load == FileLabels(root / mask.path) for mask in masks
    )
