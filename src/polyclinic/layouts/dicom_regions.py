"""Segmentations, structure sets and measurement reports of a DICOM study, to Regions of the image they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from polyclinic.errors import ReadError
from polyclinic.readers.dicom.heads import SEGMENTATIONS, Head
from polyclinic.readers.dicom.opening import open_dataset, reading_dicom
from polyclinic.readers.dicom.rtstruct import CLASS as STRUCTURES
from polyclinic.readers.dicom.rtstruct import read_structures
from polyclinic.readers.dicom.seg import read_segmentation
from polyclinic.readers.dicom.series import Series
from polyclinic.readers.dicom.sr import read_measurements
from polyclinic.readers.dicom.targets import target_of
from polyclinic.study import Region

REPORTS = tuple(f"1.2.840.10008.5.1.4.1.1.88.{number}" for number in (11, 22, 33, 34))
CLASSES = (*SEGMENTATIONS, STRUCTURES, *REPORTS)


@dataclass(frozen=True)
class Found:
    """What an object gives.

    Args:
        regions: with the index of their image.
        left_out: parts of it that could not be taken in, one line each.
    """

    regions: tuple[Region, ...] = ()
    left_out: tuple[str, ...] = ()


def has_regions(head: Head) -> bool:
    """Whether an object may hold regions of other images."""
    return head.text("SOPClassUID") in CLASSES


def regions_of(head: Head, images: Sequence[Series]) -> Found:
    """The Regions that an object holds.

    Args:
        images: of its Study, in order.

    Raises:
        ReadError: damaged, of another grid, or about no image of the Study.
    """
    at = _image_of(head, images)
    target = target_of(images[at])
    kind, name = head.text("SOPClassUID"), head.path.name
    if kind in SEGMENTATIONS:
        return Found(read_segmentation(head.path, target.grid, at).regions)
    if kind == STRUCTURES:
        if target.grid is None:
            raise ReadError(f"{head.path} is about an image that does not say where it lies")
        drawn = read_structures(head.path, target.grid, at)
        return Found(drawn.regions, tuple(f"{name}: {line}" for line in drawn.skipped))
    measured = read_measurements(head.path, target, at)
    lines = [f"{name}: {measured.elsewhere} groups have coordinates in another image"] if measured.elsewhere else []
    return Found(measured.regions, tuple(lines))


def _image_of(head: Head, images: Sequence[Series]) -> int:
    """The one image that an object refers to: by its series or its files, else by the only frame of reference."""
    with reading_dicom(head.path):
        named = _named(open_dataset(head.path, pixels=False))
    files = [{one.text("SOPInstanceUID") for one in series.heads} for series in images]
    found = [i for i, held in enumerate(files) if held & named]
    if not found:
        found = [i for i, series in enumerate(images) if series.heads[0].text("SeriesInstanceUID") in named]
    if not found and (place := head.text("FrameOfReferenceUID")):
        found = [i for i, series in enumerate(images) if series.heads[0].text("FrameOfReferenceUID") == place]
    if len(found) != 1:
        raise ReadError(f"{head.path} speaks of {len(found)} images of its study, expected one")
    return found[0]


def _named(data: Any) -> set[str]:
    """UIDs of the instances and series that stand in an object's sequences."""
    named: set[str] = set()
    for element in data:
        if element.VR != "SQ":
            continue
        for inner in (inner for item in element.value for inner in item.iterall()):
            if inner.keyword in ("ReferencedSOPInstanceUID", "SeriesInstanceUID"):
                named.add(str(inner.value))
    return named
