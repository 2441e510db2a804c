"""What a collection holds, what could be trained and assessed with it, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from polyclinic.errors import PolyclinicError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from polyclinic.store.collection import Collection
    from polyclinic.study import Study

SHOWN = 12


def overview(collection: Collection) -> dict[str, Any]:
    """All counts, as JSON has them."""
    from polyclinic.layouts.facts import facts_titled

    studies, header = collection.studies, collection.header
    known = facts_titled(header.name)
    wrong: list[str] = list(collection.skipped)
    return {
        "name": header.name,
        "licence": header.licence,
        "home": known.home if known else None,
        "access": known.access if known else None,
        "notes": header.note.split("; ") if header.note else [],
        "studies": len(studies),
        "subjects": len({study.subject for study in studies}),
        "splits": dict(Counter(header.splits.of(study) for study in studies)),
        "images": _images(collection, wrong),
        "labels": _labels(studies),
        "texts": _texts(studies),
        "findings": _findings(studies),
        "regions": _regions(studies),
        "questions": _questions(studies),
        "visits": _visits(studies),
        "trains": _trains(studies),
        "scores": _scores(studies),
        "wrong": wrong,
    }


def _images(collection: Collection, wrong: list[str]) -> dict[str, Any]:
    from polyclinic.store.members import shape_of

    sizes: Counter[tuple[int, ...]] = Counter()
    for study in collection:
        for image in study.images:
            try:
                sizes[shape_of(image, collection.root)] += 1
            except PolyclinicError as error:
                wrong.append(f"study {study.id}: {error}")
    images = [image for study in collection for image in study.images]
    return {
        "count": len(images),
        "volumes": sum(count for size, count in sizes.items() if len(size) == 4),
        "modalities": dict(Counter(image.modality or "unknown" for image in images)),
        "views": dict(Counter(image.view for image in images if image.view)),
        "sizes": {"x".join(map(str, size)): count for size, count in sizes.most_common()},
        "spaced": sum(image.spacing_mm is not None for image in images),
    }


def _labels(studies: Iterable[Study]) -> dict[str, dict[str, Any]]:
    values: dict[str, list[Any]] = {}
    for study in studies:
        for name, value in study.labels.items():
            values.setdefault(name, []).append(value)
    return {name: _label(found) for name, found in sorted(values.items())}


def _label(found: list[Any]) -> dict[str, Any]:
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in found):
        return {"known": len(found), "low": min(found), "high": max(found)}
    from polyclinic.curate.instructions import label_text

    return {"known": len(found), "values": dict(Counter(map(label_text, found)).most_common())}


def _texts(studies: Iterable[Study]) -> dict[str, Any]:
    reports = [study.report for study in studies if study.report is not None]
    return {
        "reports": len(reports),
        "sections": dict(Counter(name for report in reports for name in report.sections)),
        "languages": dict(Counter(report.language for report in reports)),
        "captions": sum(bool(study.captions) for study in studies),
    }


def _findings(studies: Iterable[Study]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    words = {True: "present", False: "absent", None: "uncertain"}
    for study in studies:
        for finding in study.findings:
            counts.setdefault(finding.name, Counter())[words[finding.present]] += 1
    return {name: dict(found) for name, found in sorted(counts.items())}


def _regions(studies: Iterable[Study]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for study in studies:
        for name in {region.name for region in study.regions}:
            entry = found.setdefault(name, {"kind": None, "studies": 0, "masks": 0, "boxes": 0, "points": 0})
            entry["studies"] += 1
        for region in study.regions:
            entry = found[region.name]
            entry["kind"] = region.kind
            entry["masks"] += region.mask is not None
            entry["boxes"] += region.box is not None
            entry["points"] += bool(region.points)
    return dict(sorted(found.items()))


def _questions(studies: Iterable[Study]) -> dict[str, Any]:
    turns = [turn for study in studies for turn in study.turns]
    return {
        "count": len(turns),
        "kinds": dict(Counter(turn.kind for turn in turns)),
        "topics": dict(Counter(turn.topic or "unknown" for turn in turns).most_common()),
        "languages": dict(Counter(turn.language for turn in turns)),
    }


def _visits(studies: Iterable[Study]) -> dict[str, int]:
    per_subject = Counter(study.subject for study in studies)
    return {
        "subjects_with_several": sum(count > 1 for count in per_subject.values()),
        "with_prior": sum(study.prior is not None for study in studies),
        "outcomes": sum(study.outcome is not None for study in studies),
    }


def _trains(studies: Iterable[Study]) -> dict[str, str]:
    """Verb -> the part of the data that teaches it."""
    seen = [study for study in studies if study.images]
    words = any(any(isinstance(value, str | bool) for value in study.labels.values()) for study in seen)
    texts = any(study.report is not None or study.captions for study in seen)
    boxes = any(region.box is not None for study in seen for region in study.regions)
    masks = any(region.mask is not None for study in seen for region in study.regions)
    findings, turns = any(study.findings for study in seen), any(study.turns for study in seen)
    sources = {
        "answer": {"questions": turns, "findings": findings, "labels": words, "boxes": boxes},
        "report": {"reports or captions": texts},
        "segment": {"masks": masks},
        "find": {"boxes": boxes},
        "embed": {"images with text": texts},
        "classify": {"findings": findings, "labels": words},
    }
    told = {verb: ", ".join(name for name, there in found.items() if there) for verb, found in sources.items()}
    return {verb: why for verb, why in told.items() if why}


def _scores(studies: Iterable[Study]) -> list[str]:
    """Names of the scores that an assessment could give."""
    from polyclinic.evaluation.references import group_of

    verbs = _trains(studies)
    regions = [region for study in studies if study.images for region in study.regions]
    kinds = {turn.kind for study in studies if study.images for turn in study.turns}
    names = ["questions.closed.balanced_accuracy"] * ("closed" in kinds)
    names += ["questions.open.exact_match"] * ("open" in kinds)
    if "report" in verbs:
        names += ["reports.finding_f1", "reports.bleu4"]
    names += sorted({f"segmentation.{group_of(region.kind)}.dice" for region in regions if region.mask is not None})
    names += sorted({f"find.{group_of(region.kind)}.ap50" for region in regions if region.box is not None})
    names += ["find.count_error"] * ("find" in verbs)
    if "embed" in verbs:
        names += ["search.text_to_image.recall_at_10", "search.image_to_text.recall_at_10"]
    return names + ["classification.auroc"] * ("classify" in verbs)


def lines(found: dict[str, Any]) -> list[str]:
    """The overview for people, in paragraphs; long lists are cut."""
    trains = [f"  {verb:<9}  from {why}" for verb, why in found["trains"].items()]
    paragraphs = [
        _head(found),
        ["what each study has", *_contents(found)],
        ["what could be trained", *(trains or ["  nothing without images that have text, labels or regions"])],
        ["what could be assessed", *(f"  {name}" for name in found["scores"])] if found["scores"] else [],
        _listed("choices that were made", found["notes"]),
        _listed("what is wrong", found["wrong"]),
    ]
    return [line for paragraph in paragraphs if paragraph for line in ["", *paragraph]][1:]


def _head(found: dict[str, Any]) -> list[str]:
    told = [f"{what}: {found[what]}" for what in ("home", "access") if found[what]]
    return [
        f"{found['name']} (licence: {found['licence'] or 'unknown'})",
        *told,
        f"recognised as {found['layout']}: {found['reason']}",
        f"{found['studies']} studies of {found['subjects']} subjects: {_counts(found['splits'])}",
    ]


def _contents(found: dict[str, Any]) -> list[str]:
    images, texts, questions, visits = found["images"], found["texts"], found["questions"], found["visits"]
    volumes = f", {images['volumes']} of them volumes" if images["volumes"] else ""
    told = [
        ("images", f"{images['count']} ({_counts(images['modalities'])}){volumes}" if images["count"] else "none"),
        ("sizes", _sizes(images["sizes"])),
        ("views", _counts(images["views"])),
        *(("label", f"{name}: {_label_line(label)}") for name, label in found["labels"].items()),
        *(("finding", f"{name}: {_counts(counts)}") for name, counts in found["findings"].items()),
        *(("region", f"{name}: {_region_line(region)}") for name, region in found["regions"].items()),
        ("reports", f"{texts['reports']} ({_counts(texts['sections'])})" if texts["reports"] else ""),
        ("captions", f"{texts['captions']} studies" if texts["captions"] else ""),
        ("questions", f"{questions['count']} ({_counts(questions['kinds'])})" if questions["count"] else ""),
        ("visits", f"{visits['with_prior']} studies have a prior visit" if visits["with_prior"] else ""),
    ]
    return [f"  {what:<9}  {text}" for what, text in told if text]


def _sizes(sizes: dict[str, int]) -> str:
    if len(sizes) <= 4:
        return _counts(sizes)
    most = next(iter(sizes))
    return f"{len(sizes)} different, most often {most} ({sizes[most]})"


def _listed(title: str, items: list[str]) -> list[str]:
    if not items:
        return []
    more = [f"  ... and {len(items) - SHOWN} more (--json lists all)"] if len(items) > SHOWN else []
    return [f"{title} ({len(items)})", *(f"  {item}" for item in items[:SHOWN]), *more]


def _counts(counts: dict[str, int]) -> str:
    first = list(counts.items())[:SHOWN]
    more = f", and {len(counts) - SHOWN} more" if len(counts) > SHOWN else ""
    return ", ".join(f"{name} {count}" for name, count in first) + more


def _label_line(label: dict[str, Any]) -> str:
    if "values" in label:
        return _counts(label["values"])
    return f"{label['known']} numbers from {label['low']} to {label['high']}"


def _region_line(region: dict[str, Any]) -> str:
    forms = ", ".join(f"{region[form]} {form}" for form in ("masks", "boxes", "points") if region[form])
    return f"{forms} in {region['studies']} studies (kind: {region['kind'] or 'unknown'})"
