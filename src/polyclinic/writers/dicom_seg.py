"""Masks to a DICOM segmentation: a label map where segments do not overlap, binary where they do."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import PixelError, UsageError
from polyclinic.readers.dicom.codes import FINDING, ORGAN, Code
from polyclinic.readers.dicom.grid import Affine, carry
from polyclinic.study import Pixels, Region
from polyclinic.writers.dicom_source import NOTICE, DicomSource, maker, making, open_source, own_uids
from polyclinic.writers.files import whole

OWN_SCHEME = "99POLYCLINIC"
SERIES_NUMBER = 9000
LONGEST = 64
CATEGORIES = {
    ORGAN: Code("SCT", "123037004", "Anatomical Structure"),
    FINDING: Code("SCT", "49755003", "Morphologically Abnormal Structure"),
}
OTHER = Code("SCT", "309825002", "Spatial and Relational Concept")


def write_segmentation(
    path: Path,
    regions: Sequence[Region],
    source: Path | Sequence[Path],
    *,
    affine: Affine | None = None,
    algorithm: str | None = None,
    series_number: int = SERIES_NUMBER,
) -> None:
    """Write the masks of Regions as one segmentation of the source images.

    Regions of one name become one segment. Codes in the attributes `type` and `category` are kept; a name
    without a code gets one of the scheme `99POLYCLINIC`.

    Args:
        source: a DICOM file, a series' folder, or the files of one series.
        affine: of the masks, where it is not the source's; it has to be the same voxels in another order.
        algorithm: what made the masks; None says that they were drawn by hand.

    Raises:
        UsageError: no region has a mask, or the file is there.
        PixelError: a mask is empty, or of another size than the source.
        ReadError: the source is no DICOM image, or the masks lie on another grid.
    """
    held = open_source(source)
    masks: dict[str, Pixels] = {}
    named: dict[str, Region] = {}
    for region in regions:
        if region.mask is None:
            continue
        mask = _placed(region, held, affine)
        masks[region.name] = masks[region.name] | mask if region.name in masks else mask
        named.setdefault(region.name, region)
    if not masks:
        raise UsageError("none of the regions has a mask", hint="boxes and points go into a structured report")
    with making("a segmentation"):
        made = _segmentation(held, masks, named, algorithm, series_number)
        with whole(path) as part:
            made.save_as(part)


def _placed(region: Region, source: DicomSource, affine: Affine | None) -> Pixels:
    """A region's mask as (z, y, x) of the source."""
    mask = region.array
    if not mask.any():
        raise PixelError(f"region {region.name!r} is empty", hint="leave it out")
    flat = mask if mask.ndim == 3 else mask[None]
    if affine is not None and source.grid is not None and affine != source.grid.affine:
        return carry(flat, affine, source.grid, f"region {region.name!r}")
    wanted = source.shape if len(source.shape) == 3 else (1, *source.shape)
    if flat.shape != wanted:
        raise PixelError(f"region {region.name!r} is {mask.shape}, its source is {source.shape}")
    return flat


def _segmentation(
    source: DicomSource, masks: dict[str, Pixels], named: dict[str, Region], algorithm: str | None, number: int
) -> Any:
    import highdicom

    layers = np.stack(list(masks.values()), axis=-1)
    apart = int(layers.sum(axis=-1).max()) <= 1
    kinds = highdicom.seg.SegmentationTypeValues
    array = (layers * np.arange(1, len(masks) + 1)).sum(axis=-1) if apart else layers
    return highdicom.seg.Segmentation(
        source_images=list(source.datasets),
        pixel_array=source.frames(array.astype(np.uint8 if len(masks) < 2**8 else np.uint16)),
        segmentation_type=kinds.LABELMAP if apart else kinds.BINARY,
        segment_descriptions=[_description(i, name, named[name], algorithm) for i, name in enumerate(masks, start=1)],
        series_number=number,
        instance_number=1,
        content_description=NOTICE,
        content_label="SEGMENTATION",
        **own_uids(),
        **maker(),
    )


def _description(number: int, name: str, region: Region, algorithm: str | None) -> Any:
    import highdicom
    from pydicom.uid import generate_uid

    kinds = highdicom.seg.SegmentAlgorithmTypeValues
    made_by = None
    if algorithm is not None:
        family = highdicom.sr.CodedConcept("123109", "DCM", "Artificial Intelligence")
        made_by = highdicom.AlgorithmIdentificationSequence(algorithm[:LONGEST], family, maker()["software_versions"])
    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=name[:LONGEST] or "segment",
        segmented_property_category=concept(category_of(region)),
        segmented_property_type=concept(type_of(region)),
        algorithm_type=kinds.MANUAL if algorithm is None else kinds.AUTOMATIC,
        algorithm_identification=made_by,
        tracking_uid=generate_uid(),
        tracking_id=name[:LONGEST] or "segment",
    )


def category_of(region: Region) -> Code:
    """The category that a region's attributes or kind give it."""
    return Code.parse(region.attributes.get("category")) or CATEGORIES.get(region.kind or "", OTHER)


def type_of(region: Region) -> Code:
    """The concept that a region's attributes give it, else one of its own made from the name."""
    value = hashlib.sha256(region.name.encode()).hexdigest()[:16]
    return Code.parse(region.attributes.get("type")) or Code(OWN_SCHEME, value, region.name[:LONGEST] or "region")


def concept(code: Code) -> Any:
    """The concept as highdicom has it."""
    import highdicom

    return highdicom.sr.CodedConcept(code.value, code.scheme, code.meaning)
