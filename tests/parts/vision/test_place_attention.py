"""Attention among places against the same thing written out."""

import torch
from torch.nn import functional as F

from polyclinic.parts.vision.place_attention import PlaceAttention


def test_it_is_what_is_written_out_in_value_and_gradient() -> None:
    torch.manual_seed(0)
    attention = PlaceAttention(width=4, groups=2)
    x = torch.randn(2, 4, 3, 2, requires_grad=True)

    def plainly() -> torch.Tensor:
        normed = F.group_norm(x, 2, attention.norm.weight, attention.norm.bias, 1e-6)
        q, k, v = (layer(normed).flatten(2) for layer in (attention.query, attention.key, attention.value))
        weight = (torch.einsum("bci,bcj->bij", q, k) / 2).softmax(2)
        return x + attention.out(torch.einsum("bij,bcj->bci", weight, v).reshape(x.shape))

    ours, theirs = attention(x), plainly()
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    mine, reference = (torch.autograd.grad(each.pow(3).sum(), x)[0] for each in (ours, theirs))
    torch.testing.assert_close(mine, reference, atol=1e-4, rtol=1e-5)
