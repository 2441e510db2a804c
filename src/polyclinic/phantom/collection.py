"""A phantom collection on disk: the same bytes for the same arguments, whatever the number of processes."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from polyclinic.errors import PolyclinicError, UsageError
from polyclinic.phantom.world import LICENCE, Phantom
from polyclinic.store.collection import HEADER, STUDIES, Header, open_collection, write_collection
from polyclinic.study import Image, Study

if TYPE_CHECKING:
    from polyclinic.phantom.chest.volume import Volume
    from polyclinic.phantom.picture import Picture

CHUNK = 25
OWN_NAMES = {"images", "ct", "signals", STUDIES, HEADER, f"{STUDIES}.part", f"{HEADER}.part"}


@dataclass(frozen=True)
class Order:
    """What is to be written: the arguments that decide every byte."""

    phantom: Phantom
    patients: int
    ct: bool = False

    def __post_init__(self) -> None:
        if self.phantom.domain != "chest" and (self.ct or self.phantom.dials.views != ("frontal",)):
            raise UsageError("only a chest has views and a CT", hint="leave them out, or write the domain chest")

    @property
    def header(self) -> Header:
        """The collection's header; its note says what it is and how to make it again."""
        dials = self.phantom.dials
        made_by = [
            f"polyclinic phantom {self.phantom.domain} OUT --patients {self.patients} --seed {self.phantom.seed}"
        ]
        views = f"--views {' '.join(dials.views)} " if self.phantom.domain == "chest" else ""
        made_by.append(f"--size {dials.size} {views}--languages {' '.join(dials.languages)}")
        if dials.fields > 1:
            made_by.append(f"--slides {dials.fields}")
        return Header(
            name=f"phantom-{self.phantom.domain}-{self.phantom.seed}",
            licence=LICENCE,
            note="Procedural phantoms, not patients and never clinical data. Made by: "
            + " ".join([*made_by, "--ct"] if self.ct else made_by),
        )


def write_phantom(
    root: Path, order: Order, workers: int = 1, progress: Callable[[int, int], None] | None = None
) -> int:
    """Render all patients and write them as a collection; `studies.jsonl` comes last.

    Args:
        root: made where it is missing; one that holds anything else is refused.
        workers: processes; they change nothing but the time it takes.
        progress: told patients and Studies done so far, after each chunk.

    Returns:
        How many Studies were written.

    Raises:
        UsageError: nothing to write, or the folder holds something else.
    """
    if order.patients < 1 or workers < 1:
        raise UsageError(f"expected at least one patient and one worker, got {order.patients} and {workers}")
    _check_folder(root, order.header)
    (root / "images").mkdir(parents=True, exist_ok=True)
    chunks = [range(i, min(i + CHUNK, order.patients)) for i in range(0, order.patients, CHUNK)]
    render = partial(_render_chunk, root, order)
    if min(workers, len(chunks)) == 1:
        return write_collection(root, order.header, _told(map(render, chunks), order.patients, progress))
    method = "fork" if sys.platform == "linux" else "spawn"
    with multiprocessing.get_context(method).Pool(min(workers, len(chunks))) as pool:
        return write_collection(root, order.header, _told(pool.imap(render, chunks), order.patients, progress))


def _told(chunks: Iterator[list[Study]], patients: int, progress: Callable[[int, int], None] | None) -> Iterator[Study]:
    """The Studies one by one; tells of progress after each chunk."""
    studies = 0
    for number, chunk in enumerate(chunks, start=1):
        yield from chunk
        studies += len(chunk)
        if progress is not None:
            progress(min(number * CHUNK, patients), studies)


def _check_folder(root: Path, header: Header) -> None:
    """A folder may be missing, empty, an unfinished phantom, or the same phantom again."""
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root} is a file, expected a folder to write to")
    held = set(os.listdir(root)) if root.exists() else set()
    if foreign := sorted(held - OWN_NAMES):
        raise UsageError(f"{root} holds other files ({foreign[0]})", hint="give a new or empty folder")
    if HEADER in held and _header_of(root) != header:
        raise UsageError(
            f"{root} already holds another collection", hint="give a new folder, or the arguments it was made with"
        )


def _header_of(root: Path) -> Header | None:
    try:
        return open_collection(root).header
    except PolyclinicError:
        return None


def _render_chunk(root: Path, order: Order, indices: range) -> list[Study]:
    """Render and save some patients; the Studies come back without their pixels."""
    written = []
    for index in indices:
        for visit, (study, picture) in enumerate(order.phantom.seen(index)):
            _save_signals(root, study, picture)
            saved = replace(study, images=tuple(_save(root, image) for image in study.images))
            written.append(_with_ct(root, saved, order.phantom.ct(index, visit)) if order.ct else saved)
    return written


def _with_ct(root: Path, study: Study, volume: Volume) -> Study:
    from polyclinic.phantom.chest.files import with_ct

    return with_ct(root, study, volume)


def _save(root: Path, image: Image) -> Image:
    """Write an image in the format that its name ends in; the Image without its pixels."""
    path = root / image.path
    _WRITERS[path.suffix](path, image)
    return replace(image, load=None)


def _save_signals(root: Path, study: Study, picture: Picture) -> None:
    """Write what a Study names besides its images, as plain numbers, which need no pickle."""
    for name, place in study.signals.items():
        path = root / place
        path.parent.mkdir(exist_ok=True)
        np.save(path, picture.signals[name].astype(np.float32))


def _save_png(path: Path, image: Image) -> None:
    import PIL.Image

    pixels = image.pixels
    plane = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
    PIL.Image.fromarray(plane).save(path, compress_level=3)


def _save_tiff(path: Path, image: Image) -> None:
    import tifffile

    tifffile.imwrite(path, image.pixels, metadata={"axes": "CYX"}, photometric="minisblack", compression="zlib")


def _save_nifti(path: Path, image: Image) -> None:
    from polyclinic.phantom.volumes import save_nifti

    save_nifti(path, image.pixels[0].T, image.affine)


def _save_slide(path: Path, image: Image) -> None:
    from polyclinic.phantom.histology.files import write_slide
    from polyclinic.phantom.histology.section import Section

    if not isinstance(image.load, Section):
        raise UsageError(f"{image.path} is no section that could be drawn field by field")
    write_slide(path, image.load)


_WRITERS: dict[str, Callable[[Path, Image], None]] = {
    ".png": _save_png,
    ".tif": _save_tiff,
    ".gz": _save_nifti,
    ".svs": _save_slide,
}
