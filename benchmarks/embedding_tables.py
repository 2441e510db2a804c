"""Image-text retrieval, zero-shot and probe tables of encoders on small real sets; writes docs/embedding-tables.md.

    python benchmarks/embedding_tables.py ../shared/data [--systems convirt ...] [--minutes 4] [--out runs/tables]

Each system is trained on the training subjects of each set by `polyclinic fit` and assessed on its test subjects by
`polyclinic assess`, beside the same system untrained. The bag of pixels goes through the same probe. A run or an
assessment that is there is kept; `tables.json` in the --out folder holds what the page shows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "embedding-tables.md"
# Those that have both texts, without which a dual encoder learns nothing, and labels.
SETS = ("covid-cxr", "covid-ct", "figure1-cxr")
PROTOCOLS = ("search", "zero_shot", "probe", "neighbours")
ENDINGS = ("recall_at_10", "balanced_accuracy", "auroc", "auroc_of_pixels", "auroc_over_pixels")
HEAD = ("set", "system", "score", "trained", "95 % interval", "untrained", "95 % interval", "baseline", "n")


@dataclass(frozen=True)
class Place:
    """Where the runs of one system on one set lie."""

    data: Path
    system: str
    out: Path

    def run(self, state: str) -> Path:
        """The folder of the `trained` or the `untrained` model."""
        return self.out / f"{self.data.name}-{self.system}-{state}"


def polyclinic(*words: str) -> None:
    """Run one command, shown as a user would type it."""
    print("$ polyclinic", *words, flush=True)
    subprocess.run([sys.executable, "-m", "polyclinic.cli", *words], check=True)


def untrained(place: Place, seed: int = 0) -> None:
    """Save the system as it is before its first step."""
    import torch

    from polyclinic import registry
    from polyclinic.layouts import open_folder

    module = registry.load(place.system)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        studies = open_folder(place.data).split("train")
        module.Model.from_studies(module.PRESETS["nano"], studies).save_pretrained(place.run("untrained"))


def scores_of(place: Place, state: str, minutes: float) -> dict[str, Any]:
    """Make the model and assess it, where that has not been done."""
    run = place.run(state)
    scores = run / "assessment" / "scores.json"
    if not scores.is_file():
        if state == "untrained":
            untrained(place)
        else:
            polyclinic("fit", place.system, str(place.data), "--out", str(run), "--minutes", str(minutes))
        words = ("assess", str(run), str(place.data), "--out", str(scores.parent), "--protocols", *PROTOCOLS)
        polyclinic(*words)
    found: dict[str, Any] = json.loads(scores.read_text("utf-8"))
    return {name: score for name, score in found.items() if name.endswith(ENDINGS)}


def rows_of(place: Place, minutes: float) -> list[dict[str, Any]]:
    """One row a score: trained beside untrained."""
    trained, fresh = (scores_of(place, state, minutes) for state in ("trained", "untrained"))
    return [
        {"set": place.data.name, "system": place.system, "score": name, "trained": score, "untrained": fresh.get(name)}
        for name, score in trained.items()
    ]


def line(row: dict[str, Any]) -> str:
    """One line of the page's table."""
    cells = [row["set"], row["system"], f"`{row['score']}`"]
    for state in ("trained", "untrained"):
        score = row[state] or {}
        cells += [shown(score.get("value")), f"{shown(score.get('low'))} to {shown(score.get('high'))}"]
    return "| " + " | ".join([*cells, shown(row["trained"]["baseline"]), str(row["trained"]["n"])]) + " |"


def shown(value: float | None) -> str:
    """Three decimals; a dash for what does not exist."""
    return "-" if value is None else f"{value:.3f}"


def page(rows: list[dict[str, Any]], minutes: float, command: str) -> str:
    """The whole page."""
    return "\n".join(
        [
            "# Embeddings on small real sets",
            "",
            f"Each system, preset `nano`, was trained from random weights for {minutes:g} minutes on the training",
            "subjects of each set and assessed on its test subjects; *untrained* is the same system before its first",
            "step. Intervals are bootstrapped over subjects. The rows `auroc_of_pixels` show 32 x 32 grey pixels",
            "through the same probe, `auroc_over_pixels` the paired difference. Made by:",
            "",
            "```sh",
            command,
            "```",
            "",
            "| " + " | ".join(HEAD) + " |",
            "|" + "---|" * len(HEAD),
            *map(line, rows),
            "",
        ]
    )


def main() -> None:
    """Run what is asked for and write JSON and page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--systems", nargs="+", default=["convirt"])
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--out", type=Path, default=Path("runs/tables"))
    parser.add_argument("--page", type=Path, default=PAGE)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    places = [Place(args.data / folder, system, args.out) for folder in args.sets for system in args.systems]
    rows = [row for place in places for row in rows_of(place, args.minutes)]
    (args.out / "tables.json").write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
    options = f"--systems {' '.join(args.systems)} --sets {' '.join(args.sets)} --minutes {args.minutes:g}"
    text = page(rows, args.minutes, f"python benchmarks/embedding_tables.py DATA {options}")
    args.page.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
