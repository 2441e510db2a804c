"""Writes README's table of scores from two assessments on the demo's test phantoms.

    make demo scores

The first is that of the model that the demo trains, the second that of the shipped checkpoint.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- scores -->\n", "<!-- /scores -->"
NAMES = (
    "questions.closed.balanced_accuracy",
    "questions.open.exact_match",
    "reports.finding_f1",
    "segmentation.organs.dice",
    "segmentation.findings.dice",
    "find.findings.ap50",
    "search.text_to_image.recall_at_10",
    "classification.auroc",
)


def row(name: str, demo: dict[str, Any], shipped: dict[str, Any]) -> str:
    """One line: both models with their intervals, then what needs no image."""
    cells = [f"{s['value']:.3f} ({s['low']:.3f} to {s['high']:.3f})" for s in (demo[name], shipped[name])]
    cells += ["-" if demo[name][key] is None else f"{demo[name][key]:.3f}" for key in ("baseline", "blind")]
    return f"| `{name}` | " + " | ".join(cells) + " |"


def main() -> None:
    """Read both files and fill the block."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("demo", type=Path, help="scores.json of the demo's model")
    parser.add_argument("shipped", type=Path, help="scores.json of the shipped checkpoint")
    args = parser.parse_args()
    demo, shipped = (json.loads(path.read_text("utf-8")) for path in (args.demo, args.shipped))
    head = "| score | demo | `generalist-nano` | baseline | demo, without the image |\n| --- | --- | --- | --- | --- |"
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join([head, *(row(name, demo, shipped) for name in NAMES)])
    README.write_text(f"{before}{BEGIN}{table}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
