"""Where the things are that a text speaks of, for models that say them and do not point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from polyclinic.metrics.finding_labels import label_report
from polyclinic.replies import SMALLEST_SCORE, high_enough
from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.serving.workbench.prompting import box_around
from polyclinic.serving.workbench.sentences import says
from polyclinic.study import Region, Study

YES = frozenset(("yes", "\N{CJK UNIFIED IDEOGRAPH-662F}", "\N{CJK UNIFIED IDEOGRAPH-6709}", "نعم"))


def spoken_of(question: str, answer: str, known: Sequence[str], language: str = "en") -> list[str]:
    """Names that an answer says are there; a plain yes says what the question names.

    Args:
        known: names besides findings that the model can draw.

    Example:
        >>> spoken_of("Is there an effusion?", "yes", ["heart"])
        ['effusion']
    """
    said = question if answer.strip(" .\N{IDEOGRAPHIC FULL STOP}").casefold() in YES else answer
    labels = label_report(said, language)
    stated = [name for name, present in labels.items() if present is not False]
    named = [name for name in known if name not in labels and says(said, name)]
    return [*stated, *named]


def places(model: LoadingModel, study: Study, names: Sequence[str]) -> list[Region]:
    """Where findings are: as masks where the model draws, else as boxes; none for a model that points at nothing."""
    if not names:
        return []
    if "segment" in model.verbs:
        drawn = model.segment(study, list(names))
        filled = [(region, box_around(region.array)) for region in drawn if region.mask is not None]
        return [replace(region, box=box) for region, box in filled if box is not None]
    if "find" in model.verbs:
        found = [model.find(study, name) for name in names]
        return high_enough([region for regions in found for region in regions], SMALLEST_SCORE)
    return []
