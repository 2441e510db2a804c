"""The striped sigmoid loss against the plain one."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from polyclinic.objectives.sigmoid import sigmoid_contrast


def plain(image: Tensor, text: Tensor, log_scale: Tensor, bias: Tensor) -> Tensor:
    sign = 2 * torch.eye(len(image), dtype=image.dtype) - 1
    return -F.logsigmoid(sign * (log_scale.exp() * image @ text.T + bias)).sum() / len(image)


def parts() -> list[Tensor]:
    torch.manual_seed(0)
    vectors = [F.normalize(torch.randn(7, 5, dtype=torch.float64), dim=-1) for _ in range(2)]
    return [*vectors, torch.tensor(2.3, dtype=torch.float64), torch.tensor(-3.0, dtype=torch.float64)]


@pytest.mark.parametrize("rows", [1, 3, 7, 100])
def test_value_and_gradient_are_those_of_the_plain_loss(rows: int) -> None:
    ours, theirs = ([p.requires_grad_() for p in parts()] for _ in range(2))
    loss, expected = sigmoid_contrast(*ours, rows=rows), plain(*theirs)
    torch.testing.assert_close(loss, expected)
    (3 * loss).backward()
    (3 * expected).backward()
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.grad, other.grad)
