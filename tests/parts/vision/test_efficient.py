"""Efficient attention against the same thing written out place by place."""

import torch

from polyclinic.parts.vision.efficient import EfficientAttention, efficient_attention


def plainly(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """What place i takes of place j is the sum over channels of query's share of it times key's."""
    places, channels = query.shape
    rows = []
    for i in range(places):
        weights = [
            sum(query[i].softmax(0)[c] * key[:, c].softmax(0)[j] for c in range(channels)) for j in range(places)
        ]
        rows.append(sum(weight * value[j] for j, weight in enumerate(weights)))
    return torch.stack([torch.as_tensor(row) for row in rows])


def test_it_is_the_sum_over_places_in_value_and_gradient() -> None:
    torch.manual_seed(0)
    given = [torch.randn(2, 6, width, requires_grad=True) for width in (3, 3, 5)]
    ours = efficient_attention(*given)
    theirs = torch.stack([plainly(*(x[item] for x in given)) for item in range(2)])
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    weight = torch.randn_like(ours)
    for mine, reference in zip(
        torch.autograd.grad((ours * weight).sum(), given),
        torch.autograd.grad((theirs * weight).sum(), given),
        strict=True,
    ):
        torch.testing.assert_close(mine, reference, atol=1e-5, rtol=1e-5)


def test_places_have_no_order_and_items_no_company() -> None:
    torch.manual_seed(0)
    attention = EfficientAttention(width=8)
    x = torch.randn(2, 4, 4, 8)
    seen = attention(x)
    assert seen.shape == x.shape
    order = torch.randperm(16)
    mixed = attention(x.flatten(1, 2)[:, order].reshape(x.shape))
    torch.testing.assert_close(mixed.flatten(1, 2), seen.flatten(1, 2)[:, order])
    torch.testing.assert_close(attention(x[:1]), seen[:1])
    seen.square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in attention.parameters())


def test_nothing_of_places_by_places_is_ever_held() -> None:
    """A quarter of a million places, which ordinary attention would need 256 GB for."""
    x = torch.zeros(1, 512, 512, 2)
    assert EfficientAttention(width=2)(x).shape == x.shape
