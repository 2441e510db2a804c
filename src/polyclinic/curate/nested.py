"""Nested regions of a brain tumour out of its parts: the enhancing tumour, within the core, within the whole.

A part counts for every region that it lies within, so regions are named and nothing is drawn anew: a reader who unites
what has one name, as segmenters and scores do, finds them.
"""

from __future__ import annotations

from dataclasses import replace

from polyclinic.study import Finding, Study

ENHANCING, CORE, WHOLE = NESTED = ("enhancing tumour", "tumour core", "whole tumour")
# What annotators call the parts, and the innermost region that each is of.
INNERMOST = {
    "enhancing tumour": ENHANCING,
    "enhancing rim": ENHANCING,
    "necrotic tumour core": CORE,
    "necrotic core": CORE,
    "glioma": CORE,
    "oedema": WHOLE,
}
TUMOUR = "glioma"


def nested(study: Study) -> Study:
    """The Study with these three regions alone, each in as many pieces as it has parts.

    Where a lesion is told of as the whole that parts are `lesion` of, parts of other lesions are left out. A tumour
    that is known to be absent is absent in all three.

    Source:
        arXiv 1811.02629, section on annotation (the regions that the BraTS challenge scores).
    """
    tumours = {str(region.attributes["key"]) for region in study.regions if _is_tumour(region.name, region.attributes)}
    parts = [
        region
        for region in study.regions
        if region.name in INNERMOST and str(region.attributes.get("lesion", "")) in {"", *tumours}
    ]
    regions = [
        replace(part, name=name, kind="tumour")
        for part in parts
        for name in NESTED[NESTED.index(INNERMOST[part.name]) :]
    ]
    absent = not parts and any(finding.name == TUMOUR and finding.present is False for finding in study.findings)
    findings = tuple(Finding(name, False) for name in NESTED) if absent else ()
    return replace(study, regions=tuple(regions), findings=findings)


def _is_tumour(name: str, attributes: object) -> bool:
    return name == TUMOUR and isinstance(attributes, dict) and "key" in attributes
