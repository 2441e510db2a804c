"""The template: a small classifier that sees each picture beside its own mirror image.

What a body's two sides have in common is no finding. So the picture comes with a second channel, what parts it
from its mirror image, and a convolutional pyramid with one output a finding reads both. What is its own: the
second channel.

Try: `polyclinic prove template`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.base import Trial
from polyclinic.bodies.framing import to_square
from polyclinic.cards import Card, Claim
from polyclinic.errors import CheckpointError, TrainingError
from polyclinic.metrics.classification import auroc
from polyclinic.parts.vision.pyramid import PyramidEncoder
from polyclinic.records import from_plain, to_plain
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="template",
    title="A classifier that compares the sides of a picture",
    verbs=("classify",),
    kinds=("classifier",),
    year=2026,
    checked="shape",
)

CLAIM = Claim(
    says="A channel that compares a film with its mirror image finds more in little training.",
    metric="mean AUROC over the findings of held-out patients",
    direction="higher",
    smallest=0.01,
    arms=("nano", "no-mirror"),
    steps=150,
)


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        widths: channels of the encoder's stages, from stride 4 on.
        mirror: whether the second channel compares; if not, it repeats the picture.
        batch: samples a step.
    """

    image_size: int = 64
    widths: tuple[int, ...] = (16, 32, 48)
    mirror: bool = True
    steps: int = 400
    batch: int = 32
    learning_rate: float = 2e-3


PRESETS = {"nano": Config(), "no-mirror": Config(mirror=False)}


@dataclass(frozen=True)
class Description:
    """What `config.json` holds: all that the weights need besides themselves."""

    system: str
    config: Config
    names: tuple[str, ...]


class FindingView:
    """A Study as its first picture and what is known of each finding, NaN where nothing is."""

    def __init__(self, studies: Sequence[Study], names: Sequence[str], image_size: int) -> None:
        self.studies, self.names, self.image_size = studies, names, image_size

    def __len__(self) -> int:
        return len(self.studies)

    def sample(self, index: int, rng: np.random.Generator) -> dict[str, Any]:
        """Picture and findings of one Study."""
        study = self.studies[index]
        known = {finding.name: finding.present for finding in study.findings}
        truth = [np.nan if known.get(name) is None else float(bool(known[name])) for name in self.names]
        return {"picture": picture(study, self.image_size), "truth": truth}

    def collate(self, samples: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """Samples to tensors."""
        pictures = torch.from_numpy(np.stack([sample["picture"] for sample in samples]))
        return {"pictures": pictures, "truth": torch.tensor([sample["truth"] for sample in samples])}


class Model(nn.Module):
    """The whole system: an encoder over picture and comparison, and one output for each finding."""

    def __init__(self, config: Config, names: Sequence[str]) -> None:
        super().__init__()
        self.config, self.names = config, tuple(names)
        self.encoder = PyramidEncoder(channels=2, widths=config.widths, depths=(1,) * len(config.widths))
        self.head = nn.Linear(2 * config.widths[-1], len(names))
        self.derived: dict[str, Any] = {"names": list(names)}

    @classmethod
    def from_studies(cls, config: Config, studies: Sequence[Study]) -> Model:
        """A fresh model for the findings that the Studies know of.

        Raises:
            TrainingError: they know of none.
        """
        names = sorted({finding.name for study in studies for finding in study.findings})
        if not names:
            raise TrainingError("no Study has a finding", hint="polyclinic data inspect DATA says what there is")
        return cls(config, names)

    def view(self, studies: Sequence[Study]) -> FindingView:
        """How it looks at Studies while it trains; those without a picture are left out."""
        return FindingView([study for study in studies if study.images], self.names, self.config.image_size)

    def logits(self, pictures_BYX: Tensor) -> Tensor:
        """One logit for each picture and finding."""
        image_BYX = pictures_BYX.float() / 127.5 - 1
        second_BYX = image_BYX - image_BYX.flip(2) if self.config.mirror else image_BYX
        last_BEYX = self.encoder(torch.stack([image_BYX, second_BYX], 1))[-1]
        logits_BK: Tensor = self.head(torch.cat([last_BEYX.mean((2, 3)), last_BEYX.amax((2, 3))], 1))
        return logits_BK

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Binary cross-entropy in nats over what is known."""
        logits_BK, truth_BK = self.logits(batch["pictures"]), batch["truth"]
        known_BK = ~truth_BK.isnan()
        losses_BK = F.binary_cross_entropy_with_logits(logits_BK, truth_BK.nan_to_num(), reduction="none")
        return {"loss": (losses_BK * known_BK).sum() / known_BK.sum().clamp(min=1)}

    @torch.inference_mode()
    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]:
        """The probability of each finding; a half, which tells nothing, of a name that training did not meet."""
        if not studies:
            return []
        pictures = np.stack([picture(study, self.config.image_size) for study in studies])
        scores_BK = self.logits(torch.from_numpy(pictures).to(self.head.weight.device)).sigmoid().tolist()
        rows = [dict(zip(self.names, scores, strict=True)) for scores in scores_BK]
        return [{name: row.get(name, 0.5) for name in names} for row in rows]

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors`."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.state_dict(), folder / "model.safetensors")
        described = to_plain(Description(CARD.id, self.config, self.names))
        (folder / "config.json").write_text(json.dumps(described, ensure_ascii=False, indent=2) + "\n", "utf-8")

    @classmethod
    def from_pretrained(cls, folder: Path) -> Model:
        """Read what `save_pretrained` wrote.

        Raises:
            CheckpointError: files are missing, damaged, or do not fit together.
        """
        try:
            stored = json.loads((folder / "config.json").read_text("utf-8"))
            described = from_plain(Description, stored, "config.json")
            model = cls(described.config, described.names)
            model.load_state_dict(load_file(folder / "model.safetensors"))
        except (OSError, RuntimeError, ValueError, RecursionError, SafetensorError) as error:
            raise CheckpointError(f"{folder} holds no model of {CARD.id}: {error}") from error
        return model.eval()


def picture(study: Study, size: int) -> np.ndarray:
    """A Study's first image as a grey square (size, size); black where it has none."""
    return to_square(study.images[0].pixels, size, 1)[0][0] if study.images else np.zeros((size, size), np.uint8)


def stages(config: Config) -> list[Stage]:
    """Everything is trained at once."""
    return [Stage("all", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate)]


def claim(arm: str, trial: Trial) -> float:
    """Mean AUROC of a preset over the findings of patients that it was not trained on."""
    model = trial.fit(arm, trial.patients("chest", 200))
    studies = trial.patients("chest", 200, held_out=True)
    scores = model.classify(studies, model.names)
    return float(np.nanmean([_area(studies, scores, name) for name in model.names]))


def _area(studies: Sequence[Study], scores: Sequence[dict[str, float]], name: str) -> float:
    known = [{finding.name: finding.present for finding in study.findings}.get(name) for study in studies]
    pairs = [(truth, row[name]) for truth, row in zip(known, scores, strict=True) if truth is not None]
    return float(auroc(np.array([truth for truth, _ in pairs]), np.array([score for _, score in pairs]))[0])
