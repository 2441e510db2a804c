"""Training patches with augmentation, drawn one after the other from volumes in memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from races.base import OURS, Arrays, Race

VOLUMES, PATCHES = 6, 200
SIDES, PATCH = (128, 160, 160), (64, 64, 64)
SPACING_MM = (1.0, 1.0, 1.0)
NAMES = ("mean", "deviation", "5th percentile", "median", "95th percentile", "sharpness", "zeros", "foreground")
MOST_APART = 0.35  # of a statistic's deviation among patches; three and a half standard errors


def make(folder: Path, scale: float) -> None:
    """Bright ellipsoids on a textured ground, with their label maps."""
    rng = np.random.default_rng(0)
    steps = np.meshgrid(*[np.linspace(-1, 1, n, dtype=np.float32) for n in SIDES], indexing="ij", sparse=True)
    for number in range(VOLUMES):
        image = rng.normal(100, 10, SIDES).astype(np.float32)
        for axis, step in enumerate(steps):
            image += 15 * np.sin((7 + 3 * axis) * step + number)
        label = np.zeros(SIDES, np.uint8)
        for _ in range(4):
            centre, radius = rng.uniform(-0.6, 0.6, 3), rng.uniform(0.15, 0.3, 3)
            inside = sum(((step - c) / r) ** 2 for step, c, r in zip(steps, centre, radius, strict=True)) < 1
            label[inside] = 1
            image[inside] += 40
        np.savez(folder / f"{number}.npz", image=image, label=label)
    (folder / "count").write_text(str(max(round(PATCHES * scale), 4)))


def _volumes(folder: Path) -> Iterable[dict[str, NDArray[Any]]]:
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as held:
            yield dict(held)


def _told(image: NDArray[Any], label: NDArray[Any]) -> list[float]:
    """What is compared of a patch, of every fourth plane, so that looking takes little of the time."""
    image, label = image[::4], label[::4]
    percentiles = np.percentile(image, [5, 50, 95]).tolist()
    steps, outside = float(np.abs(np.diff(image)).mean()), float((image == 0).mean())
    return [float(image.mean()), float(image.std()), *percentiles, steps, outside, float((label == 1).mean())]


def polyclinic(folder: Path) -> Arrays:
    """Ours: the segmentation body's view with its own augmentation, one patch at a time."""
    from polyclinic.bodies.segmenter import Augmentation, Channel, PatchView, Plan
    from polyclinic.study import Image, Mask, Region, Study

    studies = [
        Study(
            str(number),
            str(number),
            images=(Image.from_array(held["image"][None], modality="MR", spacing_mm=SPACING_MM),),
            regions=(Region("blob", "finding", mask=Mask.from_array(held["label"])),),
        )
        for number, held in enumerate(_volumes(folder))
    ]
    kinds = {"blob": "finding"}
    plan = Plan((Channel("grey"),), ("blob",), PATCH, (), kinds, spacing_mm=SPACING_MM, mirrors=(0, 1, 2))
    view = PatchView(studies, plan=plan, augment=Augmentation())
    rng = np.random.default_rng(1)
    told = []
    for number in range(int((folder / "count").read_text())):
        sample = view.sample(number % VOLUMES, rng)
        told.append(_told(sample["image"][0].numpy(), sample["target"][0].numpy()))
    return {"told": np.array(told)}


def _anywhere() -> NDArray[Any]:
    """Flat places of all pixels around which a patch stays inside."""
    ranges = [np.arange(patch // 2, side - patch // 2 + 1) for patch, side in zip(PATCH, SIDES, strict=True)]
    return np.ravel_multi_index(np.meshgrid(*ranges, indexing="ij"), SIDES).ravel()


def monai(folder: Path) -> Arrays:
    """MONAI's dictionary transforms with the same chances and ranges; moves wait and are done in one step."""
    import torch
    from monai import transforms as t
    from monai.data import MetaTensor

    both, smooth = ("image", "label"), ("bilinear", "nearest")
    turn, sigma = np.radians(30), (0.5, 1.0)
    before = t.Compose([t.NormalizeIntensityd("image"), t.FgBgToIndicesd("label", fg_postfix="_fg", bg_postfix="_bg")])
    indices = {"fg_indices_key": "label_fg", "bg_indices_key": "label_bg"}
    moves = [
        t.RandCropByPosNegLabeld(both, "label", PATCH, pos=1, neg=2, **indices),
        t.RandAffined(both, prob=0.2, rotate_range=(turn,) * 3, mode=smooth),
        t.RandZoomd(both, prob=0.2, min_zoom=0.7, max_zoom=1.4, mode=smooth),
        *[t.RandFlipd(both, prob=0.5, spatial_axis=axis) for axis in range(3)],
    ]
    greys = [
        t.RandGaussianNoised("image", prob=0.1, std=0.15**0.5),  # ours draws the variance up to 0.1: the same mean
        t.RandGaussianSmoothd("image", sigma, sigma, sigma, prob=0.2),
        t.RandScaleIntensityd("image", 0.25, prob=0.15),
        t.RandScaleIntensityFixedMeand("image", prob=0.15, factors=0.25, preserve_range=True),
        t.RandSimulateLowResolutiond("image", prob=0.25, zoom_range=(0.5, 1.0)),
        t.RandAdjustContrastd("image", prob=0.3, gamma=(0.7, 1.5), retain_stats=True),
    ]
    sampled = {key: {"mode": mode, "padding_mode": "zeros"} for key, mode in zip(both, smooth, strict=True)}
    draw = t.Compose([*moves, *greys], lazy=True, overrides=sampled).set_random_state(1)
    items = [
        before({key: MetaTensor(torch.from_numpy(held[key].astype(np.float32))[None]) for key in both})
        | {"label_bg": _anywhere()}
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


RACE = Race(
    title=f"{PATCHES} augmented training patches of {PATCH[0]}^3 out of {VOLUMES} volumes of "
    f"{' x '.join(map(str, SIDES))} in memory",
    make=make,
    cases={OURS: polyclinic, "MONAI": monai},
    differs=differs,
    packages={"MONAI": ("monai",)},
    note=f"Equal: the means of {len(NAMES)} statistics of the patches ({', '.join(NAMES)}), to {MOST_APART} of "
    "their deviation among patches. Both turn, zoom, mirror, blur, shade, lower the resolution, bend the greys "
    "and add noise with nnU-Net's chances and ranges; MONAI's moves are lazy, so that it too resamples once.",
)
