"""What a finished run leaves: the model, its card, what could be guessed without it, and the record."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from polyclinic.cards import Card
from polyclinic.study import Study
from polyclinic.training.record import loss_curve, write_record

FINAL = "final"
NOTICE = "This is research software and not a medical device. Do not use it for diagnosis or treatment."


def finish(run: Path, model: Any, card: Card, studies: Sequence[Study], record: Mapping[str, Any]) -> dict[str, Any]:
    """Move everything into place; `run.json`, written last, makes the run a finished one.

    Returns:
        The record as written.

    Raises:
        CheckpointError: something cannot be written; the run can be resumed.
    """
    from polyclinic.evaluation.priors import Priors
    from polyclinic.training.checkpoint import FOLDER, write_folder  # brings torch; a server needs NOTICE alone

    priors = Priors.from_studies(studies)
    done = {**record, "state": "finished", "curve": loss_curve(run)}

    def fill(folder: Path) -> None:
        model.save_pretrained(folder)
        priors.save(folder)
        (folder / "README.md").write_text(model_card(card, done), "utf-8")

    final = run / FOLDER / FINAL
    write_folder(final, fill)
    for path in sorted(final.iterdir(), key=lambda path: path.name == "model.safetensors"):
        path.replace(run / path.name)
    write_record(run, done)
    shutil.rmtree(run / FOLDER)
    return done


def model_card(card: Card, record: Mapping[str, Any]) -> str:
    """README.md of a trained model."""
    trained = record["timings"]
    minutes = trained["training_s"] / 60
    lines = [
        f"# {card.title}",
        "",
        f"System `{card.id}`, preset `{record['preset']}`, {record['parameters']:,} parameters.",
        f"Trained by `polyclinic fit` on {record['samples']} studies of `{record['data']}` "
        f"(split {record['split']}), {record['step']} steps in {minutes:.1f} minutes, seed {record['seed']}.",
        *([f"Of these data: {record['note']}"] if record.get("note") else []),
        "",
        f"Verbs: {', '.join(card.verbs)}.",
        "",
        f"**{NOTICE}**",
        "",
        "- `run.json`: configuration, versions, data checksum, hardware, loss curve. `loss.csv`: losses step by step.",
        "- `priors.json`: what could be guessed from the training data without looking at an image.",
        "",
    ]
    return "\n".join(lines)
