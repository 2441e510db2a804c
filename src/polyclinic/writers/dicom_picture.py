"""A picture (an overlay, a rendering, a report page) to DICOM secondary capture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from polyclinic.errors import PixelError
from polyclinic.study import Pixels
from polyclinic.writers.dicom_source import MODEL, NOTICE, maker, making, open_source, own_uids
from polyclinic.writers.files import whole

SERIES_NUMBER = 9002


def write_picture(
    path: Path,
    pixels: Pixels,
    source: Path | Sequence[Path],
    *,
    burned_in: bool = True,
    series_number: int = SERIES_NUMBER,
) -> None:
    """Write a picture as a secondary capture in the source's study.

    Args:
        pixels: (1, y, x) or (3, y, x), 8 bits.
        burned_in: whether the picture may show text that names somebody; True unless one knows.

    Raises:
        PixelError: another shape or number type.
        UsageError: the file is there.
        ReadError: the source is no DICOM image.
    """
    if pixels.ndim != 3 or pixels.shape[0] not in (1, 3) or pixels.dtype != np.uint8:
        raise PixelError(f"expected (1 or 3, y, x) of 8 bits, got {pixels.shape} of {pixels.dtype}")
    held = open_source(source)
    grey = pixels.shape[0] == 1
    with making("a secondary capture"):
        import highdicom

        made = highdicom.sc.SCImage.from_ref_dataset(
            ref_dataset=held.datasets[0],
            pixel_array=pixels[0] if grey else np.ascontiguousarray(pixels.transpose(1, 2, 0)),
            photometric_interpretation="MONOCHROME2" if grey else "RGB",
            bits_allocated=8,
            coordinate_system="PATIENT",
            patient_orientation=("L", "P"),
            series_number=series_number,
            instance_number=1,
            manufacturer=maker()["manufacturer"],
            **own_uids(),
        )
        made.ManufacturerModelName, made.SeriesDescription = MODEL, NOTICE
        made.ImageType = ["DERIVED", "SECONDARY"]
        made.DerivationDescription = NOTICE
        made.BurnedInAnnotation = "YES" if burned_in else "NO"
        with whole(path) as part:
            made.save_as(part)
