"""Codes that share the prototypes out, and their prediction."""

import torch

from polyclinic.objectives.prototypes import sinkhorn, swapped_prediction


def test_rows_are_distributions_and_columns_even() -> None:
    torch.manual_seed(0)
    code = sinkhorn(torch.rand(32, 4), epsilon=0.2, rounds=50)
    torch.testing.assert_close(code.sum(1), torch.ones(32))
    torch.testing.assert_close(code.sum(0), torch.full((4,), 8.0))


def test_against_plain_division() -> None:
    torch.manual_seed(0)
    score = torch.rand(6, 3)
    plain = (score / 0.05).exp()
    for _ in range(3):
        plain = plain / plain.sum(0, keepdim=True)
        plain = plain / plain.sum(1, keepdim=True)
    torch.testing.assert_close(sinkhorn(score), plain)


def test_no_score_is_too_large() -> None:
    assert sinkhorn(torch.tensor([[1e4, 0.0], [0.0, 1e4]])).isfinite().all()


def test_agreeing_sides_cost_less_and_codes_get_no_gradient() -> None:
    torch.manual_seed(0)
    score = torch.randn(8, 4, requires_grad=True)
    assert swapped_prediction(score, score) < swapped_prediction(score, score.flip(0))
    swapped_prediction(score, score.detach()).backward()
    code, guess = sinkhorn(score), (score / 0.2).softmax(1)
    torch.testing.assert_close(score.grad, ((guess - code) / 0.2 / 16).detach())
