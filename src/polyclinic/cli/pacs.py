"""`polyclinic pacs`: search an archive, get a study from it, send results back (DICOMweb)."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from polyclinic.cli.output import emit, note, table
from polyclinic.errors import UnsupportedError, UsageError

if TYPE_CHECKING:
    from polyclinic.serving.pacs import Pacs

HELP = "Search, get from and send to a PACS over DICOMweb."
TOKEN_VARIABLE = "POLYCLINIC_PACS_TOKEN"
SHOWN = ("StudyInstanceUID", "PatientID", "StudyDate", "ModalitiesInStudy", "StudyDescription")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    search = actions.add_parser("search", help="list the studies that match (QIDO-RS)")
    get = actions.add_parser("get", help="retrieve a study into a folder (WADO-RS)")
    send = actions.add_parser("send", help="store DICOM files, such as results (STOW-RS)")
    for action in (search, get, send):
        action.add_argument("url", metavar="URL", help=f"DICOMweb root; a token is read from {TOKEN_VARIABLE}")
        action.add_argument("--json", action="store_true", help="print the result as JSON")
        action.add_argument("--debug", action="store_true", help="show the traceback of an error")
    search.add_argument("filters", metavar="KEYWORD=VALUE", nargs="*", help="such as PatientID=123 StudyDate=20240131")
    search.add_argument("-n", type=int, default=100, help="most studies listed (default: 100)")
    get.add_argument("study", metavar="UID", help="Study Instance UID")
    get.add_argument("out", metavar="FOLDER", help="where the files go")
    send.add_argument("files", metavar="FILE", nargs="+", help="DICOM files")


def run(args: argparse.Namespace) -> None:
    """Do the action."""
    with _open(args.url) as pacs:
        {"search": _search, "get": _get, "send": _send}[args.action](pacs, args)


def _open(url: str) -> Pacs:
    try:
        from polyclinic.serving.pacs import Pacs
    except ImportError as error:
        raise UnsupportedError(
            f"DICOMweb needs {error.name}, which is not installed", hint="pip install 'polyclinic[serve]'"
        ) from error
    return Pacs(url, token=os.environ.get(TOKEN_VARIABLE))


def _search(pacs: Pacs, args: argparse.Namespace) -> None:
    pairs = [text.partition("=") for text in args.filters]
    if any(not sign for _, sign, _ in pairs):
        raise UsageError("filters are expected as KEYWORD=VALUE", hint="PatientID=123")
    rows = pacs.search({name: value for name, _, value in pairs}, limit=args.n)
    if args.json:
        emit(rows)
        return
    table(SHOWN, [[row[name] or "-" for name in SHOWN] for row in rows])


def _get(pacs: Pacs, args: argparse.Namespace) -> None:
    files = pacs.retrieve(args.study, Path(args.out))
    if args.json:
        emit({"out": args.out, "files": len(files)})
        return
    note(f"{len(files)} files in {args.out}; polyclinic data inspect {args.out} tells more")


def _send(pacs: Pacs, args: argparse.Namespace) -> None:
    taken = pacs.store([Path(file) for file in args.files])
    if args.json:
        emit({"stored": taken})
        return
    note(f"{taken} files stored")
