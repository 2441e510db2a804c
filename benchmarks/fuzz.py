"""Feeds damaged files to every reader and parser, and writes what became of them as a table.

    python benchmarks/fuzz.py --inputs 20000 --seed 0 [--out runs/fuzz] [TARGET ...]

An input is known by target, seed and number, so a fault can be made again; the inputs with faults lie in
`OUT/kept`. Twenty thousand take some ten minutes on one core. Exit status 1 where there was any fault.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from fuzz_run import MOST_MB, MOST_SECONDS, Result, Run, plan, targets

HEAD = ("reader or parser", "inputs", "read", "typed errors", "slowest ms", "peak MB", "faults")


def row(name: str, results: Sequence[Result]) -> tuple[str, ...]:
    """One line of the table."""
    counts = [sum(one.outcome == outcome for one in results) for outcome in ("read", "refused")]
    slowest, largest = max(one.ms for one in results), max(one.mb for one in results)
    faults = sum(one.fault is not None for one in results)
    return (name, *map(str, (len(results), *counts)), f"{slowest:.0f}", f"{largest:.0f}", str(faults))


def table(results: Sequence[Result]) -> str:
    """Markdown, a line a target."""
    names = dict.fromkeys(one.target for one in results)
    rows = [row(name, [one for one in results if one.target == name]) for name in names]
    lines = [HEAD, ("---", *["--:"] * (len(HEAD) - 1)), *rows, row("all", results)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def main() -> int:
    """Run, print, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="only these (default: all)")
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/fuzz"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    results = Run(args.out, args.seed).all(plan(args.inputs, args.targets or [target.name for target in targets()]))
    faults = [f"{one.target} {one.number} ({one.seed_file}): {one.fault}" for one in results if one.fault]
    told = f"seed {args.seed}, caps {MOST_SECONDS:g} s and {MOST_MB:g} MB, {time.perf_counter() - began:.0f} s, "
    told += f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    page = f"{table(results)}\n\n{told}\n"
    (args.out / "table.md").write_text(page + "".join(f"- {fault}\n" for fault in faults), "utf-8")
    print(page)
    print("\n".join(faults), file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
