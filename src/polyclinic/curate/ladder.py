"""A ladder of texts for what is drawn on a Study: each rung says one thing more, so that each thing's worth shows.

Size, number and place are read off the masks; what a region looks like comes from its attributes, and what its name
means from the tree of terms.

Source:
    arXiv 2308.07706, section 3.2. Differs: one ladder for all kinds of image; colour and shape are those of the
    annotation, where the paper asks a model about the image.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from polyclinic.curate.anatomy import meant_by, terms
from polyclinic.errors import UsageError
from polyclinic.study import Region, Study

RUNGS = ("empty", "name", "size", "number", "place", "look", "meaning")
SMALL, LARGE = 0.02, 0.1  # shares of the image
NUMBERS = ("no", "one", "two", "three", "four", "five")
ROWS, COLUMNS = ("upper", "middle", "lower"), ("left", "centre", "right")
LOOKS = ("shape", "margin", "brightness", "colour", "density")


def ladder(study: Study, name: str) -> list[str]:
    """A text for each of `RUNGS`, about the regions of a name in the first image; one that adds nothing repeats.

    Raises:
        UsageError: the name has no mask there.

    Example:
        >>> from polyclinic.study import Mask
        >>> mask = np.zeros((10, 10), bool)
        >>> mask[:2, :2] = True
        >>> study = Study("s", "p", regions=(Region("cyst", mask=Mask.from_array(mask)),))
        >>> ladder(study, "cyst")[4]
        'one medium cyst in the upper left'
    """
    regions = [region for region in study.regions if region.name == name and region.image == 0 and region.mask]
    if not regions:
        raise UsageError(f"study {study.id} has no mask of {name!r}", hint="ask for a name that is drawn on it")
    mask = np.logical_or.reduce([region.array for region in regions])
    sized = f"{size_word(mask)} {name}"
    counted = f"{number_word(len(regions))} {sized}"
    placed = f"{counted} in the {place_words(mask)}"
    looks = looks_of(regions)
    seen = f"{placed}, {' and '.join(looks)}" if looks else placed
    means = terms().get(name.lower(), {}).get("means", ())
    return ["", name, sized, counted, placed, seen, f"{seen}: {means[0]}" if means else seen]


def ways(study: Study, name: str, rung: int) -> list[str]:
    """The text of a rung in all ways to say the name; of the rung without text only that."""
    said = ladder(study, name)[rung]
    return [
        said.replace(name, way, 1) for way in meant_by(name)[: 1 + len(terms().get(name.lower(), {}).get("also", ()))]
    ]


def size_word(mask: NDArray[np.bool_]) -> str:
    """Small below 2 % of the image, large from 10 % on."""
    share = float(mask.mean())
    return "small" if share < SMALL else "medium" if share < LARGE else "large"


def number_word(count: int) -> str:
    """A number up to five in words, and many beyond.

    Example:
        >>> number_word(2), number_word(9)
        ('two', 'many')
    """
    return NUMBERS[count] if count < len(NUMBERS) else "many"


def place_words(mask: NDArray[np.bool_]) -> str:
    """In which third of rows and columns the middle of a mask's box lies; a volume's planes lie over each other."""
    flat_YX = np.logical_or.reduce(mask, axis=0) if mask.ndim == 3 else mask
    row, column = (_third(np.logical_or.reduce(flat_YX, axis=1 - axis)) for axis in range(2))
    return "centre" if row == column == 1 else f"{ROWS[row]} {COLUMNS[column]}"


def _third(along: NDArray[np.bool_]) -> int:
    filled = np.flatnonzero(along)
    return min(int(3 * (filled[0] + filled[-1] + 1) / 2 / len(along)), 2)


def looks_of(regions: Sequence[Region]) -> list[str]:
    """What the attributes of regions say of their look, each value once."""
    values = [str(region.attributes[key]) for key in LOOKS for region in regions if key in region.attributes]
    return list(dict.fromkeys(values))
