"""BIOMEDICA and other shards of figures with captions: WebDataset tars, read where they lie.

Shape: `*.tar`, in the folder or one deeper (`commercial/00000.tar`), with `<key>.jpg` and `<key>.json` or
`<key>.txt`. The caption is the JSON's `caption`, or in `image_set` that of this image; the subject is the article.
Nothing is unpacked, and a member of a kind that holds code (`.pyd`, `.pth`) is never read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from polyclinic.errors import ReadError
from polyclinic.layouts.drafts import Draft, Drafts
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.readers import is_image_name
from polyclinic.readers.members import member_bytes, member_pixels, tar_members
from polyclinic.store.collection import Collection
from polyclinic.study import Image

NAME = "captioned shards"
LOOKED_FOR = "WebDataset tars of images with captions"
SET = "biomedica"
MOST_TEXT = 2**22
CAPTIONS = ("caption", "image_caption", "figure_caption", "text")
OWN_IDS = ("image_cluster_id", "image_id", "image_file_name")
ARTICLES = ("article_accession_id", "article_pmcid", "pmcid", "pmid", "article_pmid")
LICENCES = ("article_license", "license", "licence")
LABELS = {
    "image_primary_label": "primary label",
    "image_secondary_label": "secondary label",
    "image_panel_type": "panel type",
}
NO_CAPTION = "no caption found"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not; the first tar that can be read decides."""
    for tar in _tars(path):
        try:
            first = next(_samples(tar), None)
            record = _record(tar, first[1], []) if first else {}
        except ReadError:
            continue
        return f"{tar.name} holds images with captions" if _caption(record) else None
    return None


def read(path: Path) -> Collection:
    """One Study an image."""
    root = path if path.is_dir() else path.parent
    tars = _tars(path)
    files = Files(root, tuple(tar.relative_to(root).as_posix() for tar in tars))
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    for tar in tars:
        try:
            for key, members in _samples(tar):
                _take(drafts, tar, key, members)
        except ReadError as error:
            drafts.intake.skipped.append(f"{tar.name} is left out: {error}")
    return drafts.intake.collection(drafts.studies(), "images")


def _take(drafts: Drafts, tar: Path, key: str, members: dict[str, str]) -> None:
    intake = drafts.intake
    image = next((name for ending, name in members.items() if is_image_name(f"x.{ending}")), None)
    if image is None or ".." in PurePosixPath(image).parts or image.startswith("/"):
        intake.skipped.append(f"{tar.name}: {key} has no image")
        return
    record = _record(tar, members, intake.skipped)
    path = f"{tar.relative_to(intake.files.root).as_posix()}/{image}"
    name = PurePosixPath(key).name
    draft = drafts.open(path, _first(record, ARTICLES) or name)
    draft.id = name
    load = partial(member_pixels, tar, image, *tar_members(tar)[image])
    draft.show(Image(path, intake.facts.modality, load=load))
    draft.licence = _first(record, LICENCES) or None
    if caption := _caption(record):
        draft.captions.append(caption)
    _label(draft, record)


def _label(draft: Draft, record: dict[str, Any]) -> None:
    for written, name in LABELS.items():
        value = record.get(written)
        words = ", ".join(str(word) for word in value if word) if isinstance(value, list) else str(value or "")
        draft.note(name, words)


def _caption(record: dict[str, Any]) -> str:
    """The caption of this image: its own, or among those of all images of its figure."""
    own = {str(record[key]) for key in OWN_IDS if record.get(key)}
    others = record.get("image_set")
    for other in others if isinstance(others, list) else ():
        if isinstance(other, dict) and str(other.get("image_id")) in own:
            return _spoken(_first(other, CAPTIONS))
    return _spoken(_first(record, CAPTIONS))


def _spoken(caption: str) -> str:
    return "" if caption.lower() == NO_CAPTION else caption


def _first(record: dict[str, Any], keys: tuple[str, ...]) -> str:
    found = (record[key] for key in keys if isinstance(record.get(key), str | int))
    return next((text for value in found if (text := str(value).strip())), "")


def _record(tar: Path, members: dict[str, str], skipped: list[str]) -> dict[str, Any]:
    """What the text beside an image says; a plain text is its caption."""
    for ending in ("json", "txt"):
        name = members.get(ending)
        if name is None:
            continue
        if tar_members(tar)[name][1] > MOST_TEXT:
            skipped.append(f"{tar.name}: {name} is left out: more than {MOST_TEXT} bytes")
            continue
        text = member_bytes(tar, name).decode("utf-8", "replace")
        if ending == "txt":
            return {"caption": text}
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            skipped.append(f"{tar.name}: {name} is no JSON")
            continue
        return record if isinstance(record, dict) else {}
    return {}


def _samples(tar: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Key, and its members by ending, as WebDataset groups them: up to the first dot of the name."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for member in tar_members(tar):
        folder, _, name = member.rpartition("/")
        key, _, ending = name.partition(".")
        found[f"{folder}/{key}".lstrip("/")][ending.lower()] = member
    yield from found.items()


def _tars(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.suffix == ".tar" else []
    return sorted(tar for pattern in ("*.tar", "*/*.tar") for tar in path.glob(pattern) if tar.is_file())
