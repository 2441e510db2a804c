"""What all layouts do alike: take images in, keep account of what could not be, and make the collection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from polyclinic.errors import LayoutError, PolyclinicError
from polyclinic.layouts.facts import Facts
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.visits import in_order
from polyclinic.readers import FilePixels, read_header
from polyclinic.store.collection import Collection, Header
from polyclinic.study import Image, Source, Study


@dataclass
class Intake:
    """One folder being read.

    Args:
        skipped: items that could not be taken in, each with its place and reason.
        notes: choices that were made for the whole folder.
        lazy: do not look into images, as they are many and lie in one file; damage shows when they are read.
    """

    files: Files
    facts: Facts
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lazy: bool = False
    _headers: dict[str, tuple[tuple[int, ...], dict[str, Any]] | None] = field(default_factory=dict, repr=False)
    _ids: Counter[str] = field(default_factory=Counter, repr=False)

    def __post_init__(self) -> None:
        self.skipped += [
            f"{name}: a link that leads out of the folder, copy what it means" for name in self.files.outside
        ]

    def image(self, called: str, where: str, **told: Any) -> Image | None:
        """The image that a cell or an annotation means; None, and a line in `skipped`, where it cannot be read.

        Args:
            told: fields of the Image that the layout knows; what the file's header says comes before them.
        """
        path = self.files.find(called)
        if path is None:
            self.skipped.append(f"{where}: image {called} is missing" if called else f"{where}: no image is named")
            return None
        header = ((), {}) if self.lazy else self._header(path, where)
        if header is None:
            return None
        load = FilePixels(self.files.root / path)
        known = {"modality": self.facts.modality} | {k: v for k, v in told.items() if v is not None}
        known |= {k: v for k, v in header[1].items() if v is not None}
        return Image(path, load=load, **known)

    def shape(self, path: str) -> tuple[int, ...]:
        """The pixels' shape of an image that was taken in."""
        header = self._headers[path]
        return header[0] if header is not None else ()

    def mask(self, called: str, image: Image, where: str) -> str | None:
        """The path of a mask file of the image's size; None, and a line in `skipped`, otherwise."""
        path = self.files.find(called)
        if path is None:
            self.skipped.append(f"{where}: mask {called} is missing")
            return None
        header = self._header(path, where)
        if header is None:
            return None
        sizes = header[0][1:], self.shape(image.path)[1:]
        if sizes[0] != sizes[1]:
            shown = ["x".join(map(str, size)) for size in sizes]
            self.skipped.append(f"{where}: mask {path} is {shown[0]}, its image {image.path} is {shown[1]}")
            return None
        return path

    def name(self, wanted: str) -> str:
        """An id that no other Study of the folder has."""
        self._ids[wanted] += 1
        return wanted if self._ids[wanted] == 1 else self.name(f"{wanted}-{self._ids[wanted]}")

    def study_id(self, path: str) -> str:
        """The id of an image's Study: its stem, else its path where the stem is taken."""
        if self._ids[stem(path)]:
            return self.name("-".join([*PurePosixPath(path).parts[:-1], stem(path)]))
        return self.name(stem(path))

    def source(self, name: str | None = None, licence: str | None = None) -> Source:
        """Where a Study comes from."""
        return Source(name or self.title, licence or self.facts.licence)

    @property
    def title(self) -> str:
        """The set's name."""
        return self.facts.name or self.files.root.resolve().name

    def collection(self, studies: Iterable[Study], what: str) -> Collection:
        """The collection of these Studies, visits in order.

        Args:
            what: what was looked for, for the error when nothing is left.

        Raises:
            LayoutError: no Study could be made.
        """
        made = in_order(studies)
        if not made:
            first = "; ".join(self.skipped[:3]) or "nothing fitted"
            raise LayoutError(
                f"{self.files.root}: none of its {what} could be taken in ({len(self.skipped)} skipped): {first}",
                hint=self.facts.where or "paths in a table are relative to its folder",
            )
        note = "; ".join(filter(None, [self.facts.note, *self.notes])) or None
        header = Header(self.title, licence=self.facts.licence, note=note)
        return Collection(self.files.root, header, tuple(made), tuple(self.skipped))

    def _header(self, path: str, where: str) -> tuple[tuple[int, ...], dict[str, Any]] | None:
        if path not in self._headers:
            self._headers[path] = None
            try:
                header = read_header(self.files.root / path)
                self._headers[path] = (header.shape, dict(header.known))
            except PolyclinicError as error:
                self.skipped.append(f"{where}: {_relative(str(error), self.files)}")
        return self._headers[path]


def _relative(message: str, files: Files) -> str:
    return message.replace(f"{files.root}/", "")
