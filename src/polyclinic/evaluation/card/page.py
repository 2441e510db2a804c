"""The report card as one HTML file: its own style and pictures, no scripts, nothing fetched."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import polyclinic
from polyclinic.errors import PolyclinicError
from polyclinic.evaluation.assess import FACTS, SCORES, flat, read_rows
from polyclinic.evaluation.card.cases import answer_score, chosen, ranked
from polyclinic.evaluation.card.examples import case_section, question_table
from polyclinic.evaluation.card.plots import reliability
from polyclinic.evaluation.card.tables import by_name, meanings, score_table, tiles
from polyclinic.evaluation.card.words import escape
from polyclinic.evaluation.protocol import Row
from polyclinic.study import Study
from polyclinic.verbs import Score

CARD = "report.html"
MOST_WRONG, MOST_SKIPPED = 10, 200
NOTICE = (
    "Polyclinic is research software and not a medical device. Nothing on this page may be used to diagnose or treat."
)
Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Facts:
    """What the page says of the run.

    Args:
        command: repeats the assessment.
        note: what kind of data it is, as the collection says.
    """

    model: str
    split: str
    command: str
    seconds: float
    note: str | None = None


def write_card(out: Path, facts: Facts, studies: Sequence[Study]) -> Path:
    """Write `report.html` from what `assess` stored in `out`, with pictures of some Studies.

    Args:
        studies: those that were assessed; their images are read again for the pictures.

    Returns:
        The page's path.
    """
    rows = read_rows(out)
    scores = {name: Score(**entry) for name, entry in json.loads((out / SCORES).read_text("utf-8")).items()}
    told = json.loads((out / FACTS).read_text("utf-8"))
    sections = [
        _section("Scores", _lead(told), score_table(scores), _details("What the metrics mean", meanings(scores))),
        _section("By name", "", by_name(scores)),
        _section("What is wrong, and how wrong", "", _cases(rows, studies)),
        _section("Surest wrong answers", "Closed questions, by the confidence of the answer.", _surest(rows)),
        _section("Does it know when it is right?", "", _calibration(rows)),
        _section("Left out", "", _skipped(told["skipped"])),
        _section("How to repeat this", "", _repeat(facts, out)),
    ]
    page = _page(facts, told, tiles(scores), "".join(sections))
    path = out / CARD
    path.write_text(page, "utf-8")
    return path


def _page(facts: Facts, told: Mapping[str, Any], headline: str, body: str) -> str:
    style = files("polyclinic.evaluation.card").joinpath("card.css").read_text("utf-8")
    title = f"{facts.model} on {told['collection']}"
    about = (
        f"{told['studies']} studies of {told['subjects']} subjects, split {facts.split}. "
        f"Assessed on {datetime.now():%Y-%m-%d %H:%M} in {facts.seconds:.0f} s. "
        f"The model provides {', '.join(told['verbs'])}."
    )
    note = f'<p class="about">{escape(facts.note)}</p>' if facts.note else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title><style>{style}</style></head>'
        f'<body><header class="top"><p class="eyebrow">Polyclinic report card</p><h1>{escape(title)}</h1>'
        f'<p class="about">{escape(about)}</p>{note}<p class="notice">{escape(NOTICE)}</p></header>'
        f'<main><div class="tiles">{headline}</div>{body}</main>'
        f"<footer><p>{escape(NOTICE)}</p></footer></body></html>\n"
    )


def _section(title: str, lead: str, *content: str) -> str:
    """A section, or nothing where it has no content."""
    inside = "".join(content)
    first = f'<p class="lead">{lead}</p>' if lead else ""
    return f"<section><h2>{escape(title)}</h2>{first}{inside}</section>" if inside else ""


def _details(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def _lead(told: Mapping[str, Any]) -> str:
    return (
        '<span class="key dot">value</span> with its 95 % interval over subjects (bootstrap, 1000 draws), '
        '<span class="key base">trivial baseline</span> that never sees the image (majority answer, mean mask, '
        'typical box or report, chance), <span class="key blind">same model without the image</span>. '
        f"{told['subjects']} subjects."
    )


def _cases(rows: Rows, studies: Sequence[Study]) -> str:
    """Example Studies, worst first; one whose image cannot be read again is left out."""
    known = {study.id: study for study in flat(studies, [])}
    shown = []
    for place, (why, case) in enumerate(chosen(ranked(rows))):
        try:
            pixels = known[case.study].images[0].pixels
        except (KeyError, IndexError, OSError, PolyclinicError):
            continue
        shown.append(case_section(place, why, case, pixels))
    legend = (
        '<p class="lead"><span class="key truth">reference</span> <span class="key guess">prediction</span> '
        "Studies are ordered by their mean error over everything asked of them.</p>"
    )
    return legend + "".join(shown) if shown else ""


def _surest(rows: Rows) -> str:
    wrong = [row for row in rows.get("questions", ()) if row["kind"] == "closed" and answer_score(row) < 1]
    wrong.sort(key=lambda row: -row["confidence"])
    return question_table(wrong[:MOST_WRONG], with_study=True) if wrong else ""


def _calibration(rows: Rows) -> str:
    closed = [row for row in rows.get("questions", ()) if row["kind"] == "closed"]
    classes = rows.get("classification", ())
    plots = []
    if closed:
        right = [answer_score(row) == 1 for row in closed]
        plots.append(reliability("closed questions: confidence", [row["confidence"] for row in closed], right))
    if classes:
        true = [bool(row["reference"]) for row in classes]
        plots.append(reliability("classes: probability", [row["predicted"] for row in classes], true))
    return f'<div class="plots">{"".join(plots)}</div>' if plots else ""


def _skipped(lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines[:MOST_SKIPPED])
    return _details(f"{len(lines)} skipped", f"<ul>{items}</ul>") if lines else ""


def _repeat(facts: Facts, out: Path) -> str:
    again = (
        f"from pathlib import Path\nfrom polyclinic.evaluation.assess import recompute\nrecompute(Path({str(out)!r}))"
    )
    made = f"polyclinic {polyclinic.__version__}, Python {platform.python_version()}, {platform.machine()}"
    return (
        f"<pre>{escape(facts.command)}</pre><p>The scores again, from the stored predictions alone:</p>"
        f"<pre>{escape(again)}</pre><p class='small'>{escape(made)}</p>"
    )
