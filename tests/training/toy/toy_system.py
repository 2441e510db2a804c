"""A system as small as can be: a line through two numbers on a Study's labels, with dropout and two stages."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from polyclinic.cards import Card
from polyclinic.errors import ReadError
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="toy",
    title="A toy",
    verbs=("classify",),
    kinds=("toy",),
    year=2026,
    checked="shape",
    published={"parameters": 194},
)


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        width: hidden units.
        pause_s: seconds a forward pass takes
            at least.
    """

    width: int = 16
    pause_s: float = 0.0
    batch: int = 8
    accumulate: int = 1
    steps: int = 30
    learning_rate: float = 0.05
    ema: float | None = None
    break_from: int | None = None
    fail: str | None = None
    sizes: tuple[int, ...] = (1, 2)
    shuffle: bool = True


PRESETS = {"nano": Config(), "wide": Config(width=64)}


class ToyView:
    def __init__(self, studies: Sequence[Study], config: Config) -> None:
        self.rows = [(float(study.labels["a"]), float(study.labels["b"])) for study in studies]
        self.config = config

    def __len__(self) -> int:
        return len(self.rows)

    def sample(self, index: int, rng: np.random.Generator) -> dict[str, Any]:
        if self.config.fail == "value":
            raise ValueError("no such thing")
        if self.config.fail == "read":
            raise ReadError("scan.png is truncated", hint="copy it again")
        if self.config.fail == "die":
            import os

            os._exit(3)
        a, b = self.rows[index]
        return {"x": [a, float(rng.normal())], "y": b, "index": index}

    def collate(self, samples: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        return {name: torch.tensor([sample[name] for sample in samples]) for name in ("x", "y", "index")}


class Model(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.body = nn.Sequential(nn.Linear(2, config.width), nn.BatchNorm1d(config.width), nn.GELU(), nn.Dropout(0.2))
        self.head = nn.Linear(config.width, 1)
        self.unused = nn.Linear(1, 1)
        self.calls = 0
        self.derived: dict[str, Any] = {"width": config.width}

    @classmethod
    def from_studies(cls, config: Config, studies: Sequence[Study]) -> Model:
        return cls(config)

    def load_compatible(self, folder: Path) -> None:
        self.load_state_dict(load_file(folder / "model.safetensors"))

    def view(self, studies: Sequence[Study]) -> ToyView:
        return ToyView(studies, self.config)

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        time.sleep(self.config.pause_s)
        self.calls += 1
        loss = (self.head(self.body(batch["x"].float()))[:, 0] - batch["y"]).square().mean()
        if self.config.break_from is not None and self.calls > self.config.break_from:
            loss = loss * float("nan")
        return {"loss": loss, "half": loss / 2}

    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]:
        return [dict.fromkeys(names, 0.5) for _ in studies]

    def save_pretrained(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.state_dict(), folder / "model.safetensors")
        (folder / "config.json").write_text(json.dumps({"system": "toy", "config": asdict(self.config)}))

    @classmethod
    def from_pretrained(cls, folder: Path) -> Model:
        values = json.loads((folder / "config.json").read_text())["config"]
        model = cls(Config(**values | {"sizes": tuple(values["sizes"])}))
        model.load_state_dict(load_file(folder / "model.safetensors"))
        return model.eval()


def build_meta(config: Config) -> nn.Module:
    return Model(config)


def stages(config: Config) -> list[Stage]:
    first = Stage(
        "head",
        config.steps,
        config.batch,
        config.learning_rate,
        accumulate=config.accumulate,
        trainable=lambda model: model.head.parameters(),
    )
    return [
        first,
        Stage(
            "all",
            2 * config.steps,
            config.batch,
            config.learning_rate / 2,
            accumulate=config.accumulate,
            ema=config.ema,
        ),
    ]
