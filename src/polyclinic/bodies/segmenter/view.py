"""The training view of a segmenter: a Study becomes a patch of its image with the masks over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from polyclinic.bodies.base import Batch, Sample
from polyclinic.bodies.redrawing import readable
from polyclinic.bodies.segmenter.augmentation import Augmentation, cut
from polyclinic.bodies.segmenter.plan import Plan
from polyclinic.bodies.segmenter.resampling import WHOLE
from polyclinic.bodies.segmenter.scene import NameChannel, Scene, channel_name, make_scene, with_flags
from polyclinic.curate.instructions import annotated
from polyclinic.errors import TrainingError
from polyclinic.study import Study

CACHE_BYTES = 2 << 30
Say = Callable[[Study, np.random.Generator | None], str]


def unsaid(study: Study, rng: np.random.Generator | None) -> str:
    """No words."""
    return ""


class PatchView:
    """Patches with masks; see `bodies.base.View`. Studies whose annotation tells of no class are left out.

    Args:
        augment: draws what happens to a patch.
        say: what is said of a Study.
        name: what a channel is called.
        foreground: share of the patches whose centre lies in a class that is drawn among those of the Study.

    Raises:
        TrainingError: no Study can be learned from.
    """

    def __init__(
        self,
        studies: Sequence[Study],
        *,
        plan: Plan,
        augment: Augmentation,
        say: Say = unsaid,
        name: NameChannel = channel_name,
        foreground: float = 1 / 3,
    ) -> None:
        self.plan, self.augment, self.say, self.name = plan, augment, say, name
        self.foreground = foreground
        self.studies = [study for study in studies if study.current_images and self._tells(study)]
        self._scenes: dict[int, Scene] = {}
        self._cached = 0
        if not self.studies:
            raise TrainingError(
                f"none of {len(studies)} studies tells where {', '.join(plan.classes)} is",
                hint="an image without masks teaches nothing unless its findings are stated absent",
            )

    def _tells(self, study: Study) -> bool:
        return any(annotated(study, name, self.plan.survey, masks=True) is not None for name in self.plan.classes)

    def __len__(self) -> int:
        return len(self.studies)

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """One Study's patch; a Study that cannot be read gives way to another.

        Raises:
            TrainingError: many Studies in a row cannot be read.
        """
        return readable(self.draw, index, len(self.studies), rng)

    def draw(self, index: int, rng: np.random.Generator) -> Sample:
        """`image` (C, *patch), `target`, which classes are `known`, `text`, the Study's `index`."""
        scene = self.scene(index)
        matrix = self.augment.matrix(self.plan, rng)
        image, target = cut(
            (scene.image, scene.target),
            self._centre(scene, rng),
            self.plan.patch,
            matrix,
            (True, self.plan.overlapping),
        )
        there_C = torch.from_numpy(scene.present.astype(np.float32)).reshape(-1, *[1] * self.plan.dimensions)
        return {
            "image": with_flags(self.augment.greys(image, rng) * there_C, scene.present, self.plan),
            "target": target.byte(),
            "known": scene.known,
            "text": self.say(self.studies[index], rng),
            "index": index,
        }

    def _centre(self, scene: Scene, rng: np.random.Generator) -> NDArray[np.float64]:
        """In the foreground or anywhere, so that the patch stays inside where the image is large enough."""
        shape, patch = np.array(scene.image.shape[1:]), np.array(self.plan.patch)
        low, high = (patch - 1) / 2, shape - 1 - (patch - 1) / 2
        free = np.where(high > low, rng.uniform(low, np.maximum(high, low)), (shape - 1) / 2)
        if len(scene.places) == 0 or rng.random() >= self.foreground:
            return free
        chosen = rng.choice(np.unique(scene.classes))
        place = scene.places[rng.choice(np.flatnonzero(scene.classes == chosen))]
        return np.where(high > low, place.clip(low, np.maximum(high, low)), (shape - 1) / 2)

    def scene(self, index: int) -> Scene:
        """A Study on the plan's grid, kept for the next time."""
        if index in self._scenes:
            return self._scenes[index]
        scene = make_scene(self.studies[index], self.plan, self.name)
        if self._cached + scene.nbytes <= CACHE_BYTES:
            self._scenes[index], self._cached = scene, self._cached + scene.nbytes
        return scene

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """`image` (B, C, ...), `target` (shares (B, K, ...) or labels (B, ...)), `known` (B, K), `texts`, `index`."""
        target = torch.stack([sample["target"] for sample in samples])
        return {
            "image": torch.stack([sample["image"] for sample in samples]),
            "target": target.float() / WHOLE if self.plan.overlapping else target[:, 0].long(),
            "known": torch.from_numpy(np.stack([sample["known"] for sample in samples])),
            "texts": [sample["text"] for sample in samples],
            "index": torch.tensor([sample["index"] for sample in samples]),
        }
