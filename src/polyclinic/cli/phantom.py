"""`polyclinic phantom`: write a collection of procedural patients."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from polyclinic.phantom.domain import domain_names

NAME = "phantom"
HELP = "write a collection of procedural patients, of whom everything is known"

USUAL_FIELDS = 8


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("domain", choices=domain_names(), help="what is imaged")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write the collection to")
    parser.add_argument("--patients", type=int, default=1000, metavar="N", help="how many patients (default 1000)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which world of patients (default 0)")
    parser.add_argument("--size", type=int, default=128, help="pixels along each side (default 128)")
    parser.add_argument(
        "--views", nargs="+", choices=("frontal", "lateral"), default=["frontal"], help="of a chest (default frontal)"
    )
    parser.add_argument(
        "--languages", nargs="+", choices=("en", "zh", "ar"), default=["en"], help="of the texts (default en)"
    )
    parser.add_argument("--ct", action="store_true", help="of a chest, also write each CT and its labels as NIfTI")
    parser.add_argument(
        "--slides",
        type=int,
        nargs="?",
        const=USUAL_FIELDS,
        default=1,
        metavar="N",
        help=f"of histology, slides of N by N fields of --size pixels, as tiled pyramids (N: {USUAL_FIELDS})",
    )
    parser.add_argument("--workers", type=int, metavar="W", help="processes (default: all cores)")


def run(args: argparse.Namespace) -> int:
    """Write the collection and say where it lies."""
    from polyclinic.cli.output import emit
    from polyclinic.phantom.collection import Order, write_phantom
    from polyclinic.phantom.dials import Dials
    from polyclinic.phantom.world import Phantom

    dials = Dials(size=args.size, fields=args.slides, views=tuple(args.views), languages=tuple(args.languages))
    order = Order(Phantom(args.domain, args.seed, dials), args.patients, args.ct)
    workers = os.cpu_count() or 1 if args.workers is None else args.workers
    started = time.monotonic()
    with _progress(args.patients) as tell:
        studies = write_phantom(args.out, order, workers, tell)
    seconds = round(time.monotonic() - started, 2)
    if args.json:
        emit({"studies": studies, "patients": args.patients, "seconds": seconds, "root": str(args.out)})
    else:
        print(f"{studies} studies of {args.patients} phantom patients in {seconds} s: {args.out}")
    return 0


@contextmanager
def _progress(patients: int) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, a line for every tenth otherwise; both on stderr."""
    if not sys.stderr.isatty():
        yield _Lines(patients)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("patients", total=patients)
        yield lambda done, _studies: bar.update(task, completed=done)


class _Lines:
    """Prints a line whenever another tenth is done."""

    def __init__(self, patients: int) -> None:
        self.patients, self.told = patients, 0

    def __call__(self, done: int, studies: int) -> None:
        tenth = 10 * done // self.patients
        if tenth > self.told:
            self.told = tenth
            print(f"phantom: {done} of {self.patients} patients, {studies} studies", file=sys.stderr)
