"""Contrastive losses beside open_clip's, forward and backward: time and peak memory at growing batches.

The equality check comes first: both give one value and one gradient. Each case runs in a process of its own, five
times; the median counts. open_clip is installed apart, see `tools/peer_clip.py`.

Run: OMP_NUM_THREADS=1 PYTHONPATH=src /tmp/peer/bin/python benchmarks/contrast.py [--batches 1024 4096 16384]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from peer_clip import open_clip_losses
from peers import apart, cost, show

from polyclinic.objectives.contrast import info_nce
from polyclinic.objectives.sigmoid import sigmoid_contrast

Loss = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
KINDS, SIDES = ("info_nce", "sigmoid"), ("ours", "theirs")
SMALL = 256


def loss_of(kind: str, side: str) -> Loss:
    """A loss of images, texts, natural log of the scale, and bias."""
    if side == "ours":
        return sigmoid_contrast if kind == "sigmoid" else lambda i, t, scale, _: info_nce(i, t, scale)
    peer = open_clip_losses()
    if kind == "sigmoid":
        siglip = peer.SigLipLoss()
        return lambda i, t, scale, bias: siglip(i, t, scale.exp(), bias)
    clip = peer.ClipLoss()
    return lambda i, t, scale, _: clip(i, t, scale.exp())


def parts(batch: int, width: int) -> list[Tensor]:
    """Images and texts that are a little alike, scale and bias, all with gradient."""
    torch.manual_seed(0)
    image = torch.randn(batch, width)
    text = image + 3 * torch.randn(batch, width)
    made = [F.normalize(image, dim=-1), F.normalize(text, dim=-1), torch.tensor(2.6593), torch.tensor(-10.0)]
    return [part.requires_grad_() for part in made]


def step(loss: Loss, given: list[Tensor]) -> Tensor:
    """Forward and backward."""
    for part in given:
        part.grad = None
    value = loss(given[0], given[1], given[2], given[3])
    value.backward()
    return value


def check(kind: str, width: int) -> None:
    """Stop unless both sides give one value and one gradient."""
    ours, theirs = parts(SMALL, width), parts(SMALL, width)
    values = step(loss_of(kind, "ours"), ours), step(loss_of(kind, "theirs"), theirs)
    torch.testing.assert_close(*values, rtol=1e-5, atol=1e-5)
    for one, other in zip(ours, theirs, strict=True):
        if one.grad is not None:
            torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-6)


def main() -> None:
    """Print the table, or the cost of one case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, nargs="+", default=[1024, 2048, 4096, 8192, 16384])
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--case", nargs=3, metavar=("KIND", "SIDE", "BATCH"), help="one case in this process")
    args = parser.parse_args()
    if args.case:
        kind, side, batch = args.case
        loss, given, small = loss_of(kind, side), parts(int(batch), args.width), parts(SMALL, args.width)
        print(json.dumps(cost(lambda: step(loss, given), lambda: step(loss, small))))
        return
    rows = []
    for kind in KINDS:
        check(kind, args.width)
        for batch in args.batches:
            case = ["--width", str(args.width), "--case", kind]
            found = {side: apart(__file__, [*case, side, str(batch)]) for side in SIDES}
            rows.append({"case": f"{kind} {batch:,}", **found})
    show(rows)


if __name__ == "__main__":
    main()
