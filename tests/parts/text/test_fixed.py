"""Phrases as fixed vectors."""

import torch

from polyclinic.parts.text.fixed import phrase_vectors


def test_a_phrase_is_the_same_whenever_it_is_said_and_whatever_else_is() -> None:
    torch.manual_seed(0)
    first = phrase_vectors(["Liver, as seen", "spleen"], 32)
    torch.manual_seed(1)
    again = phrase_vectors(["spleen", "liver as SEEN"], 32)
    assert torch.equal(first, again.flip(0))
    torch.testing.assert_close(first.norm(dim=1), torch.ones(2))


def test_phrases_are_alike_by_the_words_they_share() -> None:
    a, b, c, none = phrase_vectors(["left kidney", "right kidney", "liver", ""], 512)
    assert a @ b > 0.3 > abs(a @ c)
    assert not none.any()
