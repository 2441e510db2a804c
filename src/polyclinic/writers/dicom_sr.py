"""Regions to a structured report of measurements (TID 1500): boxes and points with their numbers and answers.

Masks belong into a segmentation; a box is written on each slice that it covers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import UsageError
from polyclinic.readers.dicom.codes import Code
from polyclinic.study import Region
from polyclinic.writers.dicom_seg import LONGEST, OWN_SCHEME, concept, type_of
from polyclinic.writers.dicom_source import (
    MAKER,
    MODEL,
    NOTICE,
    SERIAL,
    DicomSource,
    maker,
    making,
    open_source,
    own_uids,
)
from polyclinic.writers.files import whole

SERIES_NUMBER = 9001
MEASURED = re.compile(r"(?P<name>.+) \[(?P<unit>[^\]]+)\]")
KEPT_AS_CODES = ("type", "category")
HALF_PIXEL = 0.5


def write_measurements(
    path: Path, regions: Sequence[Region], source: Path | Sequence[Path], *, series_number: int = SERIES_NUMBER
) -> None:
    """Write Regions as a measurement report on the source images.

    Attributes that are numbers become measurements (`Diameter [mm]`; without a unit, a plain number), texts
    become answers. Points are taken as the pixels' centres at whole numbers, boxes as the record has them.

    Raises:
        UsageError: no region, a region that has a mask and neither box nor points, or the file is there.
        ReadError: the source is no DICOM image, or lacks what a report demands.
    """
    if not regions:
        raise UsageError("there is no region to write")
    for region in regions:
        if region.mask is not None and region.box is None and not region.points:
            raise UsageError(
                f"region {region.name!r} has a mask and no box", hint="masks are written with write_segmentation"
            )
    held = open_source(source)
    with making("a structured report"):
        made = _report(held, regions, series_number)
        with whole(path) as part:
            made.save_as(part)


def _report(source: DicomSource, regions: Sequence[Region], number: int) -> Any:
    import highdicom.sr as hd
    from pydicom.sr.codedict import codes
    from pydicom.uid import generate_uid

    device = hd.DeviceObserverIdentifyingAttributes(
        uid=generate_uid(), name=NOTICE, manufacturer_name=MAKER, model_name=MODEL, serial_number=SERIAL
    )
    context = hd.ObservationContext(
        observer_device_context=hd.ObserverContext(
            observer_type=codes.DCM.Device, observer_identifying_attributes=device
        )
    )
    report = hd.MeasurementReport(
        observation_context=context,
        procedure_reported=hd.CodedConcept("363679005", "SCT", "Imaging procedure"),
        imaging_measurements=[_group(source, region) for region in regions],
        title=codes.DCM.ImagingMeasurementReport,
    )
    return hd.ComprehensiveSR(
        evidence=list(source.datasets),
        content=report,
        series_number=number,
        instance_number=1,
        manufacturer=maker()["manufacturer"],
        manufacturer_model_name=MODEL,
        series_description=NOTICE,
        **own_uids(),
    )


def _group(source: DicomSource, region: Region) -> Any:
    import highdicom.sr as hd
    from pydicom.uid import generate_uid

    measurements, answers = _attributes(region)
    common = {
        "tracking_identifier": hd.TrackingIdentifier(generate_uid(), region.name[:LONGEST] or "region"),
        "finding_type": concept(type_of(region)),
        "measurements": measurements,
        "qualitative_evaluations": answers,
    }
    places = _places(source, region)
    if not places:
        return hd.MeasurementsAndQualitativeEvaluations(**common)
    if len(places) == 1:
        return hd.PlanarROIMeasurementsAndQualitativeEvaluations(referenced_region=places[0], **common)
    return hd.VolumetricROIMeasurementsAndQualitativeEvaluations(referenced_regions=places, **common)


def _attributes(region: Region) -> tuple[list[Any], list[Any]]:
    """Numbers as measurements, texts as answers."""
    import highdicom.sr as hd

    measurements, answers = [], []
    for key, value in region.attributes.items():
        if isinstance(value, str):
            if key not in KEPT_AS_CODES and value:
                answers.append(hd.QualitativeEvaluation(concept(_own(key)), concept(_own(value))))
            continue
        found = MEASURED.fullmatch(key)
        name, unit = (found["name"], found["unit"]) if found else (key, "1")
        if np.isfinite(value):
            measurements.append(hd.Measurement(concept(_own(name)), float(value), concept(Code("UCUM", unit, unit))))
    return measurements, answers


def _own(text: str) -> Code:
    """A text as a concept of this project's scheme; a written code stays what it is."""
    value = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Code.parse(text) or Code(OWN_SCHEME, value, text[:LONGEST])


def _places(source: DicomSource, region: Region) -> list[Any]:
    """The region's box on each slice that it covers, else its points on theirs."""
    flat = len(source.shape) == 2
    if region.box is not None:
        x0, y0, x1, y1 = region.box if len(region.box) == 4 else (*region.box[:2], *region.box[3:5])
        low, high = (0, 1) if len(region.box) == 4 else (round(region.box[2]), round(region.box[5]))
        if not 0 <= low < high <= (1 if flat else source.shape[0]):
            raise UsageError(f"region {region.name!r} covers the slices {low} to {high - 1}, its source has others")
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]], dtype=np.float64)
        return [_coordinates(source, z, "POLYLINE", corners) for z in range(low, high)]
    depths = [round(point[2]) if len(point) == 3 else 0 for point in region.points]
    return [
        _coordinates(source, z, "POINT", np.array([point[:2]], dtype=np.float64) + HALF_PIXEL)
        for z, point in zip(depths, region.points, strict=True)
    ]


def _coordinates(source: DicomSource, z: int, kind: str, corners: Any) -> Any:
    import highdicom.sr as hd

    several = len(source.datasets) > 1
    if not 0 <= z < (len(source.datasets) if several else len(source.order)):
        raise UsageError(f"slice {z} is not in the source")
    data = source.datasets[z if several else 0]
    frames = [source.order[z] + 1] if not several and len(source.order) > 1 else None
    image = hd.SourceImageForRegion(data.SOPClassUID, data.SOPInstanceUID, frames)
    return hd.ImageRegion(kind, corners, image)
