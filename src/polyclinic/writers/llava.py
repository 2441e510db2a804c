"""LLaVA's JSON: a list of conversations about images, one file a split.

```text
train.json   test.json   images/<study>.png
```

A Study's turns, and the instructions that are derived from it (`curate.instructions`: findings, labels, counts, the
report), become one conversation. What asks for a mask or a box has no place in it, nor has a question that points at a
place or needs the previous visit.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from polyclinic.curate.instructions import Instruction, Survey, derive, survey
from polyclinic.errors import PolyclinicError
from polyclinic.store.collection import Collection
from polyclinic.store.export import new_folder
from polyclinic.study import Study
from polyclinic.writers.account import Stems, Written, without
from polyclinic.writers.pictures import place_picture

NAME = "llava"
FOLDER = "images"
PLACE = "<image>"
REPORT = {"en": "Write a report of this image.", "zh": "请为这张图像写一份报告。", "ar": "اكتب تقريرا عن هذه الصورة."}
WITHOUT_PLACE = {
    "segment": "instruction: asks for a mask",
    "find": "instruction: asks for a box",
    "match": "",  # the same text as the report's, for contrast
}


def write(collection: Collection, out: Path, *, link: bool = False) -> Written:
    """Write a collection's instructions as conversations.

    Raises:
        UsageError: `out` is there already, and not empty.
    """
    written, stems = Written(), Stems()
    known = survey(collection.studies)
    with new_folder(out) as building, ExitStack() as opened:
        files: dict[str, IO[str]] = {}
        for study in collection:
            said = conversation(study, known, written)
            names = _pictures(study, collection.root, building, stems.of(study.id), written, link) if said else []
            if not said or (study.images and not names):
                continue
            split = collection.header.splits.of(study)
            if split not in files:
                files[split] = opened.enter_context((building / f"{split}.json").open("w", encoding="utf-8"))
                files[split].write("[\n")
            else:
                files[split].write(",\n")
            files[split].write(json.dumps(_record(study, names, said), ensure_ascii=False))
            written.studies += 1
        for file in files.values():
            file.write("\n]\n")
    return written


def conversation(study: Study, known: Survey, written: Written) -> list[tuple[str, str]]:
    """Questions with their answers, none twice; what cannot be said is counted."""
    said: dict[tuple[str, str], None] = {}
    for one in derive(study, known):
        if reason := _reason(one):
            written.leave(reason, study.id)
        elif one.task in ("answer", "report"):
            said[(one.prompt or REPORT.get(one.language, REPORT["en"]), one.target)] = None
    if not said:
        written.leave("study: nothing to say of it in words", study.id)
    return list(said)


def _reason(one: Instruction) -> str:
    if one.pointed:
        return "instruction: points at a place"
    if one.prior and one.task == "answer":
        return "instruction: needs the previous visit"
    return WITHOUT_PLACE.get(one.task, "")


def _pictures(study: Study, root: Path, building: Path, stem: str, written: Written, link: bool) -> list[str]:
    names = []
    for at, image in enumerate(study.current_images):
        try:
            name = place_picture(image, root, building / FOLDER, stem if at == 0 else f"{stem}.{at}", link=link)
        except PolyclinicError as error:
            written.leave(f"image: {without(error, image.path)}", study.id)
            continue
        names.append(f"{FOLDER}/{name}")
    return names


def _record(study: Study, names: list[str], said: list[tuple[str, str]]) -> dict[str, Any]:
    record: dict[str, Any] = {"id": study.id}
    if names:
        record["image"] = names[0] if len(names) == 1 else names
    turns = []
    for at, (question, answer) in enumerate(said):
        places = f"{PLACE}\n" * (len(names) if at == 0 else 0)
        turns += [{"from": "human", "value": places + question}, {"from": "gpt", "value": answer}]
    return record | {"conversations": turns}
