"""A chest's CT on disk, beside its films."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from polyclinic.phantom.chest.volume import LABELS, Volume
from polyclinic.phantom.volumes import save_nifti
from polyclinic.study import Image, MaskFile, Region, Study

ORGANS = ("heart", "right lung", "left lung", "aorta", "trachea", "spine")


def with_ct(root: Path, study: Study, volume: Volume) -> Study:
    """The Study with its CT as one more image, and a region for each label that occurs in it."""
    scan, labels = f"ct/{study.id}.nii.gz", f"ct/{study.id}-labels.nii.gz"
    save_nifti(root / scan, volume.hounsfield, volume.affine)
    save_nifti(root / labels, volume.labels, volume.affine)
    image = Image(
        scan,
        modality="CT",
        spacing_mm=(volume.spacing_mm,) * 3,
        affine=tuple(tuple(float(v) for v in row) for row in volume.affine),
        time_days=study.images[0].time_days,
    )
    present = set(volume.labels.ravel()[volume.labels.ravel() > 0].tolist())
    lesions = {finding.name for finding in study.findings}
    places = tuple(
        Region(
            name,
            "finding" if name in lesions else "organ" if name in ORGANS else "structure",
            image=len(study.images),
            mask=MaskFile(labels, value),
        )
        for value, name in enumerate(LABELS)
        if value in present
    )
    return replace(study, images=(*study.images, image), regions=study.regions + places)
