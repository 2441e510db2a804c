"""Chest ImaGenome: scene graphs of MIMIC-CXR: boxes of regions, findings in them, change since the visit before.

Shape: `silver_dataset/scene_graph/<dicom>_SceneGraph.json` and `silver_dataset/splits/{train,valid,test}.csv`; images
as MIMIC-CXR-JPG has them (`files/p10/...`) or `images/<dicom>.jpg`, where they are there. One Study is one image.
Words on the image's quality and the summary words normal and abnormal are left out.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from polyclinic.errors import LayoutError
from polyclinic.layouts.drafts import Draft, Drafts, day, placed
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import split_of
from polyclinic.layouts.rows import read_json
from polyclinic.layouts.streams import one_of, rows_of
from polyclinic.store.collection import Collection
from polyclinic.study import CHANGES, Finding, Region

NAME = "Chest ImaGenome"
LOOKED_FOR = "Chest ImaGenome's scene graphs"
SET = "chest_imagenome"
GRAPHS = ("silver_dataset/scene_graph", "scene_graph", "")
ENDING = "_SceneGraph.json"
SPLITS = ("train", "valid", "test")
SPOKEN = ("anatomicalfinding", "disease", "tubesandlines", "devices")
SILENT = ("nlp", "technicalassessment")
SIDES = ("original_x1", "original_y1", "original_x2", "original_y2")
Json = dict[str, Any]


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    first = next((found for place in GRAPHS for found in (path / place).glob(f"*{ENDING}")), None)
    return f"{first.name} is a scene graph" if first and path.is_dir() else None


def read(path: Path) -> Collection:
    """One Study an image."""
    files = Files.below(path)
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    splits = _splits(path)
    for name in (name for name in files.paths if name.endswith(ENDING)):
        try:
            graph = read_json(files.root / name)
        except LayoutError as error:
            drafts.intake.skipped.append(str(error))
            continue
        if isinstance(graph, dict) and graph.get("image_id"):
            _take(drafts, graph, splits)
        else:
            drafts.intake.skipped.append(f"{name}: a scene graph without image_id")
    unseen = sum(not draft.images for draft in drafts)
    if unseen:
        drafts.intake.notes.append(f"{unseen} scene graphs come without their image, which is MIMIC-CXR-JPG's")
    return drafts.intake.collection(drafts.studies(pictured=False), "scene graphs")


def _take(drafts: Drafts, graph: Json, splits: dict[str, str]) -> None:
    dicom, patient = str(graph["image_id"]), str(graph.get("patient_id", ""))
    draft = drafts.open(dicom, f"p{patient}" if patient else dicom)
    draft.split = splits.get(dicom)
    _show(drafts, draft, graph, patient)
    draft.note("sex", str(graph.get("gender") or ""))
    draft.note("age decile", str(graph.get("age_decile") or ""))
    if reason := str(graph.get("reason_for_exam") or "").strip():
        draft.sections = {"indication": reason}
    regions = dict(_regions(drafts.intake, graph))
    draft.regions += regions.values()
    for name, finding in _findings(drafts.intake, graph, regions):
        draft.findings[name] = _agreed(draft.findings.get(name), finding)
    for name, changes in _changes(drafts.intake, graph).items():
        if name in draft.findings and len(changes) == 1:
            draft.findings[name] = dataclasses.replace(draft.findings[name], change=changes.pop())


def _show(drafts: Drafts, draft: Draft, graph: Json, patient: str) -> None:
    dicom = draft.id
    spots = (f"files/p{patient[:2]}/p{patient}/s{graph.get('study_id')}/{dicom}.jpg", f"images/{dicom}.jpg")
    held = next((spot for spot in spots if drafts.intake.files.has(spot)), None)
    image = drafts.intake.image(held, dicom) if held else None
    if image is not None:
        when = day(str(graph.get("StudyDateTime") or ""))
        draft.show(placed(image, view=str(graph.get("viewpoint") or ""), time_days=when))


def _regions(intake: Intake, graph: Json) -> Iterator[tuple[str, Region]]:
    for item in _dicts(graph, "objects"):
        name, sides = str(item.get("bbox_name") or ""), [item.get(side) for side in SIDES]
        box = tuple(float(side) for side in sides if isinstance(side, int | float))
        if not name or len(box) < len(SIDES) or box[0] >= box[2] or box[1] >= box[3]:
            intake.skipped.append(f"{graph['image_id']}: no box of {name or 'a region'} in the image's own pixels")
            continue
        yield name, Region(name, intake.facts.kind(name), box=box)


def _findings(intake: Intake, graph: Json, regions: dict[str, Region]) -> Iterator[tuple[str, Finding]]:
    """Each finding of each sentence, by region and name."""
    for item in _dicts(graph, "attributes"):
        where, phrases = str(item.get("bbox_name") or ""), item.get("phrases") or []
        for index, words in enumerate(item.get("attributes") or []):
            said = list(_words(words))
            told = {kind: name for kind, present, name in said if present and kind not in (*SPOKEN, *SILENT)}
            phrase = str(phrases[index]).strip() if index < len(phrases) else None
            for name, present in [(name, present) for kind, present, name in said if kind in SPOKEN]:
                region = regions.get(where)
                spot = dataclasses.replace(region, text=phrase) if region else None
                word = intake.facts.word(name)
                yield f"{where}|{word}", Finding(word, present, spot, told if present else {})


def _agreed(before: Finding | None, now: Finding) -> Finding:
    """What two sentences say of one finding: uncertain where one affirms it and one denies it."""
    if before is None or before.present == now.present:
        return now
    return dataclasses.replace(now, present=None)


def _changes(intake: Intake, graph: Json) -> dict[str, set[Any]]:
    found: dict[str, set[Any]] = defaultdict(set)
    for item in _dicts(graph, "relationships"):
        told = {intake.facts.word(name) for _, present, name in _words(item.get("relationship_names")) if present}
        for kind, _, name in _words(item.get("attributes")):
            if kind in SPOKEN:
                found[f"{item.get('bbox_name')}|{intake.facts.word(name)}"] |= told & set(CHANGES)
    return found


def _words(items: Any) -> Iterator[tuple[str, bool, str]]:
    """`anatomicalfinding|yes|lung opacity` as its three parts."""
    for item in items if isinstance(items, list) else ():
        parts = str(item).split("|")
        if len(parts) == 3:
            yield parts[0], parts[1] == "yes", parts[2]


def _splits(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in SPLITS:
        table = one_of(path, f"silver_dataset/splits/{name}.csv", f"splits/{name}.csv")
        found |= {row["dicom_id"]: split_of(name) or name for row, _ in rows_of(table)}
    return found


def _dicts(graph: Json, key: str) -> list[Json]:
    return [item for item in graph.get(key) or [] if isinstance(item, dict)]
