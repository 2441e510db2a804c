"""`polyclinic index`: the vectors of a collection's images on disk; the same command again resumes it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from polyclinic.cli.inputs import model_argument, open_model
from polyclinic.cli.output import emit, note

if TYPE_CHECKING:
    from polyclinic.gallery.building import Pace

HELP = "Write the vectors of a collection's images, to be searched; the same command again resumes it."
QUIET_SECONDS = 10.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    model_argument(parser)
    parser.add_argument("collection", metavar="COLLECTION", help="folder of a collection or of any known layout")
    parser.add_argument(
        "--out", required=True, metavar="INDEX", help="folder of the index; an unfinished one is resumed"
    )
    parser.add_argument(
        "--dtype", choices=("float16", "float32"), default="float16", help="of the stored vectors (default: float16)"
    )


def run(args: argparse.Namespace) -> None:
    """Embed what is missing and say what the index holds."""
    from polyclinic.gallery.building import build, maker_of
    from polyclinic.gallery.vectors import Writer, open_index
    from polyclinic.layouts import open_folder
    from polyclinic.models import folder_of

    model = open_model(args.model, "embed")
    collection = open_folder(args.collection)
    studies = [study for study in collection if study.images]
    maker = maker_of(args.model, folder_of(args.model), collection.header.name, studies, args.dtype)
    writer = Writer(Path(args.out), maker)
    build(model, studies, writer, tell=_Lines())
    skipped = [ident for block in writer.done for ident in block.skipped]
    index = open_index(Path(args.out))
    if args.json:
        emit({"index": args.out, "vectors": len(index.ids), "width": index.vectors_NE.shape[1], "skipped": skipped})
        return
    note(f"{len(index.ids)} vectors of {index.vectors_NE.shape[1]} numbers in {args.out}; {len(skipped)} unreadable")


class _Lines:
    """A line every ten seconds."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, pace: Pace) -> None:
        if time.monotonic() - self.last >= QUIET_SECONDS:
            self.last = time.monotonic()
            note(f"{pace.done} of {pace.total} images, {pace.rate:.0f} a second, {pace.left_s:.0f} s left")
