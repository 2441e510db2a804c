"""Batches joined over processes, so that every loss sees the whole of them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed
from torch.autograd.function import once_differentiable


def gathered(local: Tensor) -> Tensor:
    """The rows of all processes in order of their rank, with gradient to each; the same tensor with one process.

    A loss of gathered vectors is that of the joined batch, the same in each process. Each process's rows get the sum
    of all processes' gradients, which the mean over processes in data-parallel training brings back to one.

    Args:
        local: this process's rows; as many in each process.
    """
    if not (distributed.is_available() and distributed.is_initialized()) or distributed.get_world_size() == 1:
        return local
    joined: Tensor = _Gather.apply(local)  # type: ignore[no-untyped-call]
    return joined


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, local: Tensor) -> Tensor:
        parts = [torch.empty_like(local) for _ in range(distributed.get_world_size())]
        distributed.all_gather(parts, local.contiguous())
        ctx.rows = len(local)
        return torch.cat(parts)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, above: Tensor) -> Tensor:
        summed = above.contiguous().clone()
        distributed.all_reduce(summed)
        start = distributed.get_rank() * ctx.rows
        return summed[start : start + ctx.rows]
