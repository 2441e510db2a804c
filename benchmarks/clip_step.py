"""One training step of CLIP ViT-B/16, forward, backward and AdamW, of this package's parts beside open_clip's model.

The equality check comes first: with open_clip's weights both give the same vectors. Texts fill all 77 tokens on both
sides. Both take turns in one process, five times; the median counts. Memory is that of a process of its own.
open_clip is installed apart, see `tools/peer_clip.py`.

Run: OMP_NUM_THREADS=2 PYTHONPATH=src /tmp/peer/bin/python benchmarks/clip_step.py [--batch 16]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from peer_clip import Clip, open_clip, open_clip_losses, renamed
from peers import apart, cost, show, taking_turns

from polyclinic.objectives.contrast import info_nce
from polyclinic.parts.features import TokenBatch

LENGTH, END = 77, 49_407
CLOSE = 1e-4
SIDES = ("ours", "theirs")


def inputs(batch: int) -> tuple[Tensor, TokenBatch]:
    """Noise for pictures, and texts of as many words as there are places."""
    torch.manual_seed(0)
    ids_BL = torch.randint(1, END - 1, (batch, LENGTH))
    ids_BL[:, -1] = END
    return torch.randn(batch, 3, 224, 224), TokenBatch(ids_BL, ids_BL > 0, ids_BL)


def theirs() -> Any:
    """open_clip's model with random weights."""
    return open_clip().create_model("ViT-B-16", pretrained=None)


def check() -> None:
    """Stop unless both models give the same vectors."""
    peer, ours = theirs().eval(), Clip().eval()
    ours.load_state_dict(renamed(peer.state_dict()))
    pictures, texts = inputs(2)
    with torch.inference_mode():
        image, text, _ = peer(pictures, texts.ids_BL)
        for one, other in zip(ours(pictures, texts), (image, text), strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=CLOSE)


def stepper(side: str) -> Callable[[int], None]:
    """A function that makes one step with so many pairs."""
    model: nn.Module = Clip() if side == "ours" else theirs()
    loss = info_nce if side == "ours" else open_clip_losses().ClipLoss()
    optimiser = torch.optim.AdamW(model.parameters(), 1e-4)

    def step(batch: int) -> None:
        pictures, texts = inputs(batch)
        optimiser.zero_grad()
        if side == "ours":
            loss(*model(pictures, texts), model.log_scale).backward()
        else:
            loss(*model(pictures, texts.ids_BL)).backward()
        optimiser.step()

    return step


def main() -> None:
    """Print the table, or the cost of one side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--side", choices=SIDES, help="memory of one side in this process")
    args = parser.parse_args()
    if args.side:
        step = stepper(args.side)
        print(json.dumps(cost(lambda: step(args.batch), lambda: step(1), 1)))
        return
    check()
    found = {side: apart(__file__, ["--batch", str(args.batch), "--side", side]) for side in SIDES}
    turns = {side: partial(stepper(side), args.batch) for side in SIDES}
    for side, seconds in taking_turns(turns, args.repeats).items():
        found[side]["seconds"] = seconds
    show([{"case": f"ViT-B/16, batch {args.batch}", **found}])


if __name__ == "__main__":
    main()
