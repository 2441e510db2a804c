"""Maps whose places are read along several routes: blocks, an encoder and a decoder made of nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.sequence.orders import Order, RouteMixer, routes
from polyclinic.parts.sequence.selective import SelectiveMixer, rank_of
from polyclinic.parts.vision.expand import PatchExpand
from polyclinic.parts.vision.residual_unet import CONVS
from polyclinic.parts.vision.swin import Merge

FINEST = 4  # stride of the first stage


class GatedScan(nn.Module):
    """A map (B, [Z,] Y, X, E) is widened, convolved channel by channel, read along routes, and gated by a second copy.

    Args:
        inner: width that the mixer works at.

    Source:
        arXiv 2401.10166, section 4.3 (the VSS block's first form, with a gate).
    """

    def __init__(self, *, width: int, inner: int, mixer: RouteMixer, dimensions: int) -> None:
        super().__init__()
        self.widen = nn.Linear(width, 2 * inner, bias=False)
        self.conv = CONVS[dimensions](inner, inner, 3, padding=1, groups=inner)
        self.mixer = mixer
        self.norm = nn.LayerNorm(inner)
        self.narrow = nn.Linear(inner, width, bias=False)

    def forward(self, x_BXE: Tensor) -> Tensor:
        """The same shape."""
        own_BXE, gate_BXE = self.widen(x_BXE).chunk(2, -1)
        near_BEX = F.silu(self.conv(own_BXE.movedim(-1, 1)))
        read_BLE = self.mixer(near_BEX.flatten(2).transpose(1, 2), near_BEX.shape[2:])
        return self.narrow(self.norm(read_BLE).reshape(own_BXE.shape) * F.silu(gate_BXE))


def selective(width: int, states: int, order: Order, dimensions: int = 2) -> GatedScan:
    """A gated scan, twice as wide inside, whose routes each have a selective scan of their own."""
    mixer = SelectiveMixer(width=2 * width, states=states, rank=rank_of(width), routes=routes(order, dimensions))
    return GatedScan(width=width, inner=2 * width, mixer=RouteMixer(mixer=mixer, order=order), dimensions=dimensions)


class ScanBlock(nn.Module):
    """A norm and a gated scan around a shortcut, on maps (B, [Z,] Y, X, E)."""

    def __init__(self, *, width: int, scan: GatedScan) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.scan = scan

    def forward(self, x_BXE: Tensor) -> Tensor:
        """The same shape."""
        return x_BXE + self.scan(self.norm(x_BXE))


class ScanLayer(nn.Module):
    """A scan block for maps whose channels come first, (B, E, [Z,] Y, X)."""

    def __init__(self, *, width: int, scan: GatedScan) -> None:
        super().__init__()
        self.block = ScanBlock(width=width, scan=scan)

    def forward(self, x_BEX: Tensor) -> Tensor:
        """The same shape."""
        return self.block(x_BEX.movedim(1, -1)).movedim(-1, 1)


class SplitScanBlock(nn.Module):
    """Half of the channels are convolved and half scanned; then they are shuffled, and added to what came in.

    Args:
        width: of the map (B, Y, X, E).
        scan: of half that width.

    Source:
        arXiv 2403.03849, section 3.3 (SS-Conv-SSM), with the layers of its code.
    """

    def __init__(self, *, width: int, scan: GatedScan) -> None:
        super().__init__()
        half = width // 2
        layers: list[nn.Module] = [nn.BatchNorm2d(half)]
        for _ in range(2):
            layers += [nn.Conv2d(half, half, 3, padding=1), nn.BatchNorm2d(half), nn.ReLU()]
        self.conv = nn.Sequential(*layers, nn.Conv2d(half, half, 1), nn.ReLU())
        self.norm = nn.LayerNorm(half)
        self.scan = scan

    def forward(self, x_BYXE: Tensor) -> Tensor:
        """The same shape."""
        near_BYXE, far_BYXE = x_BYXE.chunk(2, -1)
        near_BYXE = self.conv(near_BYXE.movedim(-1, 1)).movedim(1, -1)
        both = torch.stack([near_BYXE, self.scan(self.norm(far_BYXE))], -1)
        return x_BYXE + both.flatten(-2)


class ScanEncoder(nn.Module):
    """Patches of 4 x 4 pixels, then stages of blocks, each at half the resolution of the one before.

    Args:
        depths: blocks of each stage.
        block: makes one of a width.

    Source:
        arXiv 2401.10166, section 4.1.
    """

    def __init__(
        self, *, width_in: int, widths: Sequence[int], depths: Sequence[int], block: Callable[[int], nn.Module]
    ) -> None:
        super().__init__()
        self.patch = nn.Conv2d(width_in, widths[0], FINEST, FINEST)
        self.patch_norm = nn.LayerNorm(widths[0])
        self.merges = nn.ModuleList(Merge(width=width) for width in widths[:-1])
        self.stages = nn.ModuleList(
            nn.Sequential(*(block(width) for _ in range(depth))) for width, depth in zip(widths, depths, strict=True)
        )
        self.widths_maps = tuple(widths)

    def forward(self, image_BCYX: Tensor) -> list[Tensor]:
        """The map of each stage (B, E, Y, X), the finest first."""
        x_BYXE, maps = self.patch_norm(self.patch(image_BCYX).movedim(1, -1)), []
        for number, stage in enumerate(self.stages):
            x_BYXE = stage(self.merges[number - 1](x_BYXE) if number else x_BYXE)
            maps.append(x_BYXE.movedim(-1, 1))
        return maps


class ScanDecoder(nn.Module):
    """Back from the coarsest map: blocks, then four times the places, the finer map added, and so on to the pixels.

    Args:
        widths: of the maps, the finest first, each twice the one before.
        depths: blocks at each resolution, the coarsest first.
        block: makes one of a width.

    Source:
        arXiv 2402.02491, section 3.2 and its code.
    """

    def __init__(
        self, *, widths: Sequence[int], depths: Sequence[int], block: Callable[[int], nn.Module], width_out: int
    ) -> None:
        super().__init__()
        up = widths[::-1]
        self.stages = nn.ModuleList(
            nn.Sequential(*(block(width) for _ in range(depth))) for width, depth in zip(up, depths, strict=True)
        )
        self.enlarge = nn.ModuleList(PatchExpand(width=width, factor=2, width_out=width // 2) for width in up[:-1])
        self.last = PatchExpand(width=widths[0], factor=FINEST, width_out=widths[0] // FINEST)
        self.draw = nn.Conv2d(widths[0] // FINEST, width_out, 1)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Logits at full resolution, alone in a list."""
        x_BYXE = self.stages[0](maps[-1].movedim(1, -1))
        for enlarge, stage, skip in zip(self.enlarge, self.stages[1:], maps[-2::-1], strict=True):
            x_BYXE = stage(enlarge(x_BYXE) + skip.movedim(1, -1))
        return [self.draw(self.last(x_BYXE).movedim(-1, 1))]
