"""Reports: the findings they state, and their wording; the prior visit is given where there is one.

The text that counts is the findings and impression sections, or the captions of a Study without a report.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from polyclinic.curate.instructions import match_text
from polyclinic.errors import PolyclinicError, UsageError
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import (
    Context,
    Row,
    in_chunks,
    known_scores,
    mean_score,
    subjects_of,
    to_score,
)
from polyclinic.evaluation.references import slug
from polyclinic.metrics.bootstrap import Floats, interval_of_sums
from polyclinic.metrics.finding_labels import label_report
from polyclinic.metrics.texts import bleu_of_sums, bleu_parts, rouge_l
from polyclinic.study import LANGUAGES, Report, Study
from polyclinic.verbs import Reports, Score

NAME, VERB = "reports", "report"
SIDES = ("predicted", "baseline", "blind")
Stated = Mapping[str, bool | None]


def predict(system: Reports, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """A report for each Study that has one, in its language."""
    told = [study for study in studies if match_text(study).strip()]
    seen = [context.with_prior(study) for study in told]
    reports = _written(system, seen, "reports", context)
    blind = _without_images(system, told, context)
    return [
        {
            "study": study.id,
            "subject": study.subject,
            "language": _language(study),
            "reference": match_text(study),
            "predicted": _text(reports[study.id]),
            "baseline": priors.reports.get(_language(study)) if priors else None,
            "blind": _text(blind[study.id]) if study.id in blind else None,
        }
        for study in told
        if study.id in reports
    ]


def _language(study: Study) -> str:
    return study.report.language if study.report else "en"


def _text(report: Report) -> str:
    return match_text(Study("", "", report=report))


def _written(system: Reports, studies: Sequence[Study], stage: str, context: Context) -> dict[str, Report]:
    found: dict[str, Report] = {}
    for language in sorted({_language(study) for study in studies}):
        some = [study for study in studies if _language(study) == language]
        try:
            reports = in_chunks(some, partial(system.report, language=language), stage, context.progress)
        except UsageError as error:  # a language that the system does not write
            context.skipped.append(f"{stage}: {error}")
            continue
        found |= {study.id: report for study, report in zip(some, reports, strict=True)}
    return found


def _without_images(system: Reports, studies: Sequence[Study], context: Context) -> dict[str, Report]:
    if not context.blind:
        return {}
    try:
        bare = [dataclasses.replace(study, images=()) for study in studies]
        return _written(system, bare, "reports without images", context)
    except PolyclinicError as error:
        context.skipped.append(f"reports without images: {error}")
        return {}


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """Findings stated (micro-averaged F1, and each finding's), BLEU-4 and ROUGE-L."""
    scores = {
        "reports.bleu4": _bleu(rows),
        "reports.rouge_l": mean_score(
            rows, partial(_rouge, "predicted"), baseline=partial(_rouge, "baseline"), blind=partial(_rouge, "blind")
        ),
    }
    return known_scores(_finding_scores(rows) | scores)


def _rouge(key: str, row: Row) -> float | None:
    return None if row[key] is None else rouge_l(row["reference"], row[key])


def _bleu(rows: Sequence[Row]) -> Score:
    parts = {
        key: np.array([bleu_parts(row["reference"], row[key], row["language"]) for row in rows])
        for key in SIDES
        if rows and all(row[key] is not None for row in rows)
    }
    return _of_sums(parts, rows, bleu_of_sums, len(rows))


def _of_sums(parts: Mapping[str, Floats], rows: Sequence[Row], statistic: Any, n: int) -> Score:
    """A score of sums beside the same of the baseline and of the blind system."""
    ours = parts.get("predicted", np.zeros((0, 1)))
    interval = interval_of_sums(ours, subjects_of(rows) if len(ours) else [], statistic)
    with np.errstate(invalid="ignore"):
        plain = {key: float(statistic(value.sum(0, keepdims=True))[0]) for key, value in parts.items() if len(value)}
    return to_score(interval, n, plain.get("baseline"), plain.get("blind"))


def stated(text: str | None, language: str) -> dict[str, bool | None]:
    """Findings that a text speaks of: present, absent, or (None) uncertain; none in a language without rules."""
    return label_report(text or "", language) if language in LANGUAGES else {}


def _finding_scores(rows: Sequence[Row]) -> dict[str, Score]:
    references = [stated(row["reference"], row["language"]) for row in rows]
    said = {
        key: [stated(row[key], row["language"]) for row in rows]
        for key in SIDES
        if rows and all(row[key] is not None for row in rows)
    }
    names = sorted({name for labels in (*references, *said.get("predicted", [])) for name in labels})
    table = {
        key: np.array([finding_parts(r, p, names) for r, p in zip(references, v, strict=True)])
        for key, v in said.items()
    }
    scores = {"reports.finding_f1": _f1_score(table, rows, slice(None))}
    for i, name in enumerate(names):
        scores[f"reports.{slug(name)}.finding_f1"] = _f1_score(table, rows, slice(i, i + 1))
    return scores


def finding_parts(reference: Stated, prediction: Stated, names: Sequence[str]) -> Floats:
    """For each name, what one report adds to true positives, false positives and misses: (names, 3)."""
    parts = np.zeros((len(names), 3))
    for row, name in zip(parts, names, strict=True):
        truth, said = reference.get(name, False), prediction.get(name, False)
        if truth is not None and said is not None:
            row[:] = truth and said, said and not truth, truth and not said
    return parts


def _f1_score(table: Mapping[str, Floats], rows: Sequence[Row], chosen: slice) -> Score:
    parts = {key: value[:, chosen].sum(1) for key, value in table.items() if value.shape[1:2] != (0,)}
    return _of_sums(parts, rows, _f1, len(rows))


def _f1(sums: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        f1: Floats = 2 * sums[:, 0] / (2 * sums[:, 0] + sums[:, 1] + sums[:, 2])
    return f1
