"""Runs `polyclinic data check` on every set in a folder of sets and prints what each became.

    python benchmarks/check_sets.py ../shared/data [SET ...]

A set is read whole where nothing but what stands under *refused* was left out; leaks and duplicates are those that the
set was published with. Exit status 1 where a set is of no known layout.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polyclinic.errors import LayoutError
from polyclinic.layouts import recognise

SHOWN = 5


@dataclass(frozen=True)
class Checked:
    """What one set became.

    Args:
        layout: its name; why there is none, where there is none.
        refused: a line for each fault, as the command prints it.
        leaks: what ties Studies of different splits -> how many pairs.
    """

    name: str
    layout: str
    studies: int = 0
    images: int = 0
    refused: tuple[str, ...] = ()
    leaks: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def checked(folder: Path) -> Checked:
    """Check one set by the command that a user would type."""
    began = time.monotonic()
    try:
        layout = recognise(folder).layout.NAME
    except LayoutError as error:
        return Checked(folder.name, f"none: {error}")
    words = [sys.executable, "-m", "polyclinic.cli", "data", "check", str(folder), "--json"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if not done.stdout.strip():
        return Checked(folder.name, layout, refused=(done.stderr.strip(),), seconds=time.monotonic() - began)
    told: dict[str, Any] = json.loads(done.stdout)
    return Checked(
        folder.name,
        layout,
        told["studies"],
        told["images"],
        tuple(line.replace(f"{folder}/", "") for line in told["wrong"]),
        dict(Counter(leak["tie"] for leak in told["leaks"])),
        time.monotonic() - began,
    )


def row(found: Checked) -> str:
    """One line of the table."""
    leaks = ", ".join(f"{count} {tie}" for tie, count in found.leaks.items()) or "-"
    cells = (found.name, found.layout, found.studies, found.images, len(found.refused), leaks, f"{found.seconds:.1f}")
    return f"| {' | '.join(map(str, cells))} |"


def main() -> int:
    """Check the sets asked for, print the table, then what was refused and why."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="*")
    args = parser.parse_args()
    names = args.sets or sorted(path.name for path in args.data.iterdir() if path.is_dir())
    print("| set | layout | studies | images | refused | leaks as published | s |\n|---|---|--:|--:|--:|---|--:|")
    done = []
    for name in names:
        done.append(checked(args.data / name))
        print(row(done[-1]), flush=True)
    for found in done:
        more = len(found.refused) - SHOWN
        lines = [*found.refused[:SHOWN], *([f"... and {more} more"] if more > 0 else [])]
        print("".join(f"\n{found.name}: {line}" for line in lines), end="\n" if lines else "")
    return int(any(found.layout.startswith("none") for found in done))


if __name__ == "__main__":
    sys.exit(main())
