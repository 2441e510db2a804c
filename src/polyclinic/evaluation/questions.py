"""Questions: closed ones by the option chosen, open ones by the text; once more without the image.

Yes-or-no questions of all languages are pooled as two classes, so that saying yes to everything scores
one half. A question about the prior visit is asked with its images, and left out where it has none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from polyclinic.errors import PolyclinicError
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import (
    Context,
    Row,
    grouped,
    in_chunks,
    known_scores,
    mean_score,
    subjects_of,
    to_score,
)
from polyclinic.evaluation.references import YES_NO, allowed_answers, slug
from polyclinic.evaluation.reports import stated
from polyclinic.metrics.bootstrap import interval_of_sums
from polyclinic.metrics.classification import mean_recall, recall_parts
from polyclinic.metrics.texts import exact_match, token_f1, tokens
from polyclinic.study import Study, Turn
from polyclinic.verbs import Answer, Answers, Ask, Score

NAME, VERB = "questions", "answer"
CLASSES = ("yes", "no")


def predict(system: Answers, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Ask everything that the Studies' turns ask."""
    asked = [(study, turn) for study in studies for turn in study.turns if _possible(study, turn, context)]
    seen = _asks(asked, {s.id: s for s in studies}, {s.id: context.with_prior(s) for s in studies})
    answers = in_chunks(seen, system.answer, "questions", context.progress)
    blind = _without_images(system, asked, context)
    return [
        _row(study, turn, answer, priors, unseen)
        for (study, turn), answer, unseen in zip(asked, answers, blind, strict=True)
    ]


def _possible(study: Study, turn: Turn, context: Context) -> bool:
    if turn.prior and context.prior_of(study) is None:
        context.skipped.append(f"study {study.id}: {turn.question!r} needs a prior visit that is not there")
        return False
    return True


def _asks(asked: Sequence[tuple[Study, Turn]], plain: dict[str, Study], compared: dict[str, Study]) -> list[Ask]:
    """One object a Study, so that a system looks at its images once."""
    chosen = [(compared if turn.prior else plain)[study.id] for study, turn in asked]
    return [_ask(study, turn) for study, (_, turn) in zip(chosen, asked, strict=True)]


def _ask(study: Study, turn: Turn) -> Ask:
    shown, regions = study, turn.regions
    if turn.images and study.images:
        places = {index: place for place, index in enumerate(turn.images)}
        shown = dataclasses.replace(study, images=tuple(study.images[index] for index in turn.images))
        regions = tuple(dataclasses.replace(r, image=places[r.image]) for r in regions if r.image in places)
    return Ask(shown, turn.question, regions=regions, options=allowed_answers(turn), language=turn.language)


def _without_images(
    system: Answers, asked: Sequence[tuple[Study, Turn]], context: Context
) -> list[Answer] | list[None]:
    """The same questions to the same system, its eyes shut; none where it refuses that."""
    nothing: list[None] = [None] * len(asked)
    if not context.blind:
        return nothing
    bare = {study.id: dataclasses.replace(study, images=()) for study, _ in asked}
    try:
        return in_chunks(_asks(asked, bare, bare), system.answer, "questions without images", context.progress)
    except PolyclinicError as error:
        context.skipped.append(f"questions without images: {error}")
        return nothing


def _row(study: Study, turn: Turn, answer: Answer, priors: Priors | None, blind: Answer | None) -> Row:
    options = allowed_answers(turn)
    return {
        "study": study.id,
        "subject": study.subject,
        "question": turn.question,
        "kind": turn.kind,
        "topic": turn.topic,
        "language": turn.language,
        "options": list(options),
        "pointed": [list(region.box) for region in turn.regions if region.box],
        "prior": turn.prior,
        "reference": turn.answer,
        "predicted": answer.text,
        "confidence": float(answer.confidence),
        "baseline": priors.answer(turn, options) if priors else None,
        "blind": blind.text if blind else None,
    }


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """Scores over all questions, by topic, and by the finding that a yes-or-no question speaks of."""
    closed = [row for row in rows if row["kind"] == "closed"]
    opened = [row for row in rows if row["kind"] == "open"]
    binary = [row for row in closed if _is_yes_no(row)]
    scores = {
        "questions.closed.balanced_accuracy": _balanced(binary),
        "questions.closed.accuracy": _mean(closed, exact_match),
        "questions.open.exact_match": _mean(opened, exact_match),
        "questions.open.token_f1": _mean(opened, token_f1),
    }
    for topic, some in grouped(rows, lambda row: slug(row["topic"]) if row["topic"] else None):
        scores |= _topic_scores(topic, some)
    return known_scores(scores)


def _topic_scores(topic: str, rows: Sequence[Row]) -> dict[str, Score]:
    scores = {f"questions.{topic}.exact_match": _mean(rows, exact_match)}
    binary = [row for row in rows if row["kind"] == "closed" and _is_yes_no(row)]
    if binary:
        scores[f"questions.{topic}.balanced_accuracy"] = _balanced(binary)
    for finding, some in grouped(binary, _finding):
        scores[f"questions.{topic}.{slug(finding)}.balanced_accuracy"] = _balanced(some)
    return scores


def _finding(row: Row) -> str | None:
    """The one finding that a question names; None for none or several."""
    named = list(stated(row["question"], row["language"]))
    return named[0] if len(named) == 1 else None


def _is_yes_no(row: Row) -> bool:
    return any(set(row["options"]) == set(pair) for pair in YES_NO.values())


def _class(text: str | None) -> str:
    """`yes`, `no`, or what was said instead."""
    said = tokens(text or "")
    for pair in YES_NO.values():
        for name, word in zip(CLASSES, pair, strict=True):
            if said == tokens(word):
                return name
    return " ".join(said)


def _balanced(rows: Sequence[Row]) -> Score:
    references = [_class(row["reference"]) for row in rows]
    parts = {
        key: recall_parts(references, [_class(row[key]) for row in rows], CLASSES)
        for key in ("predicted", "baseline", "blind")
        if rows and rows[0][key] is not None
    }
    if not parts:
        return to_score(interval_of_sums(np.zeros((0, 4)), [], mean_recall), 0)
    plain: dict[str, Any] = {key: float(mean_recall(p.sum(0, keepdims=True))[0]) for key, p in parts.items()}
    interval = interval_of_sums(parts["predicted"], subjects_of(rows), mean_recall)
    return to_score(interval, len(rows), plain.get("baseline"), plain.get("blind"))


def _mean(rows: Sequence[Row], metric: Any) -> Score:
    return mean_score(
        rows,
        partial(_against, metric=metric, key="predicted"),
        baseline=partial(_against, metric=metric, key="baseline"),
        blind=partial(_against, metric=metric, key="blind"),
    )


def _against(row: Row, metric: Any, key: str) -> float | None:
    return None if row[key] is None else float(metric(row["reference"], row[key]))
