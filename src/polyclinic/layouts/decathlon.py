"""Volumes or pictures with label maps and a `dataset.json`: Medical Segmentation Decathlon, AMOS, nnU-Net's raw form.

Shape: `imagesTr`, `labelsTr`, `imagesTs` (also `Va`), and `dataset.json` with `labels` and either `modality`
(channels of one file) or `channel_names` (nnU-Net 2: one file a channel, `case_0000`, `case_0001` ...). Each file is
one image of the Study. A label of several values becomes one Region a value, all of its name.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from polyclinic.errors import LayoutError, PolyclinicError
from polyclinic.layouts.facts import Facts, facts_of
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import kind_of, modality_of
from polyclinic.layouts.rows import read_json
from polyclinic.layouts.valued import regions_by_value
from polyclinic.store.collection import Collection
from polyclinic.study import Image, Region, Study

NAME = "dataset.json"
LOOKED_FOR = "imagesTr and labelsTr with a dataset.json that names labels and channels (Decathlon, AMOS, nnU-Net)"
HEAD = "dataset.json"
SPLITS = {"Tr": "train", "Va": "val", "Ts": "test"}
NOT_REGIONS = ("background", "ignore")
NUMBERED = re.compile(r"(.+)_(\d{4})")


@dataclass(frozen=True)
class Head:
    """What `dataset.json` says.

    Args:
        channels: names in order.
        labels: value -> the names that hold it; a value that is ignored has none.
        numbered: whether images end in the number of their channel; None where the file names tell.
    """

    channels: tuple[str, ...]
    labels: Mapping[int, tuple[str, ...]]
    numbered: bool | None
    name: str | None = None
    licence: str | None = None


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if not (path / HEAD).is_file() or not any((path / f"images{split}").is_dir() for split in SPLITS):
        return None
    try:
        record = read_json(path / HEAD)
    except LayoutError:
        return None
    named = isinstance(record, dict) and isinstance(record.get("labels"), dict)
    return f"{HEAD} names labels and channels" if named and ({"modality", "channel_names"} & record.keys()) else None


def read(path: Path) -> Collection:
    """One Study a case, with an image for each file and a Region for each label that is in its map."""
    files = Files.below(path)
    head = parse(path / HEAD)
    intake = Intake(files, _facts(facts_of(files), head))
    images, labels = _files(files, head)
    studies = []
    for (split, case), paths in sorted(images.items(), key=lambda item: (list(SPLITS).index(item[0][0]), item[0][1])):
        taken = [image for path in paths if (image := intake.image(path, case)) is not None]
        if taken:
            found = tuple(_regions(intake, head, labels.get((split, case)), taken[0]))
            ident = intake.name(case)
            studies.append(
                Study(
                    id=ident,
                    subject=ident,
                    domain=intake.facts.domain,
                    images=_told(intake.facts, case, _named(intake, taken, head.channels)),
                    regions=found,
                    source=intake.source(),
                    split=SPLITS[split],
                )
            )
    intake.skipped += [f"{path}: no image of this case" for key, path in labels.items() if key not in images]
    return intake.collection(studies, "images")


def parse(path: Path) -> Head:
    """Read `dataset.json`, in both its forms: value to name, and name to value or values.

    Raises:
        LayoutError: a label that has no whole number.
    """
    record: dict[str, Any] = read_json(path)
    told = record.get("channel_names") or record.get("modality") or {}
    channels = tuple(str(told[key]) for key in sorted(told, key=_place)) if isinstance(told, dict) else ()
    labels: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for key, value in record["labels"].items():
        by_value = str(key).isdecimal()
        name, values = (str(value), [key]) if by_value else (key, value if isinstance(value, list) else [value])
        if not all(str(one).isdecimal() for one in values):
            raise LayoutError(f"{path}: label {key!r} is {value!r}, expected a whole number or a list of them")
        for one in map(int, values):
            labels[one] += () if name in NOT_REGIONS else (name,)
    licence = record.get("licence") or record.get("license")
    return Head(
        channels,
        dict(labels),
        True if "channel_names" in record else None,
        str(record["name"]) if record.get("name") else None,
        str(licence) if licence else None,
    )


def _place(key: str) -> tuple[int, str]:
    return (int(key), "") if key.isdecimal() else (0, key)


def _facts(facts: Facts, head: Head) -> Facts:
    modalities = {modality_of(channel) for channel in head.channels}
    one = modalities.pop() if len(modalities) == 1 else None
    return dataclasses.replace(
        facts,
        name=facts.name or head.name,
        licence=facts.licence or head.licence,
        modality=facts.modality or one,
    )


def _files(files: Files, head: Head) -> tuple[dict[tuple[str, str], list[str]], dict[tuple[str, str], str]]:
    """Images and label maps by (part, case)."""
    parts = [(path, PurePosixPath(path).parts[0]) for path in files.images if "/" in path]
    labels = {(split, stem(path)): path for path, part in parts for split in SPLITS if part == f"labels{split}"}
    known = {case for _, case in labels}
    images: dict[tuple[str, str], list[str]] = defaultdict(list)
    named = [(path, split) for path, part in parts for split in SPLITS if part == f"images{split}"]
    numbered = head.numbered if head.numbered is not None else not any(stem(path) in known for path, _ in named)
    for path, split in named:
        number = NUMBERED.fullmatch(stem(path)) if numbered else None
        images[split, number.group(1) if number else stem(path)].append(path)
    return images, labels


def _named(intake: Intake, images: list[Image], channels: tuple[str, ...]) -> tuple[Image, ...]:
    """The images with their channels' names, where there are as many names as channels."""
    counts = [intake.shape(image.path)[0] for image in images]
    if sum(counts) != len(channels):
        return tuple(images)
    ends = [sum(counts[: at + 1]) for at in range(len(counts))]
    shares = [channels[end - count : end] for count, end in zip(counts, ends, strict=True)]
    return tuple(
        dataclasses.replace(image, channels=share, modality=image.modality or modality_of(share[0]))
        for image, share in zip(images, shares, strict=True)
    )


def _told(facts: Facts, case: str, images: tuple[Image, ...]) -> tuple[Image, ...]:
    """The images with the modality that the set's facts tell of such cases, where `dataset.json` has one for all."""
    code = next((code for pattern, code in facts.modalities.items() if fnmatchcase(case, pattern)), None)
    if code is None or all(image.modality == code for image in images):
        return images
    return tuple(dataclasses.replace(image, modality=code, channels=()) for image in images)


def _regions(intake: Intake, head: Head, path: str | None, image: Image) -> Iterator[Region]:
    if path is None or intake.mask(path, image, path) is None:
        return
    try:
        made, unnamed = regions_by_value(
            intake.files.root, path, head.labels, lambda name: intake.facts.kind(name) or kind_of(name)
        )
    except PolyclinicError as error:
        intake.skipped.append(f"mask {path} is left out: {error}")
        return
    intake.skipped += [f"{path}: {HEAD} names no value {value}" for value in unnamed]
    yield from made
