"""Whether an object is there: the test against scipy's, moments against numbers drawn from a Beta distribution."""

import numpy as np
import pytest
import torch
from scipy import stats

from polyclinic.parts.decoders.judging import BetaMemory, agreement


def test_it_is_the_kolmogorov_smirnov_test_of_one_number() -> None:
    betas, values = np.array([[2.0, 5.0], [30.0, 4.0], [1.0, 1.0]]), np.array([0.2, 0.7, 0.99])
    p = [float(stats.kstest([value], stats.beta(*beta).cdf).pvalue) for value, beta in zip(values, betas, strict=True)]
    assert agreement(values, betas) == pytest.approx(np.prod(p) ** (1 / 3), rel=1e-6)


def test_what_is_like_before_agrees_and_what_is_not_does_not() -> None:
    rng = np.random.default_rng(0)
    memory = BetaMemory(modalities=2, classes=3, statistics=2)
    drawn = np.stack([rng.beta(8, 3, 2000), rng.beta(2, 6, 2000)], 1).astype(np.float32)
    memory.note(torch.ones(2000, dtype=torch.long), torch.full((2000,), 2), torch.from_numpy(drawn))
    betas = memory.betas(1, 2)
    assert betas is not None
    np.testing.assert_allclose(betas, [[8, 3], [2, 6]], rtol=0.3)
    assert agreement(np.array([0.73, 0.25]), betas) > 0.8
    assert agreement(np.array([0.1, 0.9]), betas) < 0.01
    elsewhere = memory.betas(0, 2)  # of a class that this modality never had
    assert elsewhere is not None
    np.testing.assert_array_equal(elsewhere, betas)
    assert memory.betas(0, 1) is None


def test_too_few_tell_nothing_and_older_ones_fade() -> None:
    memory = BetaMemory(modalities=1, classes=2, statistics=1)
    one = torch.zeros(1, dtype=torch.long)
    for _ in range(4):
        memory.note(one, one, torch.tensor([[0.2]]))
    assert memory.betas(0, 0) is None
    for i in range(3000):
        memory.note(one, one, torch.tensor([[0.8 + 0.02 * (i % 2)]]))
    betas = memory.betas(0, 0)
    assert betas is not None
    assert betas[0, 0] / betas.sum() == pytest.approx(0.81, abs=0.001)  # the mean of a Beta distribution
    assert memory.betas(0, 1) is None
    assert "moments_MKS3" in memory.state_dict()
