"""Data races against other libraries; writes docs/performance.md.

Each case runs in a process of its own: once on small material, so that libraries are loaded, then timed on the real
one. Results are held against ours before anything is timed. The cases take turns, so that a busy moment of the machine
hits all of them. A library that is not installed, or whose result is another, is named with the reason.

Run: OMP_NUM_THREADS=1 python benchmarks/run_races.py [--scale 1] [--repeats 5] [--only series] [--out FILE]
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import gc
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from races import conformed, patches, series, slices, streams, tiles, windows
from races.base import OURS, Arrays, Race

RACES: dict[str, Race] = {
    "series": series.RACE,
    "conformed": conformed.RACE,
    "slice": slices.ONE,
    "slices": slices.MANY,
    "stream": streams.race(0),
    "stream2": streams.race(2),
    "tiles": tiles.RACE,
    "windows": windows.RACE,
    "patches": patches.RACE,
}
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
WARM_SCALE = 0.02
MOST_SECONDS = 300
MIB = 1024  # of /proc's kB
RESET_PEAK = "5"
AHEAD = 0.97  # of our time; between this and its inverse is a tie on a shared machine


@dataclass
class Lap:
    """What one library needed: seconds, those of the processor, and MiB of each repeat, or why there are none."""

    seconds: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)
    work_mib: list[float] = field(default_factory=list)
    reason: str | None = None


def memory_mib(name: str) -> float:
    """A line of this process's status, `VmRSS` or `VmHWM`."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / MIB for line in lines if line.startswith(f"{name}:"))


def processor_seconds() -> float:
    """Of this process and of its children that have ended."""
    return sum(os.times()[:4])


def run_case(name: str, library: str, folder: Path, keep: Path | None) -> None:
    """One case in this process: warm up, do it, print what it took."""
    case = RACES[name].cases[library]
    with contextlib.redirect_stdout(sys.stderr):
        case(folder / "warm")
        gc.collect()
        Path("/proc/self/clear_refs").write_text(RESET_PEAK)
        before, began, worked = memory_mib("VmRSS"), time.perf_counter(), processor_seconds()
        found = case(folder / "full")
        seconds, busy, peak = time.perf_counter() - began, processor_seconds() - worked, memory_mib("VmHWM")
    if keep is not None:
        np.savez(keep, **found)
    print(json.dumps({"seconds": seconds, "busy": busy, "peak_mib": peak, "work_mib": peak - before}))


def in_child(name: str, library: str, folder: Path, keep: Path | None = None) -> dict[str, Any]:
    """A case in a fresh process.

    Raises:
        RuntimeError: it failed; the message is its last line.
    """
    command = [sys.executable, "-W", "ignore", __file__, "--child", name, library, str(folder)]
    command += [str(keep)] if keep else []
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"took longer than {MOST_SECONDS} s") from error
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no message"])[-1])
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def run_race(name: str, scale: float, repeats: int) -> dict[str, Lap]:
    """Make the material, compare results, then time those that are equal."""
    race = RACES[name]
    laps = {library: Lap() for library in race.cases}
    with tempfile.TemporaryDirectory(prefix=f"race-{name}-") as temporary:
        folder = Path(temporary)
        for part, size in (("warm", WARM_SCALE), ("full", scale)):
            (folder / part).mkdir()
            with contextlib.redirect_stdout(sys.stderr):
                race.make(folder / part, size)
        compare(name, folder, laps)
        for _ in range(repeats):
            for library, lap in laps.items():
                if lap.reason is None:
                    took = in_child(name, library, folder)
                    lap.seconds.append(took["seconds"])
                    lap.busy.append(took["busy"])
                    lap.peak_mib.append(took["peak_mib"])
                    lap.work_mib.append(took["work_mib"])
    return laps


def compare(name: str, folder: Path, laps: dict[str, Lap]) -> None:
    """Hold each result against ours; a reason where it cannot be had or differs."""
    ours: Arrays = {}
    for library, lap in laps.items():
        kept = folder / "result.npz"
        try:
            in_child(name, library, folder, kept)
        except RuntimeError as error:
            if library == OURS:
                raise
            lap.reason = str(error)
            continue
        with np.load(kept, allow_pickle=False) as file:
            found = dict(file)
        if library == OURS:
            ours = found
        else:
            lap.reason = RACES[name].differs(ours, found)


