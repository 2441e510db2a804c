"""`polyclinic answer`: ask a question about an image."""

from __future__ import annotations

import argparse

from polyclinic.cli.inputs import model_argument, one_line, open_model, open_study, parse_box
from polyclinic.cli.output import emit

HELP = "Ask a question about an image."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    model_argument(parser)
    parser.add_argument("image", metavar="IMAGE", help="image file")
    parser.add_argument("question", metavar="QUESTION", help="what to ask")
    parser.add_argument(
        "--region", type=parse_box, metavar="x0,y0,x1,y1", help="a box in pixels that the question is about"
    )
    parser.add_argument("--prior", metavar="IMAGE", help="image of an earlier visit to compare with")
    parser.add_argument(
        "--options", nargs="+", default=[], metavar="ANSWER", help="the allowed answers; each gets a score"
    )


def run(args: argparse.Namespace) -> None:
    """Answer and print."""
    from polyclinic.replies import answered
    from polyclinic.verbs import Ask

    study = open_study(args.image, args.prior)
    model = open_model(args.model, "answer")
    regions = (args.region,) if args.region else ()
    answer = model.answer([Ask(study, args.question, regions=regions, options=tuple(args.options))])[0]
    if args.json:
        emit(answered(answer))
        return
    print(f"{answer.text}  (confidence {answer.confidence:.2f})")
    for region in answer.regions:
        print(f"  {one_line(region)}")
