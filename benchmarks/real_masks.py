"""Trains every segmentation system of pictures and MONAI's BasicUNet on small real sets; writes docs/segmentation.md.

    python benchmarks/real_masks.py ../shared/data [SET ...] [--systems ID ...] [--out runs/masks] [--minutes 3]

All get the same training split and minutes, by the plain commands a user would type; a run that is already finished
is kept. Each is shown with its Dice on the held-out split, and with its lead over the better of the two BasicUNets:
the mean difference over the same images and names, with its interval over subjects.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from polyclinic import registry
from polyclinic.evaluation.assess import SCORES, read_rows
from polyclinic.evaluation.segmentation import NAME, mask_of
from polyclinic.metrics.bootstrap import Interval, interval_of_mean
from polyclinic.metrics.masks import dice

PAGE = Path(__file__).parents[1] / "docs" / "segmentation.md"
REFERENCE = Path(__file__).parent / "reference"
SETS = ("dsb2018-nuclei", "retina-vessels", "msd-hippocampus")
REFERENCES = ("monai-basicunet", "monai-basicunet@default")
Key = tuple[str, str]


@dataclass(frozen=True)
class Result:
    """What a system did on a set.

    Args:
        dice: (study, name) -> subject and Dice, for names that the reference mask has.
        reason: why there is nothing.
    """

    system: str
    dice: dict[Key, tuple[str, float]]
    steps: int = 0
    reason: str | None = None

    @property
    def mean(self) -> float:
        """Mean Dice; NaN where there is none."""
        return float(np.mean([value for _, value in self.dice.values()])) if self.dice else math.nan


def systems_of_pictures() -> list[str]:
    """Every segmentation system whose nano preset takes pictures, and the references."""
    found = []
    for ident, entry in registry.systems().items():
        if "segmentation" in entry.card.kinds and "nano" in entry.presets and ident not in REFERENCES:
            module = importlib.import_module(entry.module)
            if not module.Model.sees_volumes(module.PRESETS["nano"]):
                found.append(ident)
    return [*REFERENCES, *found]


def polyclinic(*words: str) -> str | None:
    """Run one command, shown as a user would type it; the last line of what it complains of where it fails."""
    print("$ polyclinic", *words, flush=True)
    path = os.pathsep.join([str(REFERENCE), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "polyclinic.cli", *words],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return (done.stderr.strip().splitlines() or ["no message"])[-1] if done.returncode else None


def measured(system: str, data: Path, run: Path, minutes: float) -> Result:
    """Fit and assess a system, `ID` or `ID@PRESET`, on a set."""
    ident, _, preset = system.partition("@")
    options = ("--preset", preset or "nano", "--minutes", f"{minutes:g}")
    if reason := polyclinic("fit", ident, str(data), "--out", str(run), *options):
        return Result(system, {}, reason=reason)
    out = run / "assessment"
    if not (out / SCORES).is_file() and (
        reason := polyclinic("assess", str(run), str(data), "--out", str(out), "--protocols", NAME)
    ):
        return Result(system, {}, reason=reason)
    return read(system, run)


def read(system: str, run: Path) -> Result:
    """What a run that was assessed did."""
    rows = [row for row in read_rows(run / "assessment")[NAME] if row["reference"]]
    scores = {
        (row["study"], row["name"]): (row["subject"], dice(mask_of(row, "reference"), mask_of(row, "predicted")))
        for row in rows
    }
    return Result(system, scores, json.loads((run / "run.json").read_text("utf-8"))["step"])


def lead(one: Result, other: Result) -> Interval:
    """How far a system is ahead of another on the same images and names."""
    keys = sorted(one.dice.keys() & other.dice.keys())
    differences = np.array([one.dice[key][1] - other.dice[key][1] for key in keys])
    return interval_of_mean(differences, [one.dice[key][0] for key in keys])


def rows(data: str, results: list[Result]) -> list[str]:
    """A set's lines, the best first."""
    bar = max((each for each in results if each.system in REFERENCES and each.dice), key=lambda r: r.mean, default=None)
    return [_row(data, each, bar) for each in sorted(results, key=lambda r: -math.inf if not r.dice else -r.mean)]


def _row(data: str, result: Result, bar: Result | None) -> str:
    if not result.dice:
        return f"| {data} | `{result.system}` | | not measured: {result.reason} | | |"
    values = np.array([value for _, value in result.dice.values()])
    own = interval_of_mean(values, [subject for subject, _ in result.dice.values()])
    cells = [data, f"`{result.system}`", str(result.steps), _shown(own)]
    if bar is None or result is bar:
        return "| " + " | ".join([*cells, "", "the bar" if bar else ""]) + " |"
    ahead = lead(result, bar)
    verdict = "ahead" if ahead.low > 0 else "behind" if ahead.high < 0 else "not told apart"
    return "| " + " | ".join([*cells, _shown(ahead, "+"), verdict]) + " |"


def _shown(interval: Interval, sign: str = "") -> str:
    return f"{interval.value:{sign}.3f} ({interval.low:{sign}.3f} to {interval.high:{sign}.3f})"


def page(lines: Iterable[str], minutes: float) -> str:
    """The whole of docs/segmentation.md."""
    import monai
    import torch

    head = ["set", "system", "steps", "Dice", "ahead of BasicUNet by", ""]
    return "\n".join(
        [
            "# Segmentation on real images",
            "",
            "Every segmentation system that takes pictures, preset `nano`, trained from random weights for",
            f"{minutes:g} minutes on the training split of small real sets and measured on the test split, beside",
            f"MONAI's `BasicUNet` (MONAI {monai.__version__}, torch {torch.__version__}) with the same patches, split",
            "and minutes, once with 16 channels at its finest level and once with its own 32. Made by:",
            "",
            "```sh",
            f"make masks MINUTES={minutes:g}",
            "```",
            "",
            "Dice is the mean over images and names; intervals are bootstrapped over subjects. The lead is the mean",
            "difference from the better BasicUNet on the same images. Volumes are drawn plane by plane. Sets of three",
            "to five images (`kvasir-seg-mini`, `tumour-mr`, `imc-pancreas`) are too small to learn from.",
            "",
            "| " + " | ".join(head) + " |",
            "|" + "---|" * len(head),
            *lines,
            "",
        ]
    )


def main() -> None:
    """Run what is asked for and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--systems", nargs="+", metavar="ID", help="ID or ID@PRESET (default: all, and the references)")
    parser.add_argument("--out", type=Path, default=Path("runs/masks"))
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--page", type=Path, default=PAGE)
    args = parser.parse_args()
    sys.path.append(str(REFERENCE))  # its entry point makes MONAI's network a system
    lines: list[str] = []
    for name in args.sets:
        chosen = args.systems or systems_of_pictures()
        runs = {each: args.out / name / each.replace("@", "-") for each in chosen}
        lines += rows(name, [measured(each, args.data / name, run, args.minutes) for each, run in runs.items()])
        print("\n".join(lines), flush=True)
    args.page.write_text(page(lines, args.minutes), "utf-8")


if __name__ == "__main__":
    main()
