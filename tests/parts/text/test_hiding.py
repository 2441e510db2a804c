"""Hidden tokens."""

import torch

from polyclinic.parts.features import TokenBatch
from polyclinic.parts.text.hiding import GuessHead, hide
from polyclinic.parts.text.wordpieces import WordPieces

TOKENS = WordPieces.of_size(50)


def long_texts() -> TokenBatch:
    ids = torch.full((40, 250), 7)
    word = torch.arange(250).expand(40, 250).clone()
    word[:, 0] = -1
    mask = torch.ones(40, 250, dtype=torch.bool)
    mask[:, 200:] = False
    return TokenBatch(ids, mask, word)


def test_shares_and_what_is_never_asked_for() -> None:
    texts = long_texts()
    hidden, asked = hide(texts, TOKENS, torch.Generator().manual_seed(0))
    assert not asked[:, 0].any()
    assert not asked[:, 200:].any()
    assert abs(asked[:, 1:200].float().mean().item() - 0.15) < 0.02
    assert (hidden.ids_BL == texts.ids_BL)[~asked].all()
    found = hidden.ids_BL[asked]
    assert abs((found == TOKENS.mask_id).float().mean().item() - 0.802) < 0.04
    assert abs((found == 7).float().mean().item() - 0.102) < 0.03
    assert len(found.unique()) > 30


def test_the_generator_decides() -> None:
    first, again, other = (
        hide(long_texts(), TOKENS, torch.Generator().manual_seed(seed)).texts.ids_BL for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_head_shares_the_embeddings() -> None:
    embedding = torch.nn.Embedding(50, 8)
    head = GuessHead(embedding=embedding)
    scores = head(torch.randn(2, 3, 8))
    assert scores.shape == (2, 3, 50)
    scores.square().sum().backward()
    assert all(parameter.grad is not None for parameter in head.parameters())
    assert head.embedding is embedding
