"""Training patches with augmentation, drawn one after the other from volumes or pictures in memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from races.base import OURS, Arrays, Race

VOLUMES = 6
SIDES = {2: (512, 640), 3: (128, 160, 160)}
PATCH = {2: (256, 256), 3: (64, 64, 64)}
PATCHES = {2: 400, 3: 120}
NAMES = ("mean", "deviation", "5th percentile", "median", "95th percentile", "sharpness", "zeros", "foreground")
MOST_APART = 0.35  # of a statistic's deviation among patches; about three standard errors


def make(folder: Path, scale: float, axes: int) -> None:
    """Bright ellipsoids on a textured ground, with their label maps."""
    rng = np.random.default_rng(0)
    sides = SIDES[axes]
    steps = np.meshgrid(*[np.linspace(-1, 1, n, dtype=np.float32) for n in sides], indexing="ij", sparse=True)
    for number in range(VOLUMES):
        image = rng.normal(100, 10, sides).astype(np.float32)
        for axis, step in enumerate(steps):
            image += 15 * np.sin((7 + 3 * axis) * step + number)
        label = np.zeros(sides, np.uint8)
        for _ in range(4):
            centre, radius = rng.uniform(-0.6, 0.6, axes), rng.uniform(0.15, 0.3, axes)
            inside = sum(((step - c) / r) ** 2 for step, c, r in zip(steps, centre, radius, strict=True)) < 1
            label[inside] = 1
            image[inside] += 40
        np.savez(folder / f"{number}.npz", image=image, label=label)
    (folder / "count").write_text(str(max(round(PATCHES[axes] * scale), 4)))


def _volumes(folder: Path) -> Iterable[dict[str, NDArray[Any]]]:
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as held:
            yield dict(held)


def _told(image: NDArray[Any], label: NDArray[Any]) -> list[float]:
    """What is compared of a patch."""
    steps = [float(np.abs(np.diff(image, axis=axis)).mean()) for axis in range(image.ndim)]
    percentiles = np.percentile(image, [5, 50, 95]).tolist()
    outside = float((image == 0).mean())
    return [float(image.mean()), float(image.std()), *percentiles, sum(steps), outside, float((label == 1).mean())]


def polyclinic(folder: Path, axes: int) -> Arrays:
    """Ours: the segmentation body's view with its own augmentation, one patch at a time."""
    from polyclinic.bodies.segmenter import Augmentation, Channel, PatchView, Plan
    from polyclinic.study import Image, Mask, Region, Study

    spacing_mm = (1.0,) * axes
    studies = [
        Study(
            str(number),
            str(number),
            images=(Image.from_array(held["image"][None], modality="MR", spacing_mm=spacing_mm),),
            regions=(Region("blob", "finding", mask=Mask.from_array(held["label"])),),
        )
        for number, held in enumerate(_volumes(folder))
    ]
    side, spacing = (max(SIDES[2]), None) if axes == 2 else (None, spacing_mm)
    plan = Plan(
        (Channel("grey"),),
        ("blob",),
        PATCH[axes],
        (),
        {"blob": "finding"},
        side=side,
        spacing_mm=spacing,
        mirrors=tuple(range(axes)),
    )
    view = PatchView(studies, plan=plan, augment=Augmentation())
    rng = np.random.default_rng(1)
    told = []
    for number in range(int((folder / "count").read_text())):
        sample = view.sample(number % VOLUMES, rng)
        told.append(_told(sample["image"][0].numpy(), sample["target"][0].numpy()))
    return {"told": np.array(told)}


def monai(folder: Path, axes: int) -> Arrays:
    """MONAI's dictionary transforms with the same chances and ranges; moves wait and are done in one step."""
    import torch
    from monai import transforms as t
    from monai.data import MetaTensor

    both, smooth = ("image", "label"), ("bilinear", "nearest")
    turn = np.radians(30)
    before = t.Compose([t.NormalizeIntensityd("image"), t.FgBgToIndicesd("label", fg_postfix="_fg", bg_postfix="_bg")])
    crop = t.RandCropByPosNegLabeld(
        both, "label", PATCH[axes], pos=1, neg=2, fg_indices_key="label_fg", bg_indices_key="label_bg", lazy=True
    )
    moves = [
        t.RandAffined(
            both, prob=0.2, rotate_range=(turn,) * (3 if axes == 3 else 1), mode=smooth, padding_mode="zeros", lazy=True
        ),
        t.RandZoomd(both, prob=0.2, min_zoom=0.7, max_zoom=1.4, mode=smooth, padding_mode="constant", lazy=True),
        *[t.RandFlipd(both, prob=0.5, spatial_axis=axis, lazy=True) for axis in range(axes)],
    ]
    sigma = (0.5, 1.0)
    greys = [
        t.RandGaussianNoised("image", prob=0.1, std=0.15**0.5),  # ours draws the variance up to 0.1: the same mean
        t.RandGaussianSmoothd("image", sigma, sigma, sigma, prob=0.2),
        t.RandScaleIntensityd("image", 0.25, prob=0.15),
        t.RandScaleIntensityFixedMeand("image", prob=0.15, factors=0.25, preserve_range=True),
        t.RandSimulateLowResolutiond("image", prob=0.25, zoom_range=(0.5, 1.0)),
        t.RandAdjustContrastd("image", prob=0.3, gamma=(0.7, 1.5), retain_stats=True),
    ]
    draw = t.Compose([crop, *moves, *greys], lazy=True).set_random_state(1)
    items = [
        before({key: MetaTensor(torch.from_numpy(held[key].astype(np.float32))[None]) for key in both})
        for held in _volumes(folder)
    ]
    told = []
    for number in range(int((folder / "count").read_text())):
        sample = draw(items[number % VOLUMES])[0]
        told.append(_told(sample["image"][0].numpy(), sample["label"][0].numpy()))
    return {"told": np.array(told)}


def differs(ours: Arrays, theirs: Arrays) -> str | None:
    """Hold the means of all statistics against each other, in deviations among patches."""
    one, other = ours["told"], theirs["told"]
    spread = np.sqrt((one.var(0) + other.var(0)) / 2) + 1e-9
    apart = np.abs(one.mean(0) - other.mean(0)) / spread
    worst = int(apart.argmax())
    return f"the {NAMES[worst]} is {apart[worst]:.2f} deviations off" if apart[worst] > MOST_APART else None


def race(axes: int) -> Race:
    """Of pictures or of volumes."""
    patch, sides = (" x ".join(map(str, each)) for each in (PATCH[axes], SIDES[axes]))
    what = "volumes" if axes == 3 else "pictures"
    return Race(
        title=f"{PATCHES[axes]} augmented training patches of {patch} out of {VOLUMES} {what} of {sides} in memory",
        make=lambda folder, scale: make(folder, scale, axes),
        cases={OURS: lambda folder: polyclinic(folder, axes), "MONAI": lambda folder: monai(folder, axes)},
        differs=differs,
        packages={"MONAI": ("monai",)},
        note=f"Equal: the means of {len(NAMES)} statistics of the patches ({', '.join(NAMES)}), to {MOST_APART} of "
        "their deviation among patches. Both turn, zoom, mirror, blur, shade, lower the resolution, bend the greys "
        "and add noise with nnU-Net's chances and ranges; MONAI's moves are lazy, so that it too resamples once.",
    )
