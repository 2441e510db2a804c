"""Words and a map: both steps written out, padding, and what is kept of the map."""

import torch
from torch.nn import functional as F

from polyclinic.parts.connectors.word_fusion import (
    AddedFusion,
    DirectFusion,
    Looking,
    NoFusion,
    SequentialFusion,
    Settling,
)

WIDTH, TEXT, SIDES = 6, 5, (2, 3, 2)


def given(batch: int = 2) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A map, words, and which of them are real: four, and two of four."""
    torch.manual_seed(1)
    real = torch.tensor([[True] * 4, [True, True, False, False]])[:batch]
    return torch.randn(batch, WIDTH, *SIDES).double(), torch.randn(batch, 4, TEXT).double(), real


def plain_look(layer: Looking, query: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """One query after the other."""
    found = []
    for each in layer.query(query):
        likeness = torch.stack([(each * layer.key(key)).sum() / WIDTH**0.5 for key in keys])
        shares = likeness.exp() / likeness.exp().sum()
        found.append(sum(share * layer.value(key) for share, key in zip(shares, keys, strict=True)))
    return torch.stack(found)  # type: ignore[arg-type]


def test_the_two_steps_one_query_after_the_other() -> None:
    torch.manual_seed(0)
    fusion = SequentialFusion(width=WIDTH, width_text=TEXT, sides=SIDES).double()
    map_BEX, words, real = given()
    again = map_BEX.clone()
    map_BEX.requires_grad_()
    again.requires_grad_()
    rows = []
    for b in range(2):
        places = again[b].flatten(1).T
        told = fusion.words(words[b])
        gathered = plain_look(fusion.gather, told, places)
        seen = plain_look(fusion.back, places, gathered[real[b]])
        normed = F.layer_norm(seen.T, (12,), fusion.settle.before.weight, fusion.settle.before.bias)
        layered = fusion.settle.layer(normed.T).relu().T
        rows.append(F.layer_norm(layered, (12,), fusion.settle.after.weight, fusion.settle.after.bias))
    plain, made = torch.stack(rows).reshape(map_BEX.shape), fusion(map_BEX, words, real)
    torch.testing.assert_close(made, plain, atol=1e-5, rtol=1e-5)
    weight = torch.randn_like(made)
    (made * weight).sum().backward()
    (plain * weight).sum().backward()
    torch.testing.assert_close(map_BEX.grad, again.grad, atol=1e-5, rtol=1e-4)


def test_padding_says_nothing() -> None:
    map_BEX, words, real = given()
    other = words.masked_fill(~real[..., None], 7.0)
    parts = (
        SequentialFusion(width=WIDTH, width_text=TEXT, sides=SIDES),
        DirectFusion(width=WIDTH, width_text=TEXT, sides=SIDES),
        AddedFusion(width=WIDTH, width_text=TEXT),
    )
    for part in (each.double() for each in parts):
        torch.testing.assert_close(part(map_BEX, words, real), part(map_BEX, other, real))
        alone = part(map_BEX[1:], words[1:, :2], real[1:, :2])
        torch.testing.assert_close(alone, part(map_BEX, words, real)[1:], atol=1e-5, rtol=1e-4)
        part(map_BEX, words, real).square().sum().backward()
        assert not [name for name, p in part.named_parameters() if p.grad is None]


def test_the_map_is_replaced_and_not_added_to() -> None:
    fusion = SequentialFusion(width=WIDTH, width_text=TEXT, sides=SIDES).double()
    torch.nn.init.zeros_(fusion.back.value.weight)
    torch.nn.init.zeros_(fusion.back.value.bias)
    map_BEX, words, real = given()
    made = fusion(map_BEX, words, real)
    torch.testing.assert_close(made, fusion(2 * map_BEX, words, real))


def test_without_the_second_step_words_are_what_is_found() -> None:
    """All places find the one word that there is, whatever they hold."""
    direct = DirectFusion(width=WIDTH, width_text=TEXT, sides=SIDES).double()
    direct.settle = torch.nn.Identity()  # type: ignore[assignment]
    map_BEX, words, real = given(1)
    made = direct(map_BEX, words[:, :1], real[:, :1])
    torch.testing.assert_close(
        made, direct.back.value(direct.words(words[:, 0]))[..., None, None, None].expand_as(made)
    )


def test_the_mean_word_is_added_to_every_place() -> None:
    added = AddedFusion(width=WIDTH, width_text=TEXT).double()
    map_BEX, words, real = given()
    more = added(map_BEX, words, real) - map_BEX
    torch.testing.assert_close(more[1, :, 1, 2, 0], added.words(words[1, :2]).mean(0), atol=1e-5, rtol=1e-5)
    assert torch.allclose(more, more[..., :1, :1, :1].expand_as(more), atol=1e-6)


def test_without_fusion_the_map_stays() -> None:
    map_BEX, words, real = given()
    assert NoFusion()(map_BEX, words, real) is map_BEX


def test_places_are_normed_within_each_channel() -> None:
    settling = Settling(width=WIDTH, sides=SIDES)
    made = settling(torch.randn(2, 12, WIDTH))
    torch.testing.assert_close(made.mean(1), torch.zeros(2, WIDTH), atol=1e-5, rtol=0)
