"""Attention among channels against the same thing written out channel by channel."""

import torch

from polyclinic.parts.vision.cross_covariance import CrossCovarianceAttention


def plainly(attention: CrossCovarianceAttention, x: torch.Tensor) -> torch.Tensor:
    """One item (N, E): each channel is a mean of its head's channels, by the cosine of their courses over places."""
    query, key, value = attention.qkv(x).chunk(3, dim=1)
    per_head = x.shape[1] // attention.heads
    columns = []
    for channel in range(x.shape[1]):
        head = channel // per_head
        others = range(head * per_head, (head + 1) * per_head)
        likes = [torch.cosine_similarity(query[:, channel], key[:, other], dim=0) for other in others]
        weights = (torch.stack(likes) * attention.sharpness[head, 0, 0]).softmax(0)
        columns.append(sum(weight * value[:, other] for weight, other in zip(weights, others, strict=True)))
    return attention.out(torch.stack([torch.as_tensor(column) for column in columns], 1))


def test_it_is_what_is_written_out_in_value_and_gradient() -> None:
    torch.manual_seed(0)
    attention = CrossCovarianceAttention(width=6, heads=2)
    torch.nn.init.uniform_(attention.sharpness, 0.5, 3.0)
    x = torch.randn(2, 3, 4, 6, requires_grad=True)
    ours = attention(x)
    theirs = torch.stack([plainly(attention, item) for item in x.flatten(1, 2)]).reshape(x.shape)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    weight, leaves = torch.randn_like(ours), [x, *attention.parameters()]
    for mine, reference in zip(
        torch.autograd.grad((ours * weight).sum(), leaves),
        torch.autograd.grad((theirs * weight).sum(), leaves),
        strict=True,
    ):
        torch.testing.assert_close(mine, reference, atol=1e-5, rtol=1e-5)


def test_a_channel_answers_to_all_places() -> None:
    torch.manual_seed(0)
    attention = CrossCovarianceAttention(width=4, heads=1)
    x = torch.randn(1, 5, 5, 4)
    far = x.clone()
    far[0, 4, 4] += 3
    assert not torch.allclose(attention(x)[0, 0, 0], attention(far)[0, 0, 0])
