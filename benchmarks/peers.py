"""What benchmarks against another library share: a process for each case, medians, and a table."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

import torch

REPEATS = 5
KIB = 1024


class Cost(TypedDict):
    """What a case costs: median seconds, and the peak of memory above what was there before."""

    seconds: float
    peak_bytes: int


def cost(work: Callable[[], object], warm: Callable[[], object], repeats: int = REPEATS) -> Cost:
    """Time and memory of a piece of work.

    Args:
        warm: the same in small, so that what libraries set up once is not counted.
    """
    warm()
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before, taken = _memory("VmRSS"), []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return {"seconds": statistics.median(taken), "peak_bytes": _memory("VmHWM") - before}


def taking_turns(works: Mapping[str, Callable[[], object]], repeats: int = REPEATS) -> dict[str, float]:
    """Median seconds of each piece of work, one after the other in each round, so that a busy spell meets all alike."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(repeats):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(each) for name, each in taken.items()}


def _memory(kind: str) -> int:
    """What Linux tells of this process: `VmRSS` now, `VmHWM` at most, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * KIB for line in lines if line.startswith(kind))


def apart(script: str, arguments: Sequence[str]) -> Cost:
    """What a script prints as JSON in a process of its own: peaks of memory never fall within one."""
    done = subprocess.run([sys.executable, script, *arguments], check=True, capture_output=True, text=True)
    told: Cost = json.loads(done.stdout.splitlines()[-1])
    return told


def show(rows: Sequence[dict[str, Any]]) -> None:
    """JSON of all rows, then a table in Markdown with ratios of theirs to ours: above 1 ours is ahead."""
    print(json.dumps({"threads": torch.get_num_threads(), "torch": torch.__version__, "rows": rows}))
    print("\n| case | ours, s | theirs, s | ratio | ours, MiB | theirs, MiB | ratio |\n| --- |" + " --: |" * 6)
    for row in rows:
        ours, theirs = row["ours"], row["theirs"]
        seconds = f"{ours['seconds']:.3f} | {theirs['seconds']:.3f} | {theirs['seconds'] / ours['seconds']:.2f}"
        mib = [each["peak_bytes"] / KIB**2 for each in (ours, theirs)]
        print(f"| {row['case']} | {seconds} | {mib[0]:.0f} | {mib[1]:.0f} | {mib[1] / max(mib[0], 1):.1f} |")
