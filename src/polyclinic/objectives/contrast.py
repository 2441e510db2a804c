"""Contrastive losses over image-text pairs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from polyclinic.errors import ShapeError
from polyclinic.objectives.gather import gathered
from polyclinic.objectives.pairs import checked

LARGEST_LOG_SCALE = 4.6052
STRIPE = 1 << 22  # similarities that are held at once: 16 MiB in single precision


def info_nce(
    image_BE: Tensor, text_BE: Tensor, log_scale: Tensor, *, image_share: float = 0.5, stripe: int = STRIPE
) -> Tensor:
    """Symmetric cross-entropy of matching each image to its text and each text to its image.

    The gradient is made on the way forward, a stripe of the matrix of similarities at a time, so memory grows with the
    batch and not with its square. Both ways share their products: three of the size of the matrix where it is one
    stripe, else four.

    Args:
        image_BE: unit vectors.
        text_BE: unit vectors, row by row the images' texts.
        log_scale: natural log of the inverse temperature; clamped to at most 100 times.
        image_share: weight of the way from image to text; the rest is for the way back.
        stripe: most similarities that are held at once.

    Returns:
        Scalar in nats; zero for fewer than two pairs.

    Raises:
        ShapeError: the two batches differ.

    Source:
        arXiv 2103.00020, figure 3.

    Example:
        >>> same = torch.ones(2, 1)  # two identical pairs: log(2), whatever the scale
        >>> round(info_nce(same, same, torch.tensor(1.0)).item(), 4)
        0.6931
    """
    image_BE, text_BE = checked(image_BE, text_BE)
    if len(image_BE) < 2:
        return image_BE.sum() * 0 + text_BE.sum() * 0
    with torch.autocast(image_BE.device.type, enabled=False):
        loss: Tensor = _BothWays.apply(  # type: ignore[no-untyped-call]
            image_BE, text_BE, _scale(log_scale), image_share, max(stripe // len(image_BE), 1)
        )
    return loss


def joined_info_nce(image_BE: Tensor, text_BE: Tensor, log_scale: Tensor, *, image_share: float = 0.5) -> Tensor:
    """`info_nce` of the batches of all processes together, to which each process contributes its own rows only.

    Each matches its images to all texts and its texts to all images; the mean over processes, which data-parallel
    training takes of gradients, is the loss of the joined batch. With one process it is `info_nce`.

    Args:
        image_BE: this process's unit vectors, as many in each process; `text_BE` likewise.
        log_scale: natural log of the inverse temperature; `image_share` as for `info_nce`.

    Raises:
        ShapeError: the two batches differ.
    """
    images_NE, texts_NE = gathered(image_BE), gathered(text_BE)
    if images_NE is image_BE:
        return info_nce(image_BE, text_BE, log_scale, image_share=image_share)
    image_BE, text_BE = checked(image_BE, text_BE)
    first, scale = distributed.get_rank() * len(image_BE), _scale(log_scale)
    there, back = one_way(image_BE, texts_NE, scale, first), one_way(text_BE, images_NE, scale, first)
    return image_share * there + (1 - image_share) * back


def one_way(query_RE: Tensor, key_BE: Tensor, scale: Tensor, first: int, *, stripe: int = STRIPE) -> Tensor:
    """Cross-entropy of finding each query's own key among all keys, held a stripe at a time.

    Args:
        query_RE: unit vectors.
        key_BE: unit vectors; the first query's own is the one at `first`, the next one's follows.
        scale: inverse temperature.
        stripe: most similarities that are held at once.

    Returns:
        Scalar in nats, mean over queries.
    """
    with torch.autocast(query_RE.device.type, enabled=False):
        loss: Tensor = _OneWay.apply(  # type: ignore[no-untyped-call]
            query_RE, key_BE.to(query_RE.dtype), scale, first, max(stripe // len(key_BE), 1)
        )
    return loss


def _scale(log_scale: Tensor) -> Tensor:
    return log_scale.clamp(max=LARGEST_LOG_SCALE).exp()


class _BothWays(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, image_BE: Tensor, text_BE: Tensor, scale: Tensor, image_share: float, rows: int) -> Tensor:
        starts = range(0, len(image_BE), rows)
        row_B, column_B = image_BE.new_empty(len(image_BE)), image_BE.new_full((len(image_BE),), -torch.inf)
        logits_RB = image_BE  # for the type; each pass makes its own
        for start in starts:
            logits_RB = (image_BE[start : start + rows] @ text_BE.T).mul_(scale)
            row_B[start : start + rows] = logits_RB.logsumexp(1)
            column_B = torch.logaddexp(column_B, logits_RB.logsumexp(0))
        own_B = (image_BE * text_BE).sum(-1) * scale
        if any(ctx.needs_input_grad):
            image_grad, text_grad = torch.empty_like(image_BE), torch.zeros_like(text_BE)
            for start in starts:
                stripe_RE = image_BE[start : start + rows]
                if len(starts) > 1:
                    logits_RB = (stripe_RE @ text_BE.T).mul_(scale)
                slope_RB = (logits_RB - row_B[start : start + rows, None]).exp_().mul_(image_share)
                slope_RB.add_(logits_RB.sub_(column_B).exp_(), alpha=1 - image_share).diagonal(start).sub_(1)
                torch.mm(slope_RB, text_BE, out=image_grad[start : start + rows])
                text_grad.addmm_(slope_RB.T, stripe_RE)
            _keep(ctx, image_BE, image_grad, text_grad, scale)
        return (image_share * row_B + (1 - image_share) * column_B - own_B).mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor | None, ...]:
        return *(above * grad for grad in ctx.saved_tensors), None, None


class _OneWay(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, query_RE: Tensor, key_BE: Tensor, scale: Tensor, first: int, rows: int) -> Tensor:
        loss = query_RE.new_zeros(())
        query_grad, key_grad = torch.empty_like(query_RE), torch.zeros_like(key_BE)
        for start in range(0, len(query_RE), rows):
            stripe_SE = query_RE[start : start + rows]
            logits_SB = (stripe_SE @ key_BE.T).mul_(scale)
            row_S = logits_SB.logsumexp(1)
            loss += (row_S - logits_SB.diagonal(first + start)[: len(row_S)]).sum()
            if any(ctx.needs_input_grad):
                slope_SB = logits_SB.sub_(row_S[:, None]).exp_()
                slope_SB.diagonal(first + start)[: len(row_S)].sub_(1)
                torch.mm(slope_SB, key_BE, out=query_grad[start : start + rows])
                key_grad.addmm_(slope_SB.T, stripe_SE)
        if any(ctx.needs_input_grad):
            _keep(ctx, query_RE, query_grad, key_grad, scale)
        return loss / len(query_RE)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor | None, ...]:
        return *(above * grad for grad in ctx.saved_tensors), None, None


def _keep(ctx: Any, query_RE: Tensor, query_grad: Tensor, key_grad: Tensor, scale: Tensor) -> None:
    """Keep the gradients of a mean over queries, made from slopes times vectors."""
    count = len(query_RE)
    scale_grad = (query_grad * query_RE).sum() / count
    ctx.save_for_backward(query_grad.mul_(scale / count), key_grad.mul_(scale / count), scale_grad)


def soft_contrast(image_BE: Tensor, text_BE: Tensor, target_BB: Tensor, log_scale: Tensor) -> Tensor:
    """Symmetric cross-entropy in which several texts may be right for an image, and several images for a text.

    Args:
        image_BE: unit vectors; `text_BE` likewise.
        target_BB: how far an image and a text belong together, 0 or more, such as `same_label` gives; each row is
            divided by its sum for the way there, each column by its own for the way back.

    Returns:
        Scalar in nats, mean of both ways.

    Raises:
        ShapeError: the two batches differ, or the targets do not fit them.

    Source:
        arXiv 2308.07898 (FLAIR), label-aware alignment; arXiv 2204.03610 (UniCL), equation 2. Both have the same
        targets; UniCL's is the sum of both ways, twice this value.

    Example:
        >>> same = torch.ones(2, 1)  # two identical pairs: log(2), whatever the scale
        >>> round(soft_contrast(same, same, torch.eye(2), torch.tensor(1.0)).item(), 4)
        0.6931
    """
    image_BE, text_BE = checked(image_BE, text_BE)
    if target_BB.shape != (len(image_BE), len(image_BE)):
        raise ShapeError(
            f"expected a target for each of {len(image_BE)} by as many pairs, got {tuple(target_BB.shape)}"
        )
    logits_BB = _scale(log_scale) * image_BE @ text_BE.T
    there_BB = target_BB / target_BB.sum(1, keepdim=True)
    back_BB = (target_BB / target_BB.sum(0, keepdim=True)).T
    return (F.cross_entropy(logits_BB, there_BB) + F.cross_entropy(logits_BB.T, back_BB)) / 2


def same_label(label_B: Tensor) -> Tensor:
    """One where two items carry the same label, else zero: targets of `soft_contrast`."""
    return (label_B[:, None] == label_B).float()


def matching_loss(image_BE: Tensor, text_BE: Tensor, log_scale: Tensor) -> Tensor:
    """Binary cross-entropy of whether a pair is one: each image with its own text, and with its neighbour's.

    Args:
        image_BE: unit vectors; `text_BE` likewise, row by row.

    Returns:
        Scalar in nats.

    Raises:
        ShapeError: the two batches differ.

    Source:
        arXiv 2010.00747, section 3.4 (contrastive-binary).
    """
    image_BE, text_BE = checked(image_BE, text_BE)
    scale = _scale(log_scale)
    own_B, other_B = (image_BE * text_BE).sum(-1), (image_BE * text_BE.roll(1, 0)).sum(-1)
    return (F.softplus(-scale * own_B).mean() + F.softplus(scale * other_B).mean()) / 2
