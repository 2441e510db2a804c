"""Assessments that lie in the folder of runs: scores with intervals, and the Studies that went worst first."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query

from polyclinic.errors import PolyclinicError, ReadError, UsageError
from polyclinic.records import from_plain
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.routes import PREFIX
from polyclinic.serving.workbench.shelf import SCORES, Shelf
from polyclinic.verbs import Score

FACTS = "assessment.json"
MOST_CASES = 200
Json = dict[str, Any]


def read_scores(folder: Path) -> dict[str, Score]:
    """The scores of an assessment.

    Raises:
        ReadError: they cannot be read.
        RecordError: one of them is no score.
    """
    stored = _read(folder / SCORES)
    return {name: from_plain(Score, score, f"{SCORES}: {name}") for name, score in stored.items()}


def _read(path: Path) -> dict[str, Any]:
    try:
        stored = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ReadError(f"{path.name} cannot be read", hint="run `polyclinic assess` again") from error
    if not isinstance(stored, dict):
        raise ReadError(f"{path.name}: expected an object", hint="run `polyclinic assess` again")
    return stored


def listed(folders: Mapping[str, Path]) -> list[Json]:
    """A row for each assessment; one that cannot be read says so in its row."""
    return [_row(name, folder) for name, folder in folders.items()]


def _row(name: str, folder: Path) -> Json:
    from polyclinic.evaluation.card.words import HEADLINES

    try:
        scores, facts = read_scores(folder), _read(folder / FACTS)
    except PolyclinicError as error:
        return {"name": name, "error": str(error)}
    heads = [{"name": key, "title": title, "unit": unit} for key, title, unit in HEADLINES if key in scores]
    about: Json = {key: facts[key] for key in ("collection", "studies", "subjects", "verbs") if key in facts}
    return {"name": name, **about, "headlines": [head | plain(head["name"], scores[head["name"]]) for head in heads]}


def plain(name: str, score: Score) -> Json:
    """A score with how it stands to its baseline."""
    from polyclinic.evaluation.card.words import METRICS, lower_is_better, metric_of, verdict

    state, words = verdict(name, score)
    told = {"state": state, "says": words, "lower_is_better": lower_is_better(name)}
    return dataclasses.asdict(score) | told | {"meaning": METRICS.get(metric_of(name), "")}


def card(folder: Path, known: Callable[[str], bool]) -> Json:
    """Main scores, and cases worst first.

    Args:
        known: whether a Study is in the collection that is open.
    """
    from polyclinic.evaluation.assess import read_rows
    from polyclinic.evaluation.card.cases import ranked
    from polyclinic.evaluation.card.words import is_main

    scores = read_scores(folder)
    cases = ranked(read_rows(folder))
    return {
        "scores": [{"name": name} | plain(name, score) for name, score in scores.items() if is_main(name)],
        "cases": [
            {"study": case.study, "subject": case.subject, "error": case.error, "known": known(case.study)}
            | {"asked": {protocol: len(rows) for protocol, rows in case.rows.items()}}
            for case in cases[:MOST_CASES]
        ],
        "studies": len(cases),
    }


def router(bench: Bench, shelf: Shelf) -> APIRouter:
    """The endpoints of the page."""
    routes = APIRouter(prefix=PREFIX, tags=["workbench"])

    def known(ident: str) -> bool:
        try:
            bench.study(ident)
        except UsageError:
            return False
        return True

    @routes.get("/cards")
    def cards() -> list[Json]:
        """The assessments, with the few scores that say most."""
        return listed(shelf.assessments())

    @routes.get("/card")
    def one(name: Annotated[str, Query(max_length=512)]) -> Json:
        """One assessment."""
        return {"name": name} | card(shelf.assessment(name), known)

    return routes
