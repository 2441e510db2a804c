"""Fits the generalist on each small real set, assesses it on the held-out split, and writes docs/results.md.

    python benchmarks/real_sets.py ../shared/data [SET ...] [--out runs/real] [--minutes 9]

Every set is fitted by the plain commands a user would type; a run that is already finished is kept. The
table shows each main score with its 95 % interval over subjects beside the trivial baseline, and whether
the interval leaves the baseline out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "results.md"


@dataclass(frozen=True)
class Trial:
    """One set, how it is fitted, and which of its scores are shown.

    Args:
        options: added to `polyclinic fit`.
        scores: names in scores.json, the main one first.
        lower_is_better: names among them.
    """

    folder: str
    scores: tuple[str, ...]
    options: tuple[str, ...] = ()
    lower_is_better: tuple[str, ...] = ("find.count_error",)


TRIALS = (
    Trial("bccd", ("find.cells.ap50", "find.count_error")),
    Trial("covid-ct", ("classification.auroc", "search.text_to_image.recall_at_10")),
    Trial("covid-cxr", ("find.organs.ap50", "classification.auroc", "search.text_to_image.recall_at_10")),
    Trial("dsb2018-nuclei", ("segmentation.cells.dice", "find.cells.ap50", "find.count_error")),
    Trial("retina-vessels", ("segmentation.organs.dice", "classification.auroc")),
    Trial("vqa-rad", ("questions.closed.balanced_accuracy", "questions.open.exact_match")),
    Trial("msd-hippocampus", ("segmentation.organs.dice",)),
)


def polyclinic(*words: str) -> None:
    """Run one command, shown as a user would type it."""
    print("$ polyclinic", *words, flush=True)
    subprocess.run([sys.executable, "-m", "polyclinic.cli", *words], check=True)


def scores_of(trial: Trial, data: Path, out: Path, minutes: float) -> dict[str, Any]:
    """Inspect, fit and assess one set; its scores.json."""
    folder, run = data / trial.folder, out / trial.folder
    polyclinic("data", "inspect", str(folder))
    polyclinic("fit", "generalist", str(folder), "--out", str(run), "--minutes", str(minutes), *trial.options)
    polyclinic("assess", str(run), str(folder), "--split", "test", "--out", str(run / "assessment"))
    found: dict[str, Any] = json.loads((run / "assessment" / "scores.json").read_text("utf-8"))
    return found


def row(trial: Trial, name: str, score: dict[str, Any]) -> str:
    """One line of the table."""
    value, low, high, baseline, blind = (score.get(key) for key in ("value", "low", "high", "baseline", "blind"))
    cells = [trial.folder, f"`{name}`", shown(value), f"{shown(low)} to {shown(high)}", shown(baseline), shown(blind)]
    return "| " + " | ".join([*cells, verdict(trial, name, score), str(score.get("n"))]) + " |"


def verdict(trial: Trial, name: str, score: dict[str, Any]) -> str:
    """Whether the interval leaves the baseline out, on the better side."""
    if score.get("baseline") is None or score.get("low") is None:
        return "no baseline"
    if name in trial.lower_is_better:
        better, worse = score["high"] < score["baseline"], score["low"] > score["baseline"]
    else:
        better, worse = score["low"] > score["baseline"], score["high"] < score["baseline"]
    return "better" if better else "worse" if worse else "not told apart"


def shown(value: float | None) -> str:
    """Three decimals, or a dash."""
    return "-" if value is None else f"{value:.3f}"


def page(rows: list[str], minutes: float) -> str:
    """The whole of docs/results.md."""
    head = ["set", "score", "value", "95 % interval", "baseline", "blind", "against the baseline", "n"]
    return "\n".join(
        [
            "# Results on real images",
            "",
            "The `generalist`, preset `nano`, trained from random weights on the training split of each small",
            f"real set for {minutes:g} minutes on two CPU cores and assessed on its held-out test split. Made by:",
            "",
            "```sh",
            f"make results MINUTES={minutes:g}",
            "```",
            "",
            "Intervals are bootstrapped over subjects. *Baseline* is the majority, prior or chance answer fitted on",
            "the training split; *blind* is the same model asked without the image. These are tiny excerpts and",
            "tiny models: the table shows that the way works from folder to score, not what the sets allow. *Not told",
            "apart* means that the held-out part is too small, or the model too weak, for the interval to leave the",
            "baseline out; n is the number of items, not of subjects.",
            "",
            "| " + " | ".join(head) + " |",
            "|" + "---|" * len(head),
            *rows,
            "",
        ]
    )


def main() -> None:
    """Run the trials asked for and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="*", default=[trial.folder for trial in TRIALS])
    parser.add_argument("--out", type=Path, default=Path("runs/real"))
    parser.add_argument("--minutes", type=float, default=9)
    args = parser.parse_args()
    rows = []
    for trial in (trial for trial in TRIALS if trial.folder in args.sets):
        scores = scores_of(trial, args.data, args.out, args.minutes)
        rows += [row(trial, name, scores[name]) for name in trial.scores if name in scores]
        print("\n".join(rows), flush=True)
    PAGE.write_text(page(rows, args.minutes), "utf-8")


if __name__ == "__main__":
    main()
