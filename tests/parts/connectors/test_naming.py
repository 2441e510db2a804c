"""Words that name a concept bring its evidence along."""

import pytest
import torch

from polyclinic.parts.connectors.naming import NamingConnector


@pytest.fixture
def connector() -> NamingConnector:
    torch.manual_seed(0)
    return NamingConnector(width=32, width_evidence=5)


def test_a_name_brings_its_own_evidence(connector: NamingConnector) -> None:
    names, evidence = torch.randn(3, 32), torch.randn(1, 3, 5)
    words = names[None, [2, 0]]
    added = connector(words, names, evidence, torch.ones(1, 2, dtype=torch.bool)) - words
    expected = connector.evidence(evidence).detach()[:, [2, 0]]
    assert torch.allclose(added.detach(), expected, atol=0.1 * float(expected.abs().max()))


def test_a_word_like_no_name_stays_nearly_itself(connector: NamingConnector) -> None:
    names = torch.eye(32)[:3]
    word = -names.sum(0)[None, None]
    added = connector(word, names, torch.randn(1, 3, 5), torch.ones(1, 1, dtype=torch.bool)) - word
    assert float(added.detach().abs().max()) < 1e-3


def test_what_may_not_see_gets_nothing(connector: NamingConnector) -> None:
    names = torch.randn(3, 32)
    words = names[None]
    sees = torch.tensor([[True, False, True]])
    added = connector(words, names, torch.randn(1, 3, 5), sees) - words
    assert float(added[0, 1].detach().abs().max()) == 0
    assert float(added[0, 0].detach().abs().max()) > 0


def test_no_concepts_and_gradients(connector: NamingConnector) -> None:
    words = torch.randn(2, 4, 32)
    sees = torch.ones(2, 4, dtype=torch.bool)
    assert torch.equal(connector(words, torch.zeros(0, 32), torch.zeros(2, 0, 5), sees), words)
    connector(words, torch.randn(3, 32), torch.randn(2, 3, 5), sees).square().sum().backward()
    assert not [name for name, p in connector.named_parameters() if p.grad is None]
