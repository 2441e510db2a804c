"""The segmenter: from a batch of patches to its losses, and the verb segment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from polyclinic.bodies.base import Batch
from polyclinic.bodies.segmenter.answering import answered
from polyclinic.bodies.segmenter.augmentation import Augmentation
from polyclinic.bodies.segmenter.deriving import derive_plan
from polyclinic.bodies.segmenter.inference import Decided, Inference, decided, planes, with_flips
from polyclinic.bodies.segmenter.plan import Plan, Wanted
from polyclinic.bodies.segmenter.scene import channel_name, on_grid, with_flags
from polyclinic.bodies.segmenter.view import PatchView
from polyclinic.bodies.storing import described, read_weights, write_model
from polyclinic.curate.instructions import survey
from polyclinic.curate.slices import slices
from polyclinic.errors import UsageError
from polyclinic.objectives.labels import over_scales, segmentation_loss
from polyclinic.records import from_plain, to_plain
from polyclinic.study import Image, Region, Study

Self = TypeVar("Self", bound="Segmenter")


class SegmenterConfig(Protocol):
    """What the Config of every segmenter has.

    Args:
        patch: side of a patch in pixels; volumes take as many voxels, their sides as the data ask.
    """

    @property
    def patch(self) -> int: ...  # noqa: D102


class Segmenter(nn.Module):
    """A network of patches. A system gives its `card` and `config_type`, builds its network, and overrides hooks.

    Args:
        plan: what was derived from the training Studies; tells the network `width_in`, `width_out` and `pooling`.
        network: image (B, C, [z,] y, x) -> logits of `plan.width_out` channels, or a list of them, the
            finest first: coarser ones are supervised too.
        augment: what happens to patches in training.
        inference: how whole images are drawn.
    """

    card: ClassVar[Any]
    config_type: ClassVar[type[Any]]
    open_vocabulary: ClassVar[bool] = False
    takes_volumes: ClassVar[bool] = True

    def __init__(
        self,
        *,
        config: SegmenterConfig,
        plan: Plan,
        network: nn.Module,
        augment: Augmentation = Augmentation(),  # noqa: B008 - frozen
        inference: Inference = Inference(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__()
        self.config: Any = config  # a system knows the class of its own
        self.plan, self.network = plan, network
        self.augment, self.inference = augment, inference
        self.derived: dict[str, Any] = to_plain(plan)

    # What a system may override -----------------------------------------------------------------------------------

    @classmethod
    def wanted(cls, config: Any) -> Wanted:
        """What the plan is asked for."""
        return Wanted(patch=config.patch, poolings=config.poolings)

    @staticmethod
    def channel_name(image: Image, channel: int, channels: int) -> str:
        """What a channel is called; channels of one name share an input of the network."""
        return channel_name(image, channel, channels)

    def say(self, study: Study, rng: np.random.Generator | None) -> str:
        """What the network is told of a Study in words; without `rng` it is asked for an answer, not for training."""
        return ""

    def logits(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """Logits of each resolution, the finest first.

        Args:
            texts: what `say` gave, one for each item.
            names: the classes that channels stand for. They are the plan's, unless the vocabulary is open.
        """
        made = self.network(image_BCX)
        return [made] if isinstance(made, Tensor) else list(made)

    def losses(self, logits: list[Tensor], batch: Batch) -> dict[str, Tensor]:
        """The objective: Dice and cross-entropy of every resolution."""
        known_BK = batch["known"]

        def loss(each: Tensor, target: Tensor) -> Tensor:
            return segmentation_loss(each, target, known_BK)

        return {"loss": over_scales(logits, loss, batch["target"])}

    # Training ---------------------------------------------------------------------------------------------------

    @classmethod
    def sees_volumes(cls, config: Any) -> bool:
        """Whether it is trained on whole volumes; else these are cut into slices."""
        return cls.wanted(config).dimensions == 3

    @classmethod
    def from_studies(cls: type[Self], config: Any, studies: Sequence[Study]) -> Self:
        """A fresh model whose plan comes from the Studies.

        Raises:
            TrainingError: no masks, or nothing that can be read.
        """
        return cls.fresh(config, derive_plan(studies, survey(studies), cls.wanted(config), cls.channel_name))

    @classmethod
    def fresh(cls: type[Self], config: Any, plan: Plan) -> Self:
        """The system's own constructor takes these two."""
        make: Any = cls
        made: Self = make(config, plan)
        return made

    def view(self, studies: Sequence[Study]) -> PatchView:
        """The training view: patches, a third of them around something."""
        return PatchView(studies, plan=self.plan, augment=self.augment, say=self.say, name=self.channel_name)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Losses of a batch; the one called `loss` is minimised."""
        batch = self.moved(batch)
        return self.losses(self.logits(batch["image"], batch["texts"], self.plan.classes), batch)

    def moved(self, batch: Batch) -> Batch:
        """A batch where the weights are."""
        return {key: value.to(self.device) if isinstance(value, Tensor) else value for key, value in batch.items()}

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return next(self.parameters()).device

    # The verb ---------------------------------------------------------------------------------------------------

    @property
    def only_masks(self) -> tuple[str, ...] | None:
        """What it can draw; None where that is whatever one says."""
        return None if self.open_vocabulary else self.plan.classes

    @torch.inference_mode()
    def segment(self, studies: Sequence[Study], prompts: Sequence[Sequence[str | Region]]) -> list[list[Region]]:
        """A mask for each prompt of each Study, in the geometry of its first image.

        Raises:
            UsageError: a name that it does not know.
            PixelError: an image that does not fit the plan.
            ReadError: an image cannot be read.
        """
        return [self._segment(study, list(asked)) for study, asked in zip(studies, prompts, strict=True)]

    def _segment(self, study: Study, asked: list[str | Region]) -> list[Region]:
        asked = asked or list(self.plan.classes)
        named = list(dict.fromkeys(name for prompt in asked if (name := _name(prompt))))
        names = named if named and self.open_vocabulary else list(self.plan.classes)
        if unknown := [name for name in named if name not in names]:
            raise UsageError(f"it cannot draw {unknown[0]!r}", hint="it knows " + ", ".join(names))
        kinds = [self.plan.kinds.get(name) or None for name in names]
        drawn, volume = self.draw(study, names), study.current_images[0].is_volume
        return answered(drawn, asked, names, kinds, largest=self.inference.largest, volume=volume)

    def draw(self, study: Study, names: Sequence[str]) -> Decided:
        """Decide every pixel of the first image; a model of pictures goes through a volume plane by plane."""
        if self.plan.dimensions == 3 or not study.current_images or not study.current_images[0].is_volume:
            return self._draw(study, names)
        planes = [self._draw(plane, names) for plane in slices(study, every=True)]
        axis = planes[0].pixels.ndim - 3
        joined = np.concatenate([plane.pixels for plane in planes], axis=axis)
        return Decided(joined, np.max([plane.scores for plane in planes], axis=0))

    def _draw(self, study: Study, names: Sequence[str]) -> Decided:
        image, present, shape = on_grid(study, self.plan, self.channel_name)
        deep = with_flags(image, present, self.plan).reshape(self.plan.width_in, *_deep(image.shape[1:]))
        text = self.say(study, None)

        def predict(window_BCZYX: Tensor) -> Tensor:
            window = window_BCZYX if self.plan.dimensions == 3 else window_BCZYX[:, :, 0]
            logits = self.logits(window.to(self.device), [text] * len(window), names)[0]
            return logits if self.plan.dimensions == 3 else logits[:, :, None]

        mirrored = [axis + 3 - self.plan.dimensions for axis in self.plan.mirrors]
        seen = with_flips(predict, mirrored) if self.inference.flips else predict
        return decided(
            planes(seen, deep, _deep(self.plan.patch), self.inference),
            _deep(image.shape[1:]),
            _deep(shape),
            overlapping=self.plan.overlapping or self.open_vocabulary,
            classes=self.inference.classes,
        )

    # On disk ----------------------------------------------------------------------------------------------------

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors`."""
        write_model(folder, self, self.card.id, config=self.config, plan=self.plan)

    @classmethod
    def from_pretrained(cls: type[Self], folder: Path) -> Self:
        """Read what `save_pretrained` wrote.

        Raises:
            CheckpointError: files are missing, damaged, or do not fit together.
        """
        with described(folder, cls.card.id) as record:
            config = from_plain(cls.config_type, record["config"], "config.json: config")
            model = cls.fresh(config, from_plain(Plan, record["plan"], "config.json: plan"))
            read_weights(folder, model)
            return model.eval()


def _name(prompt: str | Region) -> str:
    return prompt.name if isinstance(prompt, Region) else prompt


def _deep(shape: Sequence[int]) -> tuple[int, int, int]:
    """A picture's shape as that of a volume of one plane."""
    depth, rows, columns = (1, *shape) if len(shape) == 2 else shape
    return depth, rows, columns
