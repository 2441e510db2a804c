"""nnU-Net's raw form (version 2): one file a channel, label maps, and `dataset.json`.

```text
dataset.json   imagesTr/<study>_0000.nii.gz   labelsTr/<study>.nii.gz   imagesTs/<study>_0000.nii.gz   labelsTs/
```

Files are NIfTI where the collection holds a volume, else PNG. The splits train and val go to `Tr`, test goes to `Ts`. A
label map holds one name a voxel: a Study whose masks of two names overlap is left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import PixelError, PolyclinicError
from polyclinic.store.collection import Collection
from polyclinic.store.export import new_folder
from polyclinic.study import Image, Pixels, Study
from polyclinic.writers.account import Stems, Written, without
from polyclinic.writers.pictures import flat_pixels, whole, write_png

NAME = "nnunet"
KEPT = ("regions",)
BACKGROUND = "background"
VOLUMES, PICTURES = ".nii.gz", ".png"
PARTS = {"test": "Ts"}

Labels = NDArray[np.unsignedinteger]


@dataclass
class _Plan:
    """What holds for all Studies.

    Args:
        values: region name -> its value in the label maps.
        channels: their names; the first Study that is written decides.
    """

    ending: str
    values: dict[str, int]
    channels: list[str] = field(default_factory=list)
    trained: int = 0


def write(collection: Collection, out: Path, *, link: bool = False) -> Written:
    """Write a collection in nnU-Net's raw form; `link` has no use here, as all files are made anew.

    Raises:
        UsageError: `out` is there already, and not empty.
    """
    written, stems = Written(), Stems()
    names = {r.name for s in collection for r in s.regions if r.mask is not None} - {BACKGROUND}
    volumes = any(image.is_volume for study in collection for image in study.images)
    plan = _Plan(VOLUMES if volumes else PICTURES, {name: at for at, name in enumerate(sorted(names), start=1)})
    with new_folder(out) as building:
        for study in collection:
            part = PARTS.get(collection.header.splits.of(study), "Tr")
            written.leave_parts(study, KEPT)
            try:
                written.studies += _study(study, building, part, stems.of(study.id), plan, written)
            except PolyclinicError as error:
                paths = [image.path for image in study.images[:1]]
                written.leave(f"study: {without(error, *paths)}", study.id)
        _head(building / "dataset.json", collection, plan)
    return written


def _head(path: Path, collection: Collection, plan: _Plan) -> None:
    record = {
        "name": collection.header.name,
        "licence": collection.header.licence,
        "channel_names": {str(at): name for at, name in enumerate(plan.channels)},
        "labels": {BACKGROUND: 0} | plan.values,
        "numTraining": plan.trained,
        "file_ending": plan.ending,
    }
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _study(study: Study, building: Path, part: str, stem: str, plan: _Plan, written: Written) -> bool:
    images = study.current_images
    if not images:
        raise PixelError("no image")
    channels, names = _channels(images, plan.ending)
    labels = label_map(study, channels[0].shape, plan.values, written)
    if labels is None and part == "Tr":
        raise PixelError("no masks: nnU-Net trains on label maps")
    if plan.channels and len(plan.channels) != len(channels):
        raise PixelError(f"{len(channels)} channels, the first study has {len(plan.channels)}")
    if plan.ending == PICTURES:
        channels = [whole(channel) for channel in channels]
    plan.channels = plan.channels or names
    plan.trained += part == "Tr"
    for at, channel in enumerate(channels):
        _place(building / f"images{part}" / f"{stem}_{at:04d}{plan.ending}", channel, images[0])
    if labels is not None:
        _place(building / f"labels{part}" / f"{stem}{plan.ending}", labels, images[0])
    return True


def _channels(images: Sequence[Image], ending: str) -> tuple[list[Pixels], list[str]]:
    """Every channel of every image, all of one shape, with their names."""
    channels: list[Pixels] = []
    names: list[str] = []
    for image in images:
        pixels = flat_pixels(image) if ending == PICTURES else image.pixels
        channels += list(pixels)
        base = image.modality or f"image {len(names)}"
        numbered = [base] if len(pixels) == 1 else [f"{base} {at}" for at in range(len(pixels))]
        names += image.channels if len(image.channels) == len(pixels) else numbered
    if len({channel.shape for channel in channels}) > 1:
        raise PixelError("images of different sizes: nnU-Net's channels share one grid")
    return channels, names


def label_map(study: Study, shape: tuple[int, ...], values: dict[str, int], written: Written) -> Labels | None:
    """The label map of a Study; None where it has no mask.

    Raises:
        PixelError: a mask of another size, or masks of two names that overlap.
    """
    labels: Labels | None = None
    named = {value: name for name, value in values.items()}
    for region in study.regions:
        if region.mask is None or region.name not in values:
            reason = "a box or points without a mask" if region.mask is None else f"named {BACKGROUND}"
            written.leave(f"region: {reason}", study.id)
            continue
        mask, value = region.mask.array(), values[region.name]
        if mask.shape != shape:
            raise PixelError("a mask of another size than its image")
        if labels is None:
            labels = np.zeros(shape, np.uint8 if len(values) < 2**8 else np.uint16)
        held = np.unique(labels[mask])
        if others := [named[int(other)] for other in held if other not in (0, value)]:
            raise PixelError(f"masks of {others[0]} and {region.name} overlap: a label map holds one name a voxel")
        labels[mask] = value
    return labels


def _place(path: Path, pixels: Pixels, image: Image) -> None:
    path.parent.mkdir(exist_ok=True)
    if path.name.endswith(PICTURES):
        write_png(path, pixels[None])
        return
    import nibabel

    array = pixels if pixels.ndim == 3 else pixels[None]
    nibabel.save(nibabel.Nifti1Image(np.ascontiguousarray(array.T), _affine(image)), path)


def _affine(image: Image) -> NDArray[np.float64]:
    """Voxel (x, y, z) to millimetres: the image's own, else its spacing."""
    if image.affine is not None:
        return np.array(image.affine, dtype=np.float64)
    spacing = (1.0, 1.0, 1.0, *(image.spacing_mm or ()))[-3:]
    return np.diag([*spacing[::-1], 1.0])
