"""`polyclinic search`: the studies of a collection nearest to a text or an image."""

from __future__ import annotations

import argparse
from pathlib import Path

from polyclinic.cli.inputs import model_argument, open_model, open_study
from polyclinic.cli.output import emit, table

HELP = "Search a collection by a text or by an image."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    model_argument(parser)
    parser.add_argument("collection", metavar="COLLECTION", help="folder of a collection or of any known layout")
    parser.add_argument("query", metavar="TEXT|IMAGE", help="a text, or the path of an image")
    parser.add_argument("-n", type=int, default=10, help="how many to show (default: 10)")


def run(args: argparse.Namespace) -> None:
    """Embed both sides, rank, print."""
    from polyclinic.layouts import open_folder

    model = open_model(args.model, "embed")
    studies = [study for study in open_folder(Path(args.collection)) if study.images]
    by_image = Path(args.query).is_file()
    query = model.embed_images([open_study(args.query)]) if by_image else model.embed_texts([args.query])
    scores = model.embed_images(studies) @ query[0]
    best = (-scores).argsort(kind="stable")[: args.n]
    hits = [
        {
            "id": studies[i].id,
            "score": float(scores[i]),
            "image": studies[i].images[0].path,
            "findings": [finding.name for finding in studies[i].findings if finding.present],
        }
        for i in best
    ]
    if args.json:
        emit(hits)
        return
    table(
        ["score", "study", "image", "findings"],
        [(f"{hit['score']:.3f}", hit["id"], hit["image"], ", ".join(hit["findings"]) or "-") for hit in hits],
    )
