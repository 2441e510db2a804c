"""MONAI's BasicUNet on this package's segmentation body: what every system of ours is held against.

Patches, loss, optimiser, split and budget are those of the others; the network alone is MONAI's.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from polyclinic.bodies.segmenter import UNCHANGED, Plan, Segmenter, plan_of_size
from polyclinic.cards import Card
from polyclinic.training.stages import Stage

CARD = Card(
    id="monai-basicunet",
    title="MONAI's BasicUNet",
    verbs=("segment",),
    kinds=("segmentation",),
    year=2020,
    checked="shape",
)


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of a patch in pixels, a multiple of 16.
        poolings: halvings; BasicUNet has four.
        width: channels of the finest level; 32 is MONAI's own.
        turn: chance of a turn by up to 30 degrees; mirrors come with it, where sides have no names.
        batch: patches a step.
    """

    patch: int = 64
    poolings: int = 4
    width: int = 16
    turn: float = 0.5
    steps: int = 400
    batch: int = 8
    learning_rate: float = 2e-3


PRESETS = {"nano": Config(), "default": Config(width=32)}


class Model(Segmenter):
    """The network of two dimensions on the body."""

    card, config_type = CARD, Config

    def __init__(self, config: Config, plan: Plan) -> None:
        from monai.networks.nets import BasicUNet

        width = config.width
        super().__init__(
            config=config,
            plan=plan,
            network=BasicUNet(2, plan.width_in, plan.width_out, (width, width, 2 * width, 4 * width, 8 * width, width)),
            augment=dataclasses.replace(UNCHANGED, mirror=0.5, turn=config.turn, degrees=30.0),
        )


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [Stage("masks", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate)]


def build_meta(config: Config) -> Model:
    """The model without data, for its size."""
    return Model(config, plan_of_size(channels=1, classes=4, wanted=Model.wanted(config)))
