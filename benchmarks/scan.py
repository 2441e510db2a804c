"""The selective scan beside itself token by token and beside softmax attention: time and memory with the length.

The equality check comes first: the scan in pieces and the one token by token give one value and one gradient. Then each
case, forward and backward, runs in a process of its own; the median counts. Attention is PyTorch's fused one, of the
same width. The exponent of a curve is that of its last two lengths: 1 grows with the length, 2 with its square.

Run: OMP_NUM_THREADS=1 PYTHONPATH=src python benchmarks/scan.py [--lengths 1024 4096 16384] [--out scan.json]
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peers import KIB, Cost, apart, cost
from torch import Tensor
from torch.nn import functional as F

from polyclinic.parts.sequence.selective import selective_scan

KINDS = ("scan", "token by token", "attention")
STATES, HEADS, SMALL = 16, 4, 128


def one_by_one(x_BLE: Tensor, step_BLE: Tensor, rate_EN: Tensor, in_BLGN: Tensor, out_BLGN: Tensor) -> Tensor:
    """The recurrence as it is written, for one group of channels."""
    state_BEN = x_BLE.new_zeros(len(x_BLE), *rate_EN.shape)
    read = []
    for t in range(x_BLE.shape[1]):
        given_BEN = (step_BLE[:, t] * x_BLE[:, t])[..., None] * in_BLGN[:, t]
        state_BEN = (step_BLE[:, t, :, None] * rate_EN).exp() * state_BEN + given_BEN
        read.append((state_BEN * out_BLGN[:, t]).sum(-1))
    return torch.stack(read, 1)


def attention(x_BLE: Tensor, step_BLE: Tensor, rate_EN: Tensor, in_BLGN: Tensor, out_BLGN: Tensor) -> Tensor:
    """Every token looks at those before it; tokens and steps serve as what is looked by and at."""
    query, key = (each.reshape(*each.shape[:2], HEADS, -1).transpose(1, 2) for each in (x_BLE, step_BLE))
    return F.scaled_dot_product_attention(query, key, query, is_causal=True)


WORKS: dict[str, Callable[..., Tensor]] = dict(zip(KINDS, (selective_scan, one_by_one, attention), strict=True))


def drawn(length: int, width: int) -> list[Tensor]:
    """Tokens, steps, rates and terms with gradient."""
    torch.manual_seed(0)
    rate_EN = -torch.arange(1.0, STATES + 1).repeat(width, 1)
    terms = [torch.randn(1, length, 1, STATES) for _ in range(2)]
    return [
        each.requires_grad_()
        for each in (torch.randn(1, length, width), 0.1 * torch.rand(1, length, width), rate_EN, *terms)
    ]


def step(work: Callable[..., Tensor], given: list[Tensor]) -> Tensor:
    """Forward and backward."""
    for each in given:
        each.grad = None
    value = work(*given)
    value.square().mean().backward()
    return value


def check(width: int) -> None:
    """Stop unless the scan is the recurrence."""
    ours, plain = drawn(SMALL, width), drawn(SMALL, width)
    torch.testing.assert_close(step(selective_scan, ours), step(one_by_one, plain), rtol=1e-5, atol=1e-5)
    for one, other in zip(ours, plain, strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-6)


def exponent(lengths: list[int], costs: list[Cost]) -> float:
    """By which power of the length the time grows between the last two."""
    if len(lengths) < 2:
        return math.nan
    return math.log(costs[-1]["seconds"] / costs[-2]["seconds"]) / math.log(lengths[-1] / lengths[-2])


def show(rows: list[dict[str, Any]]) -> None:
    """A table in Markdown."""
    lengths = [str(length) for length in rows[0]["lengths"]]
    print("\n| forward and backward | " + " | ".join(f"{n} tokens" for n in lengths) + " | grows by power |")
    print("| --- |" + " --: |" * (len(lengths) + 1))
    for row in rows:
        cells = [f"{c['seconds']:.3f} s, {c['peak_bytes'] / KIB**2:.0f} MiB" for c in row["costs"]]
        print(f"| {row['kind']} | " + " | ".join(cells) + f" | {row['power']:.2f} |")


def main() -> None:
    """Print JSON and the table, or the cost of one case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", type=int, nargs="+", default=[1024, 4096, 16384])
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, help="where the JSON goes, too")
    parser.add_argument("--case", nargs=2, metavar=("KIND", "LENGTH"), help="one case in this process")
    args = parser.parse_args()
    if args.case:
        kind, length = args.case
        work, given, small = WORKS[kind], drawn(int(length), args.width), drawn(SMALL, args.width)
        print(json.dumps(cost(lambda: step(work, given), lambda: step(work, small), args.repeats)))
        return
    check(args.width)
    settings = ["--width", str(args.width), "--repeats", str(args.repeats)]
    rows = []
    for kind in KINDS:
        costs = [apart(__file__, [*settings, "--case", kind, str(length)]) for length in args.lengths]
        rows.append({"kind": kind, "lengths": args.lengths, "costs": costs, "power": exponent(args.lengths, costs)})
    told = json.dumps({"threads": torch.get_num_threads(), "torch": torch.__version__, "rows": rows})
    print(told)
    if args.out:
        args.out.write_text(told + "\n", "utf-8")
    show(rows)


if __name__ == "__main__":
    main()
