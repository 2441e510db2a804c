"""One Study on the page: pictures with outlines, questions with answers, reference beside generated report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from numpy.typing import NDArray

from polyclinic.evaluation.card.cases import Case, answer_score, overlap, sure_boxes
from polyclinic.evaluation.card.pictures import Outline, box_path, mask_path, picture, png_uri
from polyclinic.evaluation.card.words import escape
from polyclinic.evaluation.protocol import Row, grouped
from polyclinic.evaluation.reports import stated
from polyclinic.evaluation.segmentation import mask_of

MOST_QUESTIONS, MOST_BOXES = 10, 40
SENTENCE = re.compile(r"[^.!?。！？؟\n]*[.!?。！？؟\n]*")


def case_section(place: int, why: str, case: Case, pixels: NDArray[Any]) -> str:
    """A Study as an article: why it is shown, and everything that was asked of it."""
    panels = _panels(f"image-{place}", case, pixels)
    texts = [_report(row) for row in case.rows.get("reports", ())]
    texts += [_questions(case.rows["questions"])] if case.rows.get("questions") else []
    return (
        f'<article class="case"><header><span class="why">{escape(why)}</span> <h3>{escape(case.study)}</h3>'
        f'<span class="error">mean error {case.error:.2f}</span></header>'
        f'<div class="panels">{"".join(panels)}</div>{"".join(texts)}{_classes(case.rows.get("classification", ()))}'
        "</article>"
    )


def _panels(key: str, case: Case, pixels: NDArray[Any]) -> list[str]:
    height, width = pixels.shape[-2:]
    panels = [picture(key, (height, width), png_uri(pixels), [], "the image")]
    for group, rows in grouped(case.rows.get("segmentation", ()), lambda row: str(row["group"])):
        outlines = [outline for row in rows for outline in _mask_outlines(row)]
        legend = _legend((row["name"], _mask_note(row)) for row in rows if row["reference"] or row["predicted"])
        panels.append(_with(picture(key, (height, width), None, outlines, f"outlines of {group}"), legend))
    for group, rows in grouped(case.rows.get("find", ()), lambda row: str(row["group"])):
        outlines = [outline for row in rows for outline in _box_outlines(row)]
        legend = _legend((row["name"], _box_note(row)) for row in rows if row["reference"] or sure_boxes(row))
        panels.append(_with(picture(key, (height, width), None, outlines, f"boxes of {group}"), legend))
    return panels


def _with(panel: str, legend: str) -> str:
    return panel.replace("</figcaption>", f"</figcaption>{legend}")


def _mask_outlines(row: Row) -> list[Outline]:
    return [
        (role, str(row["name"]), mask_path(mask_of(row, key)))
        for role, key in (("truth", "reference"), ("guess", "predicted"))
        if row[key]
    ]


def _box_outlines(row: Row) -> list[Outline]:
    sides = (("truth", row["reference"]), ("guess", sure_boxes(row)))
    return [(role, str(row["name"]), box_path(box)) for role, boxes in sides for box in boxes[:MOST_BOXES]]


def _mask_note(row: Row) -> str:
    if not row["reference"]:
        return "not there, drawn"
    return f"Dice {overlap(row):.2f}" if row["predicted"] else "missed"


def _box_note(row: Row) -> str:
    return f"{len(row['reference'])} there, {len(sure_boxes(row))} found"


def _legend(entries: Iterable[tuple[str, str]]) -> str:
    items = "".join(f"<li><b>{escape(name)}</b> {escape(note)}</li>" for name, note in entries)
    return f'<ul class="legend">{items}</ul>' if items else '<p class="legend">none there, none found</p>'


def _questions(rows: Sequence[Row]) -> str:
    """Wrong answers first, the surest of them on top."""
    order = sorted(rows, key=lambda row: (answer_score(row) > 0, -row["confidence"]))
    left = len(order) - MOST_QUESTIONS
    more = f'<p class="more">and {left} more questions</p>' if left > 0 else ""
    return question_table(order[:MOST_QUESTIONS]) + more


def question_table(rows: Sequence[Row], *, with_study: bool = False) -> str:
    """Questions beside reference and given answers."""
    heads = [*(["study"] if with_study else []), "question", "reference", "answer", "confidence", "without image"]
    body = "".join(_question_row(row, with_study) for row in rows)
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f'<div class="scroll"><table class="questions"><tr>{head}</tr>{body}</table></div>'


def _question_row(row: Row, with_study: bool) -> str:
    share = answer_score(row)
    mark, state = ("\N{CHECK MARK}", "right") if share == 1 else ("\N{MULTIPLICATION X}", "wrong")
    if 0 < share < 1:
        mark, state = "~", "partly"
    pointed = ' <span class="note">(points at a box)</span>' if row["pointed"] else ""
    study = f"<td>{escape(row['study'])}</td>" if with_study else ""
    blind = "" if row["blind"] is None else escape(row["blind"])
    return (
        f'<tr>{study}<td dir="auto">{escape(row["question"])}{pointed}</td>'
        f'<td dir="auto">{escape(row["reference"])}</td>'
        f'<td dir="auto" class="{state}"><span class="mark">{mark}</span> {escape(row["predicted"])}</td>'
        f'<td class="figure">{row["confidence"]:.2f}</td><td dir="auto" class="faint">{blind}</td></tr>'
    )


def _report(row: Row) -> str:
    told, said = (stated(row[key], row["language"]) for key in ("reference", "predicted"))
    present = {name for name, state in told.items() if state}
    claimed = {name for name, state in said.items() if state}
    chips = [
        *(_chip("right", name, "right") for name in sorted(present & claimed)),
        *(_chip("wrong", name, "missed") for name in sorted(present - claimed)),
        *(_chip("wrong", name, "not there") for name in sorted(claimed - present)),
    ]
    return (
        f'<div class="reports"><div><h4>Reference report</h4>{_marked(row, "reference", present - claimed)}</div>'
        f"<div><h4>Generated report</h4>{_marked(row, 'predicted', claimed - present)}</div></div>"
        f'<p class="chips">{"".join(chips) or "no finding stated as present in either report"}</p>'
    )


def _chip(state: str, name: str, words: str) -> str:
    return f'<span class="chip {state}">{escape(name)}: {words}</span>'


def _marked(row: Row, key: str, differing: set[str]) -> str:
    """The text, sentences that state a differing finding marked."""
    pieces = [piece for piece in SENTENCE.findall(row[key] or "") if piece]
    shown = "".join(
        f"<mark>{escape(piece)}</mark>"
        if differing & {name for name, state in stated(piece, row["language"]).items() if state}
        else escape(piece)
        for piece in pieces
    )
    return f'<p dir="auto" lang="{escape(row["language"])}">{shown or "<i>nothing written</i>"}</p>'


def _classes(rows: Sequence[Row]) -> str:
    """Classes that are far off, worst first."""
    off = sorted((row for row in rows if abs(row["predicted"] - row["reference"]) >= 0.5), key=_off)
    chips = [
        _chip("wrong", row["name"], f"{'is' if row['reference'] else 'is not'}, said {row['predicted']:.2f}")
        for row in off[:MOST_QUESTIONS]
    ]
    return f'<p class="chips">classes on the wrong side: {"".join(chips)}</p>' if chips else ""


def _off(row: Row) -> float:
    return -abs(float(row["predicted"]) - float(row["reference"]))
