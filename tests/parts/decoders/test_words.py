"""Text from features."""

from typing import Any

import torch

from polyclinic.parts.decoders.words import WordDecoder

START, END = 1, 2


def made(longest: int = 8) -> WordDecoder:
    torch.manual_seed(0)
    return WordDecoder(vocabulary=11, width=16, depth=2, heads=2, width_seen=6, longest=longest).eval()


def test_no_word_sees_those_behind_it_and_every_word_sees_the_image() -> None:
    decoder = made()
    ids, tokens = torch.tensor([[START, 3, 4, 5]]), torch.randn(1, 7, 6)
    logits = decoder(ids, tokens)
    other = decoder(torch.tensor([[START, 3, 9, 5]]), tokens)
    torch.testing.assert_close(logits[:, :2], other[:, :2])
    assert not torch.allclose(logits[:, 2:], other[:, 2:])
    assert not torch.allclose(logits[:, 0], decoder(ids, tokens.flip(-1))[:, 0])


def test_what_is_learned_is_written_for_its_own_image() -> None:
    decoder, tokens = made(), torch.randn(2, 3, 6)
    ids = torch.tensor([[START, 5, 6, END, END], [START, 7, END, END, END]])
    optimiser = torch.optim.Adam(decoder.parameters(), 0.01)
    for _ in range(60):
        optimiser.zero_grad()
        logits = decoder(ids[:, :-1], tokens)
        loss: Any = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        optimiser.step()
    assert decoder.write(tokens, start=START, end=END) == [[5, 6], [7]]
    assert decoder.write(tokens[1:], start=START, end=END) == [[7]]


def test_a_text_without_end_is_as_long_as_may_be() -> None:
    decoder = made(longest=4)
    with torch.no_grad():
        decoder.words.weight[END] = 0.0
        decoder.words.weight[3] = 5.0 * decoder.norm.weight
        decoder.norm.weight.zero_()
        decoder.norm.bias.fill_(1.0)
    assert decoder.write(torch.randn(1, 2, 6), start=START, end=END) == [[3, 3, 3]]
