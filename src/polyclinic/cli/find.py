"""`polyclinic find`: boxes of what a phrase names."""

from __future__ import annotations

import argparse

from polyclinic.cli.inputs import model_argument, one_line, open_model, open_study
from polyclinic.cli.output import emit

HELP = "Find and count what a phrase names in an image."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    model_argument(parser)
    parser.add_argument("image", metavar="IMAGE", help="image file")
    parser.add_argument("phrase", metavar="PHRASE", help="what to look for")
    parser.add_argument("--score", type=float, default=0.3, help="smallest score shown (default: 0.3)")


def run(args: argparse.Namespace) -> None:
    """Find and print."""
    from polyclinic.replies import found_regions, high_enough

    study = open_study(args.image)
    regions = open_model(args.model, "find").find([study], [args.phrase])[0]
    if args.json:
        emit(found_regions(args.phrase, regions, args.score))
        return
    kept = high_enough(regions, args.score)
    print(f"{len(kept)} found")
    for region in kept:
        print(f"  {one_line(region)}")
