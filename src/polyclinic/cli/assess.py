"""assess: scores of a model on a collection, with intervals, baselines and a report card."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyclinic.cli.inputs import place
from polyclinic.cli.output import emit, note, table

if TYPE_CHECKING:
    from polyclinic.evaluation.priors import Priors
    from polyclinic.store.collection import Collection
    from polyclinic.verbs import Score

HELP = "score a model on a collection and write a report card"
SHOWN_SKIPS = 5
QUIET_SECONDS = 10.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", help="run folder, or name of a shipped checkpoint")
    parser.add_argument("collection", type=place, help="folder of images with what is known of them")
    parser.add_argument("--out", type=Path, required=True, help="folder for scores.json, report.html and predictions")
    parser.add_argument("--split", default="test", help="which split to score on; all takes every study")
    parser.add_argument("--seed", type=int, default=0, help="which subjects --limit draws")
    parser.add_argument("--limit", type=int, help="score on at most this many subjects")
    parser.add_argument("--no-blind", action="store_true", help="leave out the questions without images")
    parser.add_argument(
        "--protocols",
        nargs="+",
        metavar="NAME",
        help="only these; probe, few_shot, label_efficiency, neighbours, base_to_new, zero_shot, pointing and "
        "prompt_ladder run when named (default: all that need no training)",
    )


def run(args: argparse.Namespace) -> int:
    """Assess, write the report card, print the table."""
    from polyclinic.evaluation.assess import PROTOCOLS, assess, plain_scores
    from polyclinic.evaluation.card import Facts, write_card
    from polyclinic.evaluation.sample import of_subjects
    from polyclinic.layouts import open_folder
    from polyclinic.models import folder_of, load_model

    folder = folder_of(args.model)
    collection = open_folder(args.collection)
    _tell_skipped(collection.skipped)
    studies = of_subjects(collection.split(args.split), args.limit, args.seed)
    system, priors = load_model(args.model), _priors(folder, collection)
    started = time.monotonic()
    with _progress() as progress:
        scores = assess(
            system,
            collection,
            studies,
            args.out,
            priors,
            blind=not args.no_blind,
            progress=progress,
            protocols=args.protocols or tuple(PROTOCOLS),
        )
    facts = Facts(args.model, args.split, _command(args), time.monotonic() - started, collection.header.note)
    card = write_card(args.out, facts, studies)
    if args.json:
        emit(plain_scores(scores))
    else:
        print_scores(scores)
        print(f"\nreport card: {card}\nscores:      {args.out / 'scores.json'}")
    return 0


def print_scores(scores: Mapping[str, Score]) -> None:
    """The main scores as a table; those of single names stand in scores.json."""
    from polyclinic.evaluation.card.words import is_main

    rows = [
        (name, _interval(score), _number(score.baseline), _number(score.blind), score.n)
        for name, score in scores.items()
        if is_main(name)
    ]
    table(("score", "value [95 % interval]", "baseline", "without image", "n"), rows)


def _interval(score: Score) -> str:
    bounds = "" if score.low is None else f" [{_number(score.low)}, {_number(score.high)}]"
    return _number(score.value) + bounds


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _priors(folder: Path, collection: Collection) -> Priors | None:
    """The model's own priors, else those of the collection's training split, else none."""
    from polyclinic.errors import UsageError
    from polyclinic.evaluation.assess import flat
    from polyclinic.evaluation.priors import Priors

    if stored := Priors.load(folder):
        return stored
    try:
        return Priors.from_studies(flat(collection.split("train"), []))
    except UsageError:
        note("no baselines: the model has no priors.json and the collection no training split")
        return None


def _tell_skipped(skipped: tuple[str, ...]) -> None:
    for line in skipped[:SHOWN_SKIPS]:
        note(f"skipped: {line}")
    if len(skipped) > SHOWN_SKIPS:
        note(f"skipped: {len(skipped) - SHOWN_SKIPS} more (polyclinic data inspect lists them)")


def _command(args: argparse.Namespace) -> str:
    import shlex

    words = ["polyclinic", "assess", args.model, str(args.collection), "--split", args.split, "--out", str(args.out)]
    words += ["--limit", str(args.limit), "--seed", str(args.seed)] if args.limit else []
    words += ["--protocols", *args.protocols] if args.protocols else []
    return shlex.join(words + (["--no-blind"] if args.no_blind else []))


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each stage on a terminal, a line at times otherwise."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns: tuple[Any, ...] = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress("{task.description}", *columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done)

        yield show


class _Lines:
    """One plain line every ten seconds."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if time.monotonic() - self.last >= QUIET_SECONDS:
            self.last = time.monotonic()
            note(f"{stage}: {done} of {total}")
