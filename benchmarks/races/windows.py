"""A volume to a label map: resampled, scaled, seen by a small U-Net window after window, brought back, decided."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from races.base import OURS, Arrays, Race

if TYPE_CHECKING:
    from torch import nn

SIDE, CLASSES, PATCH, WIDTH, WINDOWS = 256, 25, 64, 8, 1
SPACING_MM = 4 / 3  # the network's; 256 voxels of a millimetre become 192
EVEN = 128  # both libraries lay windows alike over multiples of it
MOST_OFF = 0.01  # of the voxels: an untrained network has borders everywhere, and theirs is not antialiased


def make(folder: Path, scale: float) -> None:
    """A smooth volume whose sides are such that windows which overlap by half cover them without a rest."""
    side = max(round(SIDE * scale ** (1 / 3) / EVEN), 1) * EVEN
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, side, dtype=np.float32)] * 3, indexing="ij", sparse=True)
    values = 300 * np.exp(-2 * (x * x + y * y + z * z)) * (1 + 0.5 * np.sin(9 * x) * np.cos(7 * y) * np.sin(5 * z))
    np.save(folder / "volume.npy", values.astype(np.float32))


def unet() -> nn.Module:
    """Three levels below the image, enlarged linearly on the way up. Every library gets the same weights."""
    import torch
    from torch import nn

    def conv(width_in: int, width_out: int, stride: int = 1) -> nn.Module:
        return nn.Sequential(
            nn.Conv3d(width_in, width_out, 3, stride, 1), nn.InstanceNorm3d(width_out), nn.LeakyReLU(0.01)
        )

    class UNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down = nn.ModuleList([conv(1, WIDTH, 2), conv(WIDTH, 2 * WIDTH, 2), conv(2 * WIDTH, 4 * WIDTH, 2)])
            self.join = nn.ModuleList([conv(6 * WIDTH, 2 * WIDTH), conv(3 * WIDTH, WIDTH), conv(WIDTH, WIDTH)])
            self.twice = nn.Upsample(scale_factor=2, mode="trilinear")
            self.head = nn.Conv3d(WIDTH, CLASSES, 1)

        def forward(self, x: Any) -> Any:
            fine = self.down[0](x)
            middle = self.down[1](fine)
            made = self.join[0](torch.cat([middle, self.twice(self.down[2](middle))], 1))
            made = self.join[1](torch.cat([fine, self.twice(made)], 1))
            return self.head(self.join[2](self.twice(made)))

    torch.manual_seed(0)
    return UNet().eval()


def polyclinic(folder: Path) -> Arrays:
    """Ours: the segmentation body with that network."""
    import torch

    from polyclinic.bodies.segmenter import Channel, Inference, Plan, Segmenter
    from polyclinic.study import Image, Study

    names = tuple(f"class {k}" for k in range(1, CLASSES))
    plan = Plan((Channel("grey"),), names, (PATCH,) * 3, ((2, 2, 2),) * 2, spacing_mm=(SPACING_MM,) * 3)
    model = Segmenter(config=None, plan=plan, network=unet(), inference=Inference(overlap=0.5, windows=WINDOWS))
    image = Image.from_array(np.load(folder / "volume.npy")[None], spacing_mm=(1.0,) * 3)
    with torch.inference_mode():
        return {"labels": model.draw(Study("s", "s", images=(image,)), names).pixels}


def monai(folder: Path) -> Arrays:
    """MONAI's transforms, inferer, and their inversion."""
    import torch
    from monai.data import MetaTensor
    from monai.inferers import SlidingWindowInferer
    from monai.transforms import AsDiscreted, Compose, Invertd, NormalizeIntensityd, Resized

    volume = MetaTensor(torch.from_numpy(np.load(folder / "volume.npy"))[None], affine=torch.eye(4))
    size = [round(side / SPACING_MM) for side in volume.shape[1:]]
    before = Compose([Resized("image", size, mode="trilinear", align_corners=False), NormalizeIntensityd("image")])
    after = Compose(
        [
            Invertd("drawn", before, orig_keys="image", nearest_interp=False, to_tensor=True),
            AsDiscreted("drawn", argmax=True),
        ]
    )
    inferer = SlidingWindowInferer(PATCH, WINDOWS, overlap=0.5, mode="gaussian")
    item = before({"image": volume})
    with torch.inference_mode():
        item["drawn"] = inferer(item["image"][None], unet())[0]
        return {"labels": after(item)["drawn"][0].numpy().astype(np.uint8)}


def differs(ours: Arrays, theirs: Arrays) -> str | None:
    """Compare label maps voxel by voxel."""
    one, other = ours["labels"], theirs["labels"]
    if one.shape != other.shape:
        return f"the shape is {other.shape}, ours {one.shape}"
    off = float((one != other).mean())
    return f"{off:.2%} of the labels differ" if off > MOST_OFF else None


RACE = Race(
    title=f"a volume of {SIDE}^3 to a label map of {CLASSES} classes: sliding windows of {PATCH}^3 over a small U-Net",
    make=make,
    cases={OURS: polyclinic, "MONAI": monai},
    differs=differs,
    packages={"MONAI": ("monai",)},
    note=f"Equal: labels in the input's grid but for {MOST_OFF:.0%} of the voxels, where two interpolations of the "
    "logits decide otherwise. Both resample to 4/3 mm, see the same windows half over each other with Gaussian "
    "weights, and interpolate logits, not labels. MONAI's `Resized` lays the new grid as ours does; `Spacingd` lays it "
    "a fraction of a voxel aside. The volume is smooth, because ours alone guards against aliasing.",
)
