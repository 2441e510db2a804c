"""`polyclinic report`: write a report of an image."""

from __future__ import annotations

import argparse

from polyclinic.cli.inputs import model_argument, open_model, open_study
from polyclinic.cli.output import emit
from polyclinic.study import LANGUAGES

HELP = "Write a report of an image."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    model_argument(parser)
    parser.add_argument("image", metavar="IMAGE", help="image file")
    parser.add_argument("--prior", metavar="IMAGE", help="image of an earlier visit to compare with")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="language of the report (default: en)")


def run(args: argparse.Namespace) -> None:
    """Write and print."""
    from polyclinic.replies import reported

    study = open_study(args.image, args.prior)
    report = open_model(args.model, "report").report([study], args.language)[0]
    if args.json:
        emit(reported(report))
        return
    for name, text in report.sections.items():
        print(f"{name}: {text}")
