"""Words let into a map: written out place by place, padding, the gate's bounds."""

import torch
from torch.nn import functional as F

from polyclinic.parts.connectors.word_gate import WordGate


def given() -> tuple[WordGate, torch.Tensor, torch.Tensor, torch.Tensor]:
    """A gate, a map of six places, four words, and which are real."""
    torch.manual_seed(0)
    real = torch.tensor([[True] * 4, [True, True, False, False]])
    return WordGate(width=4, width_text=3), torch.randn(2, 4, 2, 3), torch.randn(2, 4, 3), real


def plain(gate: WordGate, map_BEYX: torch.Tensor, words: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """One place after the other, over the words that are real."""
    made = []
    for x_EYX, words_LT, real_L in zip(map_BEYX, words, real, strict=True):
        x_EN = x_EYX.flatten(1)
        query = F.instance_norm(gate.query[0](x_EN[None]))[0]
        keys, values = (layer(words_LT.T[None])[0][:, real_L] for layer in (gate.key, gate.value))
        found = torch.stack([values @ ((query[:, n] @ keys) / 4**0.5).softmax(0) for n in range(6)], 1)
        out = F.instance_norm(gate.out[0](found[None]))[0]
        opened = torch.tanh(gate.gate[2].weight[..., 0] @ torch.relu(gate.gate[0].weight[..., 0] @ out))
        made.append((opened * out).reshape(x_EYX.shape))
    return torch.stack(made)


def test_it_is_attention_to_words_behind_a_gate() -> None:
    gate, map_BEYX, words, real = given()
    again = map_BEYX.clone().requires_grad_()
    map_BEYX.requires_grad_()
    ours, theirs = gate(map_BEYX, words, real), plain(gate, again, words, real)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    weight = torch.randn_like(ours)
    (ours * weight).sum().backward()
    (theirs * weight).sum().backward()
    torch.testing.assert_close(map_BEYX.grad, again.grad, atol=1e-5, rtol=1e-4)


def test_padding_says_nothing_and_every_weight_learns() -> None:
    gate, map_BEYX, words, real = given()
    made = gate(map_BEYX, words, real)
    torch.testing.assert_close(gate(map_BEYX, words.masked_fill(~real[..., None], 9.0), real), made)
    torch.testing.assert_close(gate(map_BEYX[1:], words[1:, :2], real[1:, :2]), made[1:], atol=1e-5, rtol=1e-5)
    (made * torch.randn_like(made)).sum().backward()
    assert not [name for name, p in gate.named_parameters() if p.grad is None]


def test_a_closed_gate_adds_nothing() -> None:
    gate, map_BEYX, words, real = given()
    torch.nn.init.zeros_(gate.gate[2].weight)
    assert not gate(map_BEYX, words, real).any()
