"""Sentences that point at one lesion among others, made of what is known of it."""

from __future__ import annotations

from dataclasses import replace

from polyclinic.study import Region, Study

REFERRED = "referred lesion"
# What stands before the name, and how the rest of it is told.
BEFORE = ("severity", "margin", "brightness", "colour")
PLACED = ("side", "zone")


def phrase_of(region: Region) -> str:
    """The region's own text; else size, look, name and place as far as its attributes tell them.

    Example:
        >>> phrase_of(Region("nodule", attributes={"severity": "small", "side": "left", "zone": "upper"}))
        'small nodule, left upper'
    """
    if region.text:
        return region.text
    before = [str(region.attributes[key]) for key in BEFORE if key in region.attributes]
    place = [str(region.attributes[key]) for key in PLACED if key in region.attributes]
    return ", ".join(part for part in (" ".join([*before, region.name]), " ".join(place)) if part)


def referred(study: Study) -> list[Study]:
    """The Study once for each of its findings that has a mask: the phrase alone is told, the mask alone is drawn.

    Findings that one phrase would point at are drawn together. Of these Studies' report and findings nothing is left,
    so that the picture and the phrase are all there is to go by.
    """
    pointed: dict[str, list[Region]] = {}
    for region in study.regions:
        if region.image == 0 and region.mask is not None and (region.text or region.kind == "finding"):
            pointed.setdefault(phrase_of(region), []).append(region)
    return [
        replace(
            study,
            id=f"{study.id}-r{number}",
            report=None,
            captions=(phrase,),
            findings=(),
            turns=(),
            regions=tuple(replace(region, name=REFERRED, kind="finding") for region in regions),
        )
        for number, (phrase, regions) in enumerate(pointed.items())
    ]
