"""AdamW over named parameters, their state as named tensors, and averaged weights."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from polyclinic.errors import CheckpointError, TrainingError
from polyclinic.training.stages import Stage

Named = dict[str, nn.Parameter]


def trainable(model: nn.Module, stage: Stage, always: frozenset[str]) -> Named:
    """The parameters of a stage by name; sets `requires_grad` on exactly these.

    Args:
        always: names that require a gradient before any stage narrows them.

    Raises:
        TrainingError: the stage trains nothing.
    """
    chosen = None if stage.trainable is None else {id(parameter) for parameter in stage.trainable(model)}
    found: Named = {}
    for name, parameter in model.named_parameters():
        wanted = name in always if chosen is None else id(parameter) in chosen
        parameter.requires_grad_(wanted)
        if wanted:
            found[name] = parameter
    if not found:
        raise TrainingError(f"stage {stage.name!r} has no parameter to train")
    return found


def make_optimizer(model: nn.Module, parameters: Named, stage: Stage) -> torch.optim.AdamW:
    """AdamW; embeddings, biases and norms (one dimension or none) do not decay."""
    embedded = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    decays = [p for p in parameters.values() if p.ndim >= 2 and id(p) not in embedded]
    stays = [p for p in parameters.values() if p.ndim < 2 or id(p) in embedded]
    groups = [{"params": decays, "weight_decay": stage.weight_decay}, {"params": stays, "weight_decay": 0.0}]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]], lr=stage.learning_rate, betas=stage.betas, fused=True
    )


def optimizer_tensors(optimizer: torch.optim.Optimizer, parameters: Named) -> dict[str, Tensor]:
    """The optimizer's state as `parameter/what` tensors."""
    return {
        f"{name}/{what}": value
        for name, parameter in parameters.items()
        for what, value in optimizer.state.get(parameter, {}).items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, parameters: Named, stored: Mapping[str, Tensor]) -> None:
    """Put back what `optimizer_tensors` gave.

    Raises:
        CheckpointError: state of a parameter that the stage does not train.
    """
    for key, value in stored.items():
        name, _, what = key.rpartition("/")
        if name not in parameters:
            raise CheckpointError(f"the checkpoint has optimizer state of {name!r}, which this stage does not train")
        parameter = parameters[name]
        optimizer.state[parameter][what] = value.to(parameter.device)


class Average:
    """An exponential moving average of a model's floating-point tensors; it starts as a short one.

    Args:
        decay: in the long run; after `n` updates at most (1 + n) / (10 + n).
    """

    def __init__(self, tensors: Mapping[str, Tensor], decay: float) -> None:
        self.decay = decay
        self.tensors = {name: t.detach().clone() for name, t in tensors.items() if t.is_floating_point()}

    @torch.no_grad()
    def update(self, tensors: Mapping[str, Tensor], number: int) -> None:
        """Take in the weights after update `number`, counted from 0."""
        decay = min(self.decay, (1 + number) / (10 + number))
        for name, mean in self.tensors.items():
            mean.lerp_(tensors[name].detach(), 1 - decay)

    @torch.no_grad()
    def copy_to(self, tensors: Mapping[str, Tensor]) -> None:
        """Make the averaged weights the model's own."""
        for name, mean in self.tensors.items():
            tensors[name].copy_(mean)
