"""A `.nii.gz` to what a network takes: loaded, turned to RAS+, resampled to 1.5 mm, mean 0 and deviation 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from races.base import OURS, Arrays, Race, placed

SIDES = (256, 256, 176)
SPACING_MM = 1.5
PROBES = 20_000
MOST_OFF, MOST_AT_ONE = 0.02, 0.2  # deviations; interpolating twice, on grids that lie otherwise, is not exact


def make(folder: Path, scale: float) -> None:
    """A smooth head-sized volume with some noise, its axes stored as a sagittal scan has them."""
    import nibabel

    sides = tuple(max(round(side * scale ** (1 / 3)), 16) for side in SIDES)
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, side) for side in sides), indexing="ij", sparse=True)
    values = 800 * np.exp(-3 * (x * x + y * y + z * z)) * (1 + 0.3 * np.sin(9 * x) * np.cos(7 * y) * np.sin(5 * z))
    values += np.random.default_rng(0).normal(0, 2, sides)
    affine = np.array([[0, 0, 1.0, -88], [-0.9375, 0, 0, 120], [0, -0.9375, 0, 120], [0, 0, 0, 1]])
    nibabel.save(nibabel.Nifti1Image(np.clip(values, 0, None).astype(np.int16), affine), folder / "scan.nii.gz")


def polyclinic(folder: Path) -> Arrays:
    """Ours."""
    from polyclinic.curate.conform import conform
    from polyclinic.readers import read_image

    image = conform(read_image(folder / "scan.nii.gz"), SPACING_MM)
    return placed(image.pixels[0].T, image.affine)


def monai(folder: Path) -> Arrays:
    """MONAI's transforms."""
    from monai.transforms import Compose, LoadImage, NormalizeIntensity, Orientation, Spacing

    load = LoadImage(image_only=True, ensure_channel_first=True)
    steps = Compose([load, Orientation("RAS"), Spacing(SPACING_MM, mode="bilinear"), NormalizeIntensity()])
    image = steps(str(folder / "scan.nii.gz"))
    return placed(image[0].numpy(), image.affine)


def torchio(folder: Path) -> Arrays:
    """TorchIO's transforms."""
    from torchio import Compose, Resample, ScalarImage, ToCanonical, ZNormalization

    image = Compose([ToCanonical(), Resample(SPACING_MM), ZNormalization()])(ScalarImage(folder / "scan.nii.gz"))
    return placed(image.data[0].numpy(), image.affine)


def differs(ours: Arrays, theirs: Arrays) -> str | None:
    """Compare at random places of the world: libraries lay the new grid by fractions of a voxel apart."""
    from scipy.ndimage import map_coordinates

    steps = np.linalg.norm(theirs["affine"][:3, :3], axis=0)
    if not np.allclose(theirs["affine"][:3, :3], np.eye(3) * SPACING_MM, atol=1e-3):
        return f"axes are {steps} mm and turned otherwise"
    inner = np.random.default_rng(1).uniform(2, np.array(ours["values"].shape) - 3, (PROBES, 3))
    world = np.c_[inner, np.ones(PROBES)] @ ours["affine"].T
    found = [
        map_coordinates(one["values"], (world @ np.linalg.inv(one["affine"]).T)[:, :3].T, order=1)
        for one in (ours, theirs)
    ]
    off = np.abs(found[0] - found[1])
    return f"differs by {off.mean()}, at most {off.max()}" if off.mean() > MOST_OFF or off.max() > MOST_AT_ONE else None


RACE = Race(
    title=f"`.nii.gz` of {' x '.join(map(str, SIDES))}: load, reorient, resample to {SPACING_MM} mm, normalise",
    make=make,
    cases={OURS: polyclinic, "MONAI": monai, "TorchIO": torchio},
    differs=differs,
    packages={"MONAI": ("monai",), "TorchIO": ("torchio", "simpleitk")},
    note=f"Equal: at {PROBES:,} places of the world values differ by less than {MOST_OFF} standard deviations in the "
    "mean. The libraries lay their new grids by fractions of a voxel apart.",
)
