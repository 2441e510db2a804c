"""Base to new: what is learned from half of a label's values, asked of them and of the other half.

An adapter over frozen vectors (CLIP-Adapter) learns from 16 training subjects of each base value. Base values compete
with each other and new ones with each other, as in arXiv 2203.05557; the same without the adapter stands beside it,
so that a gain on base values that is paid for with new ones shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from polyclinic.bodies.dual_encoder.adapters import learned_adapter
from polyclinic.evaluation.classification import Class, truth_of, values_of
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context, Row, grouped, in_chunks, subjects_of, to_score
from polyclinic.evaluation.references import slug
from polyclinic.metrics.bootstrap import Floats, interval_of_sums
from polyclinic.metrics.classification import mean_recall, recall_parts
from polyclinic.metrics.shots import few_shots
from polyclinic.study import Study
from polyclinic.verbs import Embeds, Score

NAME, VERB, FITS = "base_to_new", "embed", True
SHOTS, SCALE, FEWEST_VALUES = 16, 100.0, 4
HALVES = ("base", "new")
# What is scored, and what its score is called.
SIDES = {"predicted": "", "zero_shot": "_untrained"}


def predict(system: Embeds, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Learn each label of four values or more from its first half, in the order of the alphabet."""
    del priors  # the baseline is chance
    rows: list[Row] = []
    for label, found in values_of(context).items():
        values = sorted(found, key=lambda one: one.asked)
        drawn = _shots(context.train, values[: len(values) // 2])
        if len(values) < FEWEST_VALUES or not drawn[0]:
            context.skipped.append(f"base to new, label {label}: fewer than {FEWEST_VALUES} values or {SHOTS} subjects")
        else:
            rows += _of_label(system, studies, values, drawn, context)
    return rows


def _shots(train: Sequence[Study], base: Sequence[Class]) -> tuple[list[Study], list[int]]:
    """What is learned from, and which of the base values each Study has."""
    held = [[bool(truth_of(study, one)) for one in base] for study in train]
    value_N = np.array([float(row.index(True)) if any(row) else np.nan for row in held])
    drawn = few_shots(value_N, [study.subject for study in train], SHOTS, seed=0).tolist() if base else []
    return [train[i] for i in drawn], value_N[drawn].astype(int).tolist()


def _of_label(
    system: Embeds,
    studies: Sequence[Study],
    values: Sequence[Class],
    drawn: tuple[list[Study], list[int]],
    context: Context,
) -> list[Row]:
    middle = len(values) // 2
    text_KE = torch.from_numpy(np.asarray(system.embed_texts([one.asked for one in values]), np.float32))
    known_NE, label_N = _vectors(system, drawn[0], context), torch.tensor(drawn[1])
    adapted = learned_adapter(known_NE, label_N, text_KE[:middle], scale=SCALE)
    return [
        row
        for half, own in zip(HALVES, (slice(0, middle), slice(middle, None)), strict=True)
        for row in _of_half(system, studies, values[own], text_KE[own], adapted, half, context)
    ]


def _of_half(
    system: Embeds,
    studies: Sequence[Study],
    values: Sequence[Class],
    text_KE: Tensor,
    adapted: Callable[[Tensor], Tensor],
    half: str,
    context: Context,
) -> list[Row]:
    """A row for each Study that has one of these values, which compete with each other alone."""
    asked = [study for study in studies if any(truth_of(study, one) for one in values)]
    if not asked:
        return []
    seen_ME = _vectors(system, asked, context)
    with torch.no_grad():
        guesses = {"predicted": adapted(seen_ME) @ text_KE.T, "zero_shot": seen_ME @ text_KE.T}
    best = {side: [values[k].asked for k in logits_MK.argmax(1).tolist()] for side, logits_MK in guesses.items()}
    return [
        {
            "study": study.id,
            "subject": study.subject,
            "label": values[0].label,
            "half": half,
            "reference": next(one.asked for one in values if truth_of(study, one)),
            **{side: best[side][m] for side in guesses},
        }
        for m, study in enumerate(asked)
    ]


def _vectors(system: Embeds, studies: Sequence[Study], context: Context) -> Tensor:
    seen = in_chunks(studies, lambda some: list(system.embed_images(some)), NAME, context.progress)
    return torch.from_numpy(np.array(seen, np.float32))


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """Balanced accuracy on base values and on new ones beside chance, and their harmonic mean; for each label."""
    scores: dict[str, Score] = {}
    for label, own in grouped(rows, lambda row: row["label"]):
        for side, suffix in SIDES.items():
            halves = dict(grouped(own, lambda row: row["half"]))
            for half, some in halves.items():
                scores[f"{NAME}.{slug(label)}.{half}_balanced_accuracy{suffix}"] = _accuracy(some, side)
            if len(halves) == len(HALVES):
                scores[f"{NAME}.{slug(label)}.harmonic_mean{suffix}"] = _harmonic(own, side)
    return scores


def _accuracy(rows: Sequence[Row], side: str) -> Score:
    parts, values = _parts(rows, side)
    return to_score(interval_of_sums(parts, subjects_of(rows), mean_recall), len(rows), 1 / len(values))


def _harmonic(rows: Sequence[Row], side: str) -> Score:
    """Over both halves; a draw of subjects that lacks one of them has no score."""
    parts, values = _parts(rows, side)
    new = {row["reference"] for row in rows if row["half"] == "new"}
    columns = [np.tile([(value in new) is second for value in values], 2) for second in (False, True)]

    def statistic(sums: Floats) -> Floats:
        base, other = (mean_recall(sums[:, own]) for own in columns)
        return 2 * base * other / (base + other)

    chance = [1 / int(own.sum() / 2) for own in columns]
    return to_score(interval_of_sums(parts, subjects_of(rows), statistic), len(rows), 2 / sum(1 / c for c in chance))


def _parts(rows: Sequence[Row], side: str) -> tuple[Floats, list[str]]:
    references = [row["reference"] for row in rows]
    values = sorted(set(references))
    return recall_parts(references, [row[side] for row in rows], values), values
