"""Microscopy with a file for each channel: the channels of a place become one image.

Shape: `FOLDER/A01_s1_w1.tif`, `FOLDER/A01_s1_w2.tif` ...; every image carries one of these marks, all of the same kind:

| mark | as in |
| --- | --- |
| `w1`, `w1DAPI` | `A01_s1_w1.tif` |
| `ch0`, `ch01` | `r01c01f01-ch1.tif`, `a_ch00.tif` |
| `C1-` in front | `C1-cells.tif` |
| `d0` behind a field | `AS_0912_D03f00d0.tif` |
| `c1` | `cells_c1.tif` |
| a stain | `a_DAPI.tif`, `a_GFP.tif` |
| R, G, B, D (DAPI), F (FITC) | `01_POS002_D.TIF` |
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.readers.channel_files import MOST_FILES, joined
from polyclinic.store.collection import Collection
from polyclinic.study import Study

NAME = "channel files"
LOOKED_FOR = "a file for each channel (a_w1.tif, a_w2.tif)"
STAINS = "dapi|hoechst|gfp|egfp|yfp|cfp|rfp|mcherry|fitc|tritc|cy3|cy5|texasred|actin|tubulin|brightfield|bf|dic|phase"
# Each finds the mark in a file's name, ending included; what stands around it names the place.
MARKS = tuple(
    re.compile(mark, re.IGNORECASE)
    for mark in (
        r"(?<=_)w\d(?:[A-Za-z][\w-]*)?(?=\.)",
        r"(?<![A-Za-z])ch\d+(?![0-9])",
        r"\AC\d+(?=-)",
        r"(?<=f\d\d)d\d+(?=\.)",
        r"(?<=[_-])c\d+(?=\.)",
        rf"(?<=[_-])(?:{STAINS})(?=\.)",
        r"(?<=_)[RGBDF](?=\.)",
    )
)


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if not path.is_dir():
        return None
    groups = channel_groups(Files.below(path).images)
    return f"{len(groups)} images have a file for each channel" if groups else None


def read(path: Path) -> Collection:
    """One Study a place; a place that lacks one of the channels is skipped."""
    files = Files.below(path)
    groups = channel_groups(files.images)
    intake = Intake(dataclasses.replace(files, paths=(*files.paths, *groups)), facts_of(files))
    (usual, _), *_ = Counter(groups.values()).most_common(1)
    studies = []
    for called, tokens in groups.items():
        if tokens != usual:
            intake.skipped.append(f"{called}: has the channels {', '.join(tokens)}, others {', '.join(usual)}")
            continue
        image = intake.image(called, called)
        if image is not None:
            ident = intake.name(_place(called))
            studies.append(Study(ident, ident, intake.facts.domain, (image,), source=intake.source()))
    return intake.collection(studies, "images")


def channel_groups(paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Files that differ by a channel's mark alone, as the one path that stands for them, and their marks in order.

    Empty where some image carries no mark, or none has company.

    Example:
        >>> channel_groups(["p/a_w2.tif", "p/a_w1.tif"])
        {'p/a_{w1,w2}.tif': ('w1', 'w2')}
    """
    every = tuple(paths)
    for mark in MARKS:
        found = [_split(path, mark) for path in every]
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        for parts in found:
            if parts is not None:
                groups[parts[0], parts[2]].append(parts[1])
        fitting = every and None not in found and max(map(len, groups.values())) > 1
        if fitting and max(map(len, groups.values())) <= MOST_FILES:
            return {
                joined(before, marks, after): marks
                for (before, after), tokens in groups.items()
                if (marks := tuple(sorted(tokens)))
            }
    return {}


def _split(path: str, mark: re.Pattern[str]) -> tuple[str, str, str] | None:
    name = PurePosixPath(path).name
    folder = path[: len(path) - len(name)]
    found = next(iter(reversed(list(mark.finditer(name)))), None)
    return None if found is None else (folder + name[: found.start()], found[0], name[found.end() :])


def _place(called: str) -> str:
    """The id of a place: its path without marks and ending.

    Example:
        >>> _place("plate/A01_s1_{w1,w2}.tif")
        'plate-A01_s1'
    """
    bare = re.sub(r"\{.*\}", "", called)
    return bare[: len(bare) - len(PurePosixPath(bare).suffix)].strip("_-. ").replace("/", "-")
