"""`polyclinic classify`: probability of each name."""

from __future__ import annotations

import argparse

from polyclinic.cli.inputs import model_argument, open_model, open_study
from polyclinic.cli.output import emit, table
from polyclinic.errors import UsageError

HELP = "Give the probability of each name (a finding, a label's value)."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    model_argument(parser)
    parser.add_argument("image", metavar="IMAGE", help="image file")
    parser.add_argument("names", metavar="NAME", nargs="*", help="what to look for; default: all that the model knows")


def run(args: argparse.Namespace) -> None:
    """Classify and print."""
    study = open_study(args.image)
    model = open_model(args.model, "classify")
    names = args.names or list(getattr(model, "known_classes", ()))
    if not names:
        raise UsageError("this model knows no names of its own", hint="give the names to look for")
    found = model.classify([study], names)[0]
    if args.json:
        emit(found)
        return
    table(["name", "probability"], [(name, f"{p:.3f}") for name, p in sorted(found.items(), key=lambda item: -item[1])])
