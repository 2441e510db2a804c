"""`polyclinic embed`: unit vectors of images or of text."""

from __future__ import annotations

import argparse
from pathlib import Path

from polyclinic.cli.inputs import model_argument, open_model, open_study
from polyclinic.cli.output import emit, note
from polyclinic.errors import UsageError

HELP = "Turn images, or the studies of a collection, or a text into unit vectors."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    model_argument(parser)
    parser.add_argument("what", metavar="IMAGE|COLLECTION|TEXT", help="image file, folder of a collection, or a text")
    parser.add_argument("-o", "--out", metavar="OUT.npy", help="write the vectors here instead of printing them")


def run(args: argparse.Namespace) -> None:
    """Embed, then print or write."""
    import numpy as np

    from polyclinic.layouts import open_folder

    if args.out and not args.out.endswith(".npy"):
        raise UsageError(f"expected a .npy file, got {args.out}")
    model = open_model(args.model, "embed")
    path = Path(args.what)
    if path.is_dir():
        studies = [study for study in open_folder(path) if study.images]
        ids, vectors = [study.id for study in studies], model.embed_images(studies)
    elif path.is_file():
        ids, vectors = [path.name], model.embed_images([open_study(args.what)])
    else:
        ids, vectors = [args.what], model.embed_texts([args.what])
    if args.out:
        np.save(args.out, vectors)
        note(f"{len(ids)} vectors of {vectors.shape[1]} numbers in {args.out}")
    if args.json or not args.out:
        rows = [] if args.out else [{"vector": vector.tolist()} for vector in vectors]
        emit([{"id": name} | (rows[i] if rows else {}) for i, name in enumerate(ids)])
