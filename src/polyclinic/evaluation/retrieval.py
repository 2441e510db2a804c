"""Search: does a report find its image among all subjects' images, and an image its report.

Each subject brings its latest Study that has text. The match is strict: only the Study's own text or
image counts, though another may read the same. The gallery stays whole in every bootstrap draw; what is
drawn is whose queries are asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from polyclinic.curate.instructions import match_text
from polyclinic.errors import UnsupportedError
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context, Row, in_chunks, known_scores, mean_score
from polyclinic.metrics.retrieval import places, recall_at
from polyclinic.study import Study
from polyclinic.verbs import Embeds, Score

NAME, VERB = "search", "embed"
DEPTHS = (1, 5, 10)
SHOWN = 5
DIRECTIONS = ("text_to_image", "image_to_text")


def predict(system: Embeds, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Order all images by each text, and all texts by each image; nothing with fewer than two subjects."""
    del priors  # the baseline is chance
    chosen = latest(studies)
    if len(chosen) < 2:
        return []
    texts = [match_text(study) for study in chosen]
    try:
        images_NE = np.array(in_chunks(chosen, lambda some: list(system.embed_images(some)), NAME, context.progress))
        texts_NE = np.array(in_chunks(texts, lambda some: list(system.embed_texts(some)), NAME, context.progress))
    except UnsupportedError as error:
        context.skipped.append(f"search: {error}")
        return []
    if images_NE.shape != texts_NE.shape:
        context.skipped.append("search: the system puts images and texts into different spaces")
        return []
    return _rows(chosen, texts, texts_NE @ images_NE.T)


def latest(studies: Sequence[Study]) -> list[Study]:
    """Each subject's last Study in time that has text, in the order of the subjects."""
    found: dict[str, tuple[float, Study]] = {}
    for study in studies:
        time = next((image.time_days for image in study.images if image.time_days is not None), 0.0)
        if match_text(study).strip() and (study.subject not in found or time >= found[study.subject][0]):
            found[study.subject] = (time, study)
    return [study for _, study in found.values()]


def _rows(studies: Sequence[Study], texts: Sequence[str], similarity: NDArray[np.float64]) -> list[Row]:
    to_image, to_text = places(similarity), places(similarity.T)
    best = np.argsort(-similarity, axis=1, kind="stable")[:, :SHOWN]
    return [
        {
            "study": study.id,
            "subject": study.subject,
            "text": text,
            "gallery": len(studies),
            "text_to_image": to_image[i].tolist(),
            "image_to_text": to_text[i].tolist(),
            "first_images": [studies[j].id for j in best[i]],
        }
        for i, (study, text) in enumerate(zip(studies, texts, strict=True))
    ]


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """Recall at 1, 5 and 10 in both directions, beside chance."""
    return known_scores(
        {
            f"search.{direction}.recall_at_{k}": mean_score(
                rows, partial(_recall, direction=direction, k=k), baseline=partial(_chance, k=k)
            )
            for direction in DIRECTIONS
            for k in DEPTHS
        }
    )


def _recall(row: Row, direction: str, k: int) -> float:
    return float(recall_at(k, np.array([row[direction]]))[0])


def _chance(row: Row, k: int) -> float:
    return min(k / row["gallery"], 1.0)
