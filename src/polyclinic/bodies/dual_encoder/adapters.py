"""Few labelled images on top of a frozen dual encoder: CLIP-Adapter and Tip-Adapter; a linear probe is in metrics.

All of them take unit vectors of images and of classes, and give logits. What is labelled is (N,) class numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

EPOCHS, LEARNING_RATE = 40, 1e-3
REDUCTION, RATIO = 4, 0.2
ALPHA, BETA = 1.0, 5.0


def learned_adapter(
    known_NE: Tensor, label_N: Tensor, prototypes_KE: Tensor, *, scale: float, seed: int = 0
) -> Callable[[Tensor], Tensor]:
    """A small network that has learned what to add to an image's vector; gives unit vectors of the same width.

    Args:
        scale: inverse temperature.
        seed: of the weights at the start.

    Source:
        arXiv 2110.04544, section 3.2, without the adapter of texts, as FLAIR's code trains it.
    """
    width = known_NE.shape[1]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        added = nn.Sequential(
            nn.Linear(width, width // REDUCTION, bias=False),
            nn.ReLU(),
            nn.Linear(width // REDUCTION, width, bias=False),
            nn.ReLU(),
        )

    def moved(image_BE: Tensor) -> Tensor:
        return F.normalize(RATIO * added(image_BE) + (1 - RATIO) * image_BE, dim=-1)

    _learn(lambda image_BE: scale * moved(image_BE) @ prototypes_KE.T, added.parameters(), known_NE, label_N, seed)
    return moved


@torch.no_grad()
def clip_adapter(
    known_NE: Tensor, label_N: Tensor, prototypes_KE: Tensor, asked_ME: Tensor, *, scale: float, seed: int = 0
) -> Tensor:
    """The classes' logits (M, K) behind a `learned_adapter`."""
    moved = learned_adapter(known_NE, label_N, prototypes_KE, scale=scale, seed=seed)
    return scale * moved(asked_ME) @ prototypes_KE.T


def tip_adapter(
    known_NE: Tensor,
    label_N: Tensor,
    prototypes_KE: Tensor,
    asked_ME: Tensor,
    *,
    scale: float,
    learn: bool = False,
    seed: int = 0,
) -> Tensor:
    """Zero-shot logits, and votes of the labelled images near by; nothing is trained unless asked; (M, K) logits.

    Args:
        scale: inverse temperature of the zero-shot part.
        learn: whether the labelled images' vectors are tuned as keys (Tip-Adapter-F).
        seed: of the order in which they are met then.

    Source:
        arXiv 2111.03930, equations 3 to 5.

    Example:
        >>> image, name = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
        >>> logits = tip_adapter(image, torch.tensor([0, 1]), name, image[:1], scale=0.5)
        >>> [round(value, 3) for value in logits[0].tolist()]
        [1.0, 0.507]
    """
    keys_NE = nn.Parameter(known_NE.clone())
    values_NK = F.one_hot(label_N, len(prototypes_KE)).to(known_NE.dtype)

    def logits(image_BE: Tensor) -> Tensor:
        near_BN = (-BETA * (1 - image_BE @ keys_NE.T)).exp()
        return scale * image_BE @ prototypes_KE.T + ALPHA * near_BN @ values_NK

    if learn:
        _learn(logits, [keys_NE], known_NE, label_N, seed)
    return logits(asked_ME).detach()


@torch.enable_grad()
def _learn(
    logits: Callable[[Tensor], Tensor],
    weights: Iterable[nn.Parameter],
    known_NE: Tensor,
    label_N: Tensor,
    seed: int,
) -> None:
    """Let the weights learn from what is known, one image a step."""
    optimiser = torch.optim.AdamW(weights, LEARNING_RATE, eps=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS * len(known_NE))
    order = torch.Generator().manual_seed(seed)
    for i in (i for _ in range(EPOCHS) for i in torch.randperm(len(known_NE), generator=order).tolist()):
        optimiser.zero_grad()
        loss: Any = F.cross_entropy(logits(known_NE[i : i + 1]), label_N[i : i + 1])
        loss.backward()
        optimiser.step()
        schedule.step()
