"""The page's tables: all main scores with their intervals, and what each finding, organ or class reaches."""

from __future__ import annotations

from collections.abc import Mapping

from polyclinic.evaluation.card.plots import interval_bar
from polyclinic.evaluation.card.words import (
    HEADLINES,
    METRICS,
    escape,
    interval,
    is_main,
    lower_is_better,
    metric_of,
    number,
    verdict,
)
from polyclinic.verbs import Score

Scores = Mapping[str, Score]
COLUMNS = (
    ("questions", "balanced_accuracy", "presence question"),
    ("reports", "finding_f1", "report F1"),
    ("segmentation", "dice", "Dice"),
    ("find", "ap50", "AP50"),
    ("find", "count_error", "count error"),
    ("classification", "auroc", "AUROC"),
    ("classification", "auprc", "AUPRC"),
)
MOST_TILES = 12


def tiles(scores: Scores) -> str:
    """The few scores that say most, large."""
    shown = [(name, title, unit) for name, title, unit in HEADLINES if name in scores][:MOST_TILES]
    return "".join(_tile(name, title, unit, scores[name]) for name, title, unit in shown)


def _tile(name: str, title: str, unit: str, score: Score) -> str:
    state, words = verdict(name, score)
    between = f"95 % interval {interval(score)}" if interval(score) else "no interval: fewer than two subjects"
    return (
        f'<div class="tile"><h3>{escape(title)}</h3><p class="big">{number(score.value)}</p>'
        f'<p class="unit">{escape(unit)}</p>{interval_bar(score, most=_most(name, score))}'
        f'<p class="small">{between}</p><p class="small {state}">{escape(words)}</p></div>'
    )


def _most(name: str, score: Score) -> float:
    """The right end of a score's line: 1, or past the largest figure of an error without bound."""
    if not lower_is_better(name) or metric_of(name) in ("false_positive_rate", "calibration_error"):
        return 1.0
    return 1.15 * max(v for v in (score.value, score.high, score.baseline, 1e-6) if v is not None)


def score_table(scores: Scores) -> str:
    """Every main score with interval, baseline, and the same without image; a heading for each family."""
    heads = (
        "<th>score</th><th></th><th>value</th><th>95 % interval</th><th>baseline</th><th>without image</th><th>n</th>"
    )
    body, family = "", ""
    for name, score in scores.items():
        if is_main(name):
            if name.partition(".")[0] != family:
                family = name.partition(".")[0]
                body += f'<tr class="family"><th colspan="7">{escape(family)}</th></tr>'
            body += _score_row(name, score)
    return f'<div class="scroll"><table class="scores"><tr>{heads}</tr>{body}</table></div>'


def _score_row(name: str, score: Score) -> str:
    state, words = verdict(name, score)
    lower = "<small>lower is better</small>" if lower_is_better(name) else ""
    compared = f'<small class="{state}">{escape(words)}</small>' if words else ""
    return (
        f'<tr><td title="{escape(METRICS.get(metric_of(name), ""))}"><code>{_breakable(name)}</code>{lower}</td>'
        f"<td>{interval_bar(score, most=_most(name, score))}</td>"
        f'<td class="figure value">{number(score.value)}</td><td class="figure">{escape(interval(score))}</td>'
        f'<td class="figure">{number(score.baseline)}{compared}</td>'
        f'<td class="figure">{number(score.blind)}</td><td class="figure">{score.n}</td></tr>'
    )


def _breakable(name: str) -> str:
    """A score's name that may be broken after its dots."""
    return escape(name).replace(".", ".<wbr/>")


def meanings(scores: Scores) -> str:
    """What the metrics on the page mean."""
    used = dict.fromkeys(metric_of(name) for name in scores)
    items = "".join(f"<dt>{escape(m)}</dt><dd>{escape(METRICS[m])}</dd>" for m in used if m in METRICS)
    return f'<dl class="meanings">{items}</dl>'


def by_name(scores: Scores) -> str:
    """A row for each finding or organ, and in a table of its own each label; a column for each way of asking."""
    cells = _cells(scores)
    return "".join(_names_table({n: row for n, row in cells.items() if ("=" in n) == label}) for label in (False, True))


def _names_table(cells: Mapping[str, Mapping[tuple[str, str], tuple[str, Score]]]) -> str:
    if not cells:
        return ""
    used = [column for column in COLUMNS if any(column[:2] in row for row in cells.values())]
    head = "".join(f"<th>{escape(title)}</th>" for *_, title in used)
    body = "".join(
        f"<tr><th>{escape(name.replace('_', ' '))}</th>"
        + "".join(_cell(row.get((family, metric))) for family, metric, _ in used)
        + "</tr>"
        for name, row in sorted(cells.items())
    )
    return f'<div class="scroll"><table class="names"><tr><th></th>{head}</tr>{body}</table></div>'


def _cells(scores: Scores) -> dict[str, dict[tuple[str, str], tuple[str, Score]]]:
    found: dict[str, dict[tuple[str, str], tuple[str, Score]]] = {}
    for name, score in scores.items():
        family, metric = name.split(".")[0], name.rpartition(".")[2]
        if not is_main(name) and any(column[:2] == (family, metric) for column in COLUMNS):
            found.setdefault(name.split(".")[-2], {})[(family, metric)] = (name, score)
    return found


def _cell(entry: tuple[str, Score] | None) -> str:
    if entry is None:
        return '<td class="figure faint">\N{EN DASH}</td>'
    name, score = entry
    state, words = verdict(name, score)
    baseline = f"baseline {number(score.baseline)}" if score.baseline is not None else ""
    return (
        f'<td class="figure" title="{escape(f"{interval(score)}; n {score.n}; {words}")}">'
        f'<span class="{state}">{number(score.value)}</span><small>{escape(interval(score))}</small>'
        f"<small>{baseline}</small></td>"
    )
