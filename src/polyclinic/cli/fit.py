"""`polyclinic fit`: train a system on a folder, or go on with a run that was stopped."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from polyclinic.cli.output import emit, note

HELP = "Train a system on a folder of data; the same command again resumes it."
SHOWN_SKIPS = 3
INTERRUPTED = 130


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("id", metavar="ID", help="the system (`polyclinic systems` lists them)")
    parser.add_argument("data", metavar="DATA", help="a collection or a folder of any known layout")
    parser.add_argument("--out", required=True, metavar="RUN", help="run folder; an unfinished run is resumed")
    parser.add_argument("--preset", default="nano", help="configuration to start from (default: nano)")
    parser.add_argument("--seed", type=_natural, default=0, help="of everything random (default: 0)")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--steps", type=int, metavar="N", help="optimiser steps of the whole run")
    budget.add_argument("--minutes", type=float, metavar="M", help="minutes of training")
    parser.add_argument("--from", dest="start_from", metavar="MODEL", help="start from this model's weights")
    parser.add_argument(
        "--set", dest="settings", action="append", default=[], metavar="KEY=VALUE", help="change a configuration field"
    )
    parser.add_argument("--split", default="train", help="split to train on, or `all` (default: train)")
    parser.add_argument("--workers", type=_natural, metavar="W", help="loader processes (default: derived)")


def run(args: argparse.Namespace) -> int:
    """Train and print what came of it."""
    from polyclinic.layouts import open_folder
    from polyclinic.training.loop import fit
    from polyclinic.training.options import Options

    speaks = os.environ.get("RANK", "0") == "0"
    collection = open_folder(args.data)
    if speaks and collection.skipped:
        note(f"{len(collection.skipped)} studies are left out of {args.data}:")
        for line in collection.skipped[:SHOWN_SKIPS]:
            note(f"  {line}")
    chosen = Options(
        preset=args.preset,
        settings=tuple(args.settings),
        seed=args.seed,
        steps=args.steps,
        minutes=args.minutes,
        start_from=args.start_from,
        split=args.split,
        workers=args.workers,
    )
    outcome = fit(args.id, collection, Path(args.out), chosen)
    if speaks:
        known = {key: outcome.record[key] for key in ("step", "losses", "timings") if key in outcome.record}
        if args.json:
            emit({"state": outcome.state, "run": args.out, **known})
        else:
            note(_said(outcome.state, args.out, outcome.record))
    return INTERRUPTED if outcome.state == "interrupted" else 0


def _said(state: str, out: str, record: dict[str, object]) -> str:
    if state == "interrupted":
        return f"stopped at step {record['step']}; the same command goes on from there"
    if state == "already finished":
        return f"{out} is already finished ({record['step']} steps); give another --out to train anew"
    return f"finished after {record['step']} steps: {out}\nnext: polyclinic assess {out} DATA --out DIR"


def _natural(text: str) -> int:
    """A whole number that is not negative.

    Raises:
        argparse.ArgumentTypeError: it is something else.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number from 0, got {text!r}")
    return int(text)
