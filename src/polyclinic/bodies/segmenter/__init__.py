"""A network that draws masks: patches, their plan, training, whole images, and the verb segment. 2D and 3D.

For who writes a system (see `systems/ms_dualguided.py`):

1. `class Model(Segmenter)` with `card, config_type = CARD, Config`; `Config` has `patch` and `poolings`, at least.
2. `__init__(self, config, plan)` builds the network from `plan.width_in`, `plan.width_out`, `plan.pooling` and
   `plan.patch`, and hands `config=, plan=, network=` (`augment=`, `inference=`) to
   `super().__init__`.
3. The network maps (B, C, [z,] y, x) to logits of `plan.width_out` channels at full resolution, or to a list of
   them, the finest first; those behind are supervised with 1/2, 1/4 ... of the weight.
4. `wanted(config)` says what the plan is asked for: `Wanted(patch, poolings, dimensions=3)` takes volumes.
5. `plan.overlapping`: masks of their own (sigmoid, `batch["target"]` shares (B, K, ...), `batch["known"]` (B, K)),
   else one label map (softmax, background first, `batch["target"]` labels (B, ...), 255 where nobody knows).
6. `losses(logits, batch)` is the objective; parts of it: `segmentation_loss`, `over_scales` in `objectives/labels.py`.
7. Words: `say(study, rng)` gives a Study's text, `logits(image, texts, names)` gets it; with
   `open_vocabulary = True` names are whatever prompts say, and a mask is asked for each.
8. `channel_name(image, channel, channels)` merges or parts channels; channels that a Study lacks are zero, with a
   plane of flags for each (`plan.flags`, already in `plan.width_in`).
9. `segment`, `save_pretrained`, `from_pretrained`, slices of volumes for 2D models come with the body.
10. `build_meta(config)` makes `Model(config, plan_of_size(channels=, classes=, wanted=Model.wanted(config)))`.
"""

from polyclinic.bodies.segmenter.augmentation import UNCHANGED, Augmentation
from polyclinic.bodies.segmenter.core import Segmenter
from polyclinic.bodies.segmenter.inference import Inference
from polyclinic.bodies.segmenter.plan import Channel, Plan, Wanted, plan_of_size
from polyclinic.bodies.segmenter.view import PatchView

__all__ = [
    "UNCHANGED",
    "Augmentation",
    "Channel",
    "Inference",
    "PatchView",
    "Plan",
    "Segmenter",
    "Wanted",
    "plan_of_size",
]
