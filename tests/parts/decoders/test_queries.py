"""Queries: attention against torch's own functions, what is hidden, who hears whom, masks as comparisons."""

import torch
from torch.nn import functional as F

from polyclinic.parts.decoders.queries import Beside, QueryDecoder, QueryLayer, Sight, compared

WIDTH, HEADS = 8, 2


def attended(attention: torch.nn.MultiheadAttention, query: torch.Tensor, sight: Sight) -> torch.Tensor:
    """Multi-head attention written out, head by head."""
    weights, biases = attention.in_proj_weight.chunk(3), attention.in_proj_bias.chunk(3)
    q, k, v = (F.linear(x, w, b) for x, w, b in zip((query, *sight), weights, biases, strict=True))
    heads = []
    for part in torch.arange(WIDTH).chunk(HEADS):
        share = (q[..., part] @ k[..., part].transpose(1, 2) * len(part) ** -0.5).softmax(-1)
        heads.append(share @ v[..., part])
    made: torch.Tensor = attention.out_proj(torch.cat(heads, -1))
    return made


def made(*, among: bool = True, layers: int = 1) -> tuple[QueryDecoder, torch.Tensor, Sight]:
    torch.manual_seed(0)
    parts = [QueryLayer(width=WIDTH, heads=HEADS, hidden=16, among=among) for _ in range(layers)]
    query, value = torch.randn(2, 3, WIDTH, requires_grad=True), torch.randn(2, 5, WIDTH)
    return QueryDecoder(layers=parts, width=WIDTH), query, Sight(value + torch.randn(5, WIDTH), value)


def test_a_layer_is_three_residual_steps() -> None:
    decoder, query, sight = made()
    (layer,) = decoder.layers
    assert isinstance(layer, QueryLayer)
    assert layer.among is not None
    assert layer.among_norm is not None
    expected = query + attended(layer.see, layer.see_norm(query), sight)
    normed = layer.among_norm(expected)
    expected = expected + attended(layer.among, normed, Sight(normed, normed))
    expected = expected + layer.think(layer.think_norm(expected))
    before, after = decoder(query, [sight])
    torch.testing.assert_close(before, decoder.norm(query))
    torch.testing.assert_close(after, decoder.norm(expected), atol=1e-5, rtol=1e-5)
    ours, theirs = (
        torch.autograd.grad(x.square().sum(), query, retain_graph=True)[0] for x in (layer(query, sight), expected)
    )
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-5)


def test_hidden_places_are_not_seen_unless_all_are() -> None:
    decoder, query, sight = made(among=False)
    hidden = torch.zeros(2, 3, 5, dtype=torch.bool)
    hidden[0, 0, 1:] = True  # sees the first place alone
    hidden[1, 2] = True  # sees nothing, hence all
    seen = decoder(query, [sight], lambda q, level: hidden)[-1]
    alone = decoder(query, [Sight(sight.key_BNE[:, :1], sight.value_BNE[:, :1])])[-1]
    free = decoder(query, [sight])[-1]
    torch.testing.assert_close(seen[0, 0], alone[0, 0])
    torch.testing.assert_close(seen[0, 1:], free[0, 1:])
    torch.testing.assert_close(seen[1], free[1])


def test_maps_are_looked_at_in_turn_and_told_before() -> None:
    decoder, query, sight = made(among=False, layers=3)
    told = []

    def hide(normed: torch.Tensor, level: int) -> torch.Tensor:
        told.append((level, normed.detach()))
        return torch.zeros(2, 3, 5, dtype=torch.bool)

    found = decoder(query, [sight, sight], hide)
    assert [level for level, _ in told] == [0, 1, 0]
    assert all(torch.equal(seen, own) for (_, seen), own in zip(told, found[:-1], strict=True))


def test_who_hears_whom() -> None:
    decoder, query, sight = made()
    other = torch.cat([query[:, :2], -query[:, 2:]], 1)
    assert not torch.allclose(decoder(query, [sight])[-1][:, :2], decoder(other, [sight])[-1][:, :2])
    silent = made(among=False)[0]
    torch.testing.assert_close(silent(query, [sight])[-1][:, :2], silent(other, [sight])[-1][:, :2])


def test_what_stands_beside_is_heard_but_for_padding() -> None:
    decoder, query, sight = made()
    words, missing = torch.randn(2, 4, WIDTH), torch.tensor([[False, False, True, True]] * 2)
    heard = decoder(query, [sight], beside=Beside(words, missing))[-1]
    cut = decoder(query, [sight], beside=Beside(words[:, :2], missing[:, :2]))[-1]
    torch.testing.assert_close(heard, cut)
    assert not torch.allclose(heard, decoder(query, [sight])[-1])
    (layer,) = decoder.layers
    assert isinstance(layer, QueryLayer)
    assert layer.among is not None
    assert layer.among_norm is not None
    seen = query + attended(layer.see, layer.see_norm(query), sight)
    normed = layer.among_norm(seen)
    every = torch.cat([normed, words[:, :2]], 1)
    seen = seen + attended(layer.among, normed, Sight(every, every))
    torch.testing.assert_close(cut, decoder.norm(seen + layer.think(layer.think_norm(seen))), atol=1e-5, rtol=1e-5)


def test_masks_are_dot_products_in_any_dimension() -> None:
    vectors = torch.randn(2, 3, 4)
    shapes: tuple[tuple[int, ...], ...] = ((5, 6), (2, 5, 6))
    for shape in shapes:
        pixels = torch.randn(2, 4, *shape)
        logits = compared(vectors, pixels)
        assert logits.shape == (2, 3, *shape)
        last = pixels.flatten(2)[1, :, -1]
        torch.testing.assert_close(logits.flatten(2)[1, 2, -1], vectors[1, 2] @ last)
    assert compared(vectors[:, :0], pixels).shape == (2, 0, 2, 5, 6)
