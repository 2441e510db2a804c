"""Pairwise sigmoid loss that never holds the whole matrix of similarities."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

ROWS = 512


def sigmoid_contrast(image_BE: Tensor, text_BE: Tensor, log_scale: Tensor, bias: Tensor, *, rows: int = ROWS) -> Tensor:
    """Binary cross-entropy of whether an image and a text are a pair, over all pairs of the batch.

    The gradient is made on the way forward, a stripe of the matrix at a time, so memory grows with the batch and not
    with its square, and no product is computed twice.

    Args:
        image_BE: unit vectors; `text_BE` likewise, row by row the images' texts.
        log_scale: natural log of the inverse temperature.
        bias: added to every similarity; starts at -10 in the paper, since most pairs are none.
        rows: images a stripe.

    Returns:
        Scalar in nats: the sum over pairs, divided by the batch.

    Source:
        arXiv 2303.15343, algorithm 1 and section 3.3.

    Example:
        >>> same = torch.ones(2, 1)  # four logits of 1 - 1 = 0: 4 log(2) / 2
        >>> round(sigmoid_contrast(same, same, torch.tensor(0.0), torch.tensor(-1.0)).item(), 4)
        1.3863
    """
    loss: Tensor = _Stripes.apply(image_BE, text_BE, log_scale.exp(), bias, rows)  # type: ignore[no-untyped-call]
    return loss


class _Stripes(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, image_BE: Tensor, text_BE: Tensor, scale: Tensor, bias: Tensor, rows: int) -> Tensor:
        batch = len(image_BE)
        image_grad, text_grad = torch.empty_like(image_BE), torch.zeros_like(text_BE)
        loss, scale_grad, bias_grad = (image_BE.new_zeros(()) for _ in range(3))
        for start in range(0, batch, rows):
            stripe_RE = image_BE[start : start + rows]
            cosine_RB = stripe_RE @ text_BE.T
            logits_RB = torch.addcmul(bias, cosine_RB, scale)
            loss += F.softplus(logits_RB).sum() - logits_RB.diagonal(start).sum()
            slope_RB = logits_RB.sigmoid_()
            slope_RB.diagonal(start).sub_(1)
            image_grad[start : start + rows] = slope_RB @ text_BE
            text_grad.addmm_(slope_RB.T, stripe_RE)
            bias_grad += slope_RB.sum()
            scale_grad += (image_grad[start : start + rows] * stripe_RE).sum()
        ctx.save_for_backward(image_grad.mul_(scale / batch), text_grad.mul_(scale / batch))
        ctx.scalars = scale_grad / batch, bias_grad / batch
        return loss / batch

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor | None, ...]:
        image_grad, text_grad = ctx.saved_tensors
        scale_grad, bias_grad = ctx.scalars
        return above * image_grad, above * text_grad, above * scale_grad, above * bias_grad, None
