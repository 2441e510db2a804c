"""The prompt ladder: how well a segmenter that reads draws with no text, with a name, and with ever more said.

Each name that is drawn on a Study is asked for with every rung of `curate.ladder`, and once by the name of something
else on the same image. What the name adds to no text, and what it has over the wrong one, says whether the text is
read at all. Systems that draw a fixed list of names do not read, and are left out.

Source:
    arXiv 2308.07706, section 3.2 and tables of prompts. Differs: the rungs are those of one ladder for all images.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from polyclinic.curate.ladder import RUNGS, ladder
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import (
    Context,
    Row,
    column,
    grouped,
    in_chunks,
    known_scores,
    mean_score,
    subjects_of,
    to_score,
)
from polyclinic.evaluation.references import named_mask
from polyclinic.metrics.masks import dice
from polyclinic.metrics.text_use import TextUse
from polyclinic.study import Region, Study
from polyclinic.verbs import Score, Segments

NAME, VERB = "prompt_ladder", "segment"
BLANK = " "  # a prompt without a word: an empty one would mean everything
NOTHING, NAMED, WRONG = RUNGS[0], RUNGS[1], "wrong"
Item = tuple[Study, str, dict[str, str]]


def predict(system: Segments, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Ask for each name that is drawn on each Study, once with each text."""
    del priors  # no baseline draws by words
    if getattr(system, "only_masks", None) is not None:
        context.skipped.append("prompt ladder: the system draws a fixed list of names and reads no text")
        return []
    items = [item for study in studies for item in items_of(study)]

    def draw(some: Sequence[Item]) -> list[list[Region]]:
        return system.segment([study for study, _, _ in some], [list(texts.values()) for _, _, texts in some])

    drawn = in_chunks(items, draw, NAME, context.progress)
    return [_row(item, regions) for item, regions in zip(items, drawn, strict=True)]


def items_of(study: Study) -> list[Item]:
    """For each name that is drawn on a Study its texts: all rungs, and the next name as the wrong one."""
    names = sorted({region.name for region in study.regions if region.image == 0 and region.mask is not None})
    made = []
    for number, name in enumerate(names):
        texts = {rung: text or BLANK for rung, text in zip(RUNGS, ladder(study, name), strict=True)}
        if len(names) > 1:
            texts[WRONG] = names[(number + 1) % len(names)]
        made.append((study, name, texts))
    return made


def _row(item: Item, regions: Sequence[Region]) -> Row:
    study, name, texts = item
    truth = named_mask(study, name)
    assert truth is not None  # `items_of` asks for what is drawn
    scores = {rung: dice(truth, region.array) for rung, region in zip(texts, regions, strict=True)}
    return {"study": study.id, "subject": study.subject, "name": name, "texts": texts, "dice": scores}


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """Mean Dice of each rung and of wrong names; what the name adds to no text, and has over a wrong one."""
    if not rows:
        return {}
    scores = {f"{NAME}.{rung}.dice": mean_score(rows, partial(_dice, rung=rung)) for rung in (*RUNGS, WRONG)}
    scores |= _use(NAME, rows)
    for name, own in grouped(rows, lambda row: str(row["name"])):
        scores |= _use(f"{NAME}.{name.replace(' ', '_')}", own)
    return known_scores(scores)


def use_of(rows: Sequence[Row]) -> TextUse:
    """The rows as the gauge of texts takes them."""
    right, empty, wrong = (column(rows, partial(_dice, rung=rung)) for rung in (NAMED, NOTHING, WRONG))
    return TextUse(right, empty, wrong)


def _use(prefix: str, rows: Sequence[Row]) -> dict[str, Score]:
    use, subjects = use_of(rows), subjects_of(rows)
    told = int(np.isfinite(use.wrong).sum())
    return {
        f"{prefix}.gain": to_score(use.gain(subjects), len(rows)),
        f"{prefix}.reliance": to_score(use.reliance(subjects), told),
    }


def _dice(row: Row, rung: str) -> float:
    value: float = row["dice"].get(rung, math.nan)
    return value
