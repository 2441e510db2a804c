"""Assessment: everything that a collection allows and a system provides, scored and stored.

`OUT` receives `predictions/*.jsonl` (each prediction beside its reference), `assessment.json` (what was
assessed, and what was skipped) and `scores.json`. `recompute` makes the scores from the predictions alone.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from polyclinic.curate.instructions import survey
from polyclinic.curate.slices import slices
from polyclinic.errors import PolyclinicError, ReadError, UnsupportedError, UsageError
from polyclinic.evaluation import (
    base_to_new,
    classification,
    detection,
    few_shot,
    label_efficiency,
    neighbours,
    pointing,
    probe,
    prompt_ladder,
    questions,
    reports,
    retrieval,
    segmentation,
    zero_shot,
)
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context, Progress, Row, silent
from polyclinic.store.collection import Collection
from polyclinic.study import Study
from polyclinic.verbs import Score, provided, takes_volumes

PROTOCOLS: dict[str, ModuleType] = {
    module.NAME: module for module in (questions, reports, segmentation, detection, retrieval, classification)
}
# These cost training or a second look at every image, and run when they are asked for.
ON_REQUEST: dict[str, ModuleType] = {
    module.NAME: module
    for module in (zero_shot, probe, few_shot, label_efficiency, neighbours, pointing, base_to_new, prompt_ladder)
}
ALL = PROTOCOLS | ON_REQUEST
SCORES, FACTS, PREDICTIONS = "scores.json", "assessment.json", "predictions"


def assess(
    system: Any,
    collection: Collection,
    studies: Sequence[Study],
    out: Path,
    priors: Priors | None,
    *,
    blind: bool = True,
    progress: Progress = silent,
    protocols: Sequence[str] = tuple(PROTOCOLS),
) -> dict[str, Score]:
    """Score a system on Studies of a collection, and store predictions and scores.

    Args:
        collection: where priors are looked up, and which names there are.
        priors: what the baselines know; None leaves the baselines out.
        blind: ask questions and reports once more without images.
        protocols: names in `ALL`; what they fit is fitted on training subjects that are not scored.

    Raises:
        UsageError: an unknown protocol.
        UnsupportedError: nothing in the Studies can be held against what the system does.
    """
    if unknown := [name for name in protocols if name not in ALL]:
        raise UsageError(f"no protocol {unknown[0]!r}", hint="there are " + ", ".join(ALL))
    skipped: list[str] = []
    usable = readable(studies if takes_volumes(system) else flat(studies, skipped), skipped, progress)
    fits = any(getattr(ALL[name], "FITS", False) for name in protocols)
    context = Context(
        known=survey(collection.studies),
        prior_of=collection.prior,
        blind=blind,
        countable=countable(collection.studies),
        progress=progress,
        skipped=skipped,
        train=others(collection, studies, skipped) if fits else (),
    )
    verbs = provided(system)
    rows = {
        name: module.predict(system, usable, priors, context)
        for name, module in ALL.items()
        if name in protocols and module.VERB in verbs
    }
    scores = score_rows(rows)
    if not scores:
        raise UnsupportedError(
            f"nothing to assess: the system provides {', '.join(verbs) or 'no verb'}, "
            f"and {len(usable)} readable studies have no reference for it",
            hint="polyclinic data inspect says what a collection allows",
        )
    facts = {
        "collection": collection.header.name,
        "studies": len(usable),
        "subjects": len({study.subject for study in usable}),
        "verbs": verbs,
        "skipped": list(dict.fromkeys(skipped)),
    }
    _store(out, rows, scores, facts)
    return scores


def others(collection: Collection, scored: Sequence[Study], skipped: list[str]) -> list[Study]:
    """Readable Studies of the training split, but for subjects that are scored."""
    held_out = {study.subject for study in scored}
    try:
        train = collection.split("train")
    except UsageError:
        train = ()
    return readable(flat([study for study in train if study.subject not in held_out], skipped), skipped)


def countable(studies: Iterable[Study]) -> frozenset[str]:
    """Names that some image has several boxes of."""
    boxed = (Counter(r.name for r in study.regions if r.image == 0 and r.box) for study in studies)
    return frozenset(name for counts in boxed for name, n in counts.items() if n > 1)


def flat(studies: Sequence[Study], skipped: list[str]) -> list[Study]:
    """Studies of pictures as they are, volumes as their slices; what cannot be read for that is named in `skipped`."""
    found: list[Study] = []
    for study in studies:
        try:
            found += slices(study)
        except (PolyclinicError, OSError) as error:
            skipped.append(f"study {study.id}: {error}")
    return found


def readable(studies: Sequence[Study], skipped: list[str], progress: Progress = silent) -> list[Study]:
    """Studies whose images can all be read; the others are named in `skipped`."""
    good = []
    for done, study in enumerate(studies):
        if done % 64 == 0:
            progress("reading images", done, len(studies))
        try:
            if not study.images:
                raise ReadError("it has no image")
            for image in study.images:
                _ = image.pixels
            good.append(study)
        except (PolyclinicError, OSError) as error:
            skipped.append(f"study {study.id}: {error}")
    return good


def score_rows(rows: Mapping[str, Sequence[Row]]) -> dict[str, Score]:
    """All scores of all protocols' rows."""
    scores: dict[str, Score] = {}
    for name, some in rows.items():
        scores |= ALL[name].score(some)
    return scores


def recompute(out: Path) -> dict[str, Score]:
    """The scores of a stored assessment, from its predictions alone.

    Raises:
        ReadError: no predictions are there, or a line is damaged.
    """
    return score_rows(read_rows(out))


def read_rows(out: Path) -> dict[str, list[Row]]:
    """The stored predictions of an assessment, by protocol.

    Raises:
        ReadError: no predictions are there, or a line is damaged.
    """
    files = {name: out / PREDICTIONS / f"{name}.jsonl" for name in ALL}
    found = {name: _read_lines(path) for name, path in files.items() if path.is_file()}
    if not found:
        raise ReadError(f"{out} holds no predictions", hint="polyclinic assess writes them")
    return found


def _read_lines(path: Path) -> list[Row]:
    rows = []
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"cannot read {path}: {type(error).__name__}") from error
    for number, line in enumerate(lines, start=1):
        try:
            rows += [json.loads(line)] if line else []
        except (ValueError, RecursionError) as error:
            raise ReadError(f"{path}:{number}: not JSON that can be read ({error})") from error
    return rows


def _store(out: Path, rows: Mapping[str, Sequence[Row]], scores: Mapping[str, Score], facts: Mapping[str, Any]) -> None:
    """Predictions first, scores last, so that scores are never older than what they rest on."""
    (out / PREDICTIONS).mkdir(parents=True, exist_ok=True)
    for name in ALL:
        path = out / PREDICTIONS / f"{name}.jsonl"
        path.unlink(missing_ok=True)
        if rows.get(name):
            lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows[name]]
            path.write_text("\n".join(lines) + "\n", "utf-8")
    write_json(out / FACTS, facts)
    write_json(out / SCORES, plain_scores(scores))


def plain_scores(scores: Mapping[str, Score]) -> dict[str, dict[str, float | int | None]]:
    """Scores as `scores.json` has them."""
    return {name: dataclasses.asdict(score) for name, score in scores.items()}


def write_json(path: Path, value: Any) -> None:
    """Write JSON through a temporary file, so that the file is whole or not there."""
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")
    unfinished.replace(path)
