"""`polyclinic search`: the studies of a collection nearest to a text or an image."""

from __future__ import annotations

import argparse
from collections.abc import Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyclinic.cli.inputs import open_model, open_study
from polyclinic.cli.output import emit, table
from polyclinic.errors import UsageError

if TYPE_CHECKING:
    from polyclinic.gallery.vectors import Index

HELP = "Search a collection by a text or by an image."
SHOWN = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("model", metavar="MODEL|INDEX", help="a run folder, a shipped checkpoint, or an index of one")
    parser.add_argument("collection", metavar="COLLECTION", help="folder of a collection or of any known layout")
    parser.add_argument("query", metavar="TEXT|IMAGE", help="a text, or the path of an image")
    parser.add_argument("-n", type=int, default=SHOWN, help=f"how many to show (default: {SHOWN})")
    parser.add_argument("--exact", action="store_true", help="compare with every vector, however many there are")


def run(args: argparse.Namespace) -> None:
    """Embed the query, and the collection where there is no index of it; rank, print."""
    from polyclinic.gallery.searching import search
    from polyclinic.layouts import open_folder

    if args.n < 1:
        raise UsageError(f"-n: expected at least 1, got {args.n}")
    index = _index(args.model)
    model = open_model(index.maker.model if index else args.model, "embed")
    by_id = {study.id: study for study in open_folder(args.collection) if study.images}
    by_image = Path(args.query).is_file()
    query = model.embed_images([open_study(args.query)]) if by_image else model.embed_texts([args.query])
    vectors = index.vectors_NE if index else model.embed_images(list(by_id.values()))
    ids = index.ids if index else tuple(by_id)
    _check(ids, by_id, args.collection)
    places, scores = search(vectors, query, args.n, exact=args.exact)
    studies = [by_id[ids[place]] for place in places[0]]
    hits: list[dict[str, Any]] = [
        {
            "id": study.id,
            "score": float(score),
            "image": study.images[0].path,
            "findings": [finding.name for finding in study.findings if finding.present],
        }
        for study, score in zip(studies, scores[0], strict=True)
    ]
    if args.json:
        emit(hits)
        return
    table(
        ["score", "study", "image", "findings"],
        [(f"{hit['score']:.3f}", hit["id"], hit["image"], ", ".join(hit["findings"]) or "-") for hit in hits],
    )


def _index(name: str) -> Index | None:
    """The index of a folder that holds one, if its model still has the weights that made it."""
    from polyclinic.gallery.building import weights_digest
    from polyclinic.gallery.vectors import FACTS, open_index
    from polyclinic.models import folder_of

    if not (Path(name) / FACTS).is_file():
        return None
    index = open_index(Path(name))
    if weights_digest(folder_of(index.maker.model)) != index.maker.weights:
        raise UsageError(f"{index.maker.model} has other weights than those that made {name}", hint="index anew")
    return index


def _check(ids: Sequence[str], known: Container[str], collection: str) -> None:
    if strangers := [ident for ident in ids if ident not in known]:
        raise UsageError(f"{collection} has no study {strangers[0]!r}, which the index holds", hint="index it anew")