def rows(laps: dict[str, Lap]) -> list[str]:
    """The table of one race."""
    ours = statistics.median(laps[OURS].seconds)
    lines = ["| library | seconds, median (least to most) | time beside ours | processor s | peak MiB | the work's |"]
    lines += ["| --- | --- | --: | --: | --: | --: |"]
    for library, lap in laps.items():
        if lap.reason is not None:
            lines.append(f"| {library} | not timed: {lap.reason} | | | | |")
            continue
        middle = statistics.median(lap.seconds)
        spread = f"{middle:.3f} ({min(lap.seconds):.3f} to {max(lap.seconds):.3f})"
        peak, work = (statistics.median(sizes) for sizes in (lap.peak_mib, lap.work_mib))
        busy = f"{min(lap.busy):.2f}"
        lines.append(f"| {library} | {spread} | {middle / ours:.2f} | {busy} | {peak:.0f} | {work:.0f} |")
    return lines


def verdict(laps: dict[str, Lap]) -> str:
    """Who is ahead, in a line."""
    ours = statistics.median(laps[OURS].seconds)
    ratios = {name: statistics.median(lap.seconds) / ours for name, lap in laps.items() if lap.seconds and name != OURS}
    if not ratios:
        return "No other library was timed."
    behind = [name for name, ratio in ratios.items() if ratio < AHEAD]
    level = [name for name, ratio in ratios.items() if AHEAD <= ratio <= 1 / AHEAD]
    if behind:
        return f"Behind {', '.join(behind)}."
    return f"Level with {', '.join(level)}." if level else "Ahead of every library that was timed."


def versions(race: Race) -> str:
    """The distributions behind a race's libraries."""
    found = {}
    for name in ("numpy", "torch", *(name for names in race.packages.values() for name in names)):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return ", ".join(f"{name} {version}" for name, version in found.items())


def section(name: str, laps: dict[str, Lap]) -> list[str]:
    """A race's part of the page."""
    race = RACES[name]
    title = race.title[0].upper() + race.title[1:]
    return [f"## {title}", "", *rows(laps), "", f"{verdict(laps)} {race.note}", "", f"Versions: {versions(race)}.", ""]


def page(sections: list[str], args: argparse.Namespace) -> str:
    """The page."""
    today, threads = datetime.date.today().isoformat(), os.environ.get("OMP_NUM_THREADS", "not limited")
    call = f"OMP_NUM_THREADS={threads} python benchmarks/run_races.py"
    call += f" --scale {args.scale:g}" if args.scale != 1 else ""
    call += f" --repeats {args.repeats}" if args.repeats != 5 else ""
    call += f" --only {' '.join(args.only)}" if list(args.only) != list(RACES) else ""
    call += f" --out {args.out}" if args.out != PAGE else ""
    head = [
        "# Performance",
        "",
        "The same work done by this package and by others. Written by the command:",
        "",
        "```sh",
        "pip install monai itk torchio SimpleITK dicom2nifti webdataset litdata openslide-bin openslide-python",
        call,
        "```",
        "",
        f"{today}, Python {platform.python_version()}, {os.cpu_count()} cores, OMP_NUM_THREADS {threads}, material of "
        f"{args.scale:g} times the sizes in the titles. Each result was held against ours first. Each time is the "
        f"median of {args.repeats} fresh processes, the libraries taking turns, after a small warm-up in each; files "
        "are in the system's cache. A ratio above 1 means that the library takes longer than ours. Seconds of the "
        "processor are those of the cheapest process and its children, whatever else the machine does. Peak memory is "
        "that of the process during the work, with its libraries; the last column leaves out what it had before.",
        "",
    ]
    return "\n".join([*head, *sections]).rstrip() + "\n"


def main() -> None:
    """Run the races and write the page."""
    if sys.argv[1:2] == ["--child"]:
        name, library, folder, *kept = sys.argv[2:]
        run_case(name, library, Path(folder), Path(kept[0]) if kept else None)
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="of the material's size")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=RACES, default=list(RACES), help="these races")
    parser.add_argument("--out", type=Path, default=PAGE, help="where the page goes")
    args = parser.parse_args()
    sections = []
    for name in args.only:
        found = section(name, run_race(name, args.scale, args.repeats))
        print("\n".join(found), flush=True)
        sections += found
    args.out.write_text(page(sections, args), encoding="utf-8")


if __name__ == "__main__":
    main()
