"""Orders of places: each route sees every place once, and what it reads goes back to its place."""

import pytest
import torch

from polyclinic.errors import ConfigError
from polyclinic.parts.sequence.orders import ORDERS, Order, RouteMixer, SideBySide, places, routes

SHAPES = [(3, 4), (2, 3, 4), (1, 1), (5, 1)]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_each_route_sees_every_place_once(order: Order, shape: tuple[int, ...]) -> None:
    there = places(order, shape)
    assert there.shape == (routes(order, len(shape)), torch.Size(shape).numel())
    assert all(sorted(route.tolist()) == list(range(there.shape[1])) for route in there)


def test_orders_of_a_small_volume() -> None:
    """Places of 2 x 2 x 2, counted row by row: along x, y and z, and back; from slice to slice."""
    cross = places("cross", (2, 2, 2)).tolist()
    assert cross[:3] == [[0, 1, 2, 3, 4, 5, 6, 7], [0, 2, 1, 3, 4, 6, 5, 7], [0, 4, 1, 5, 2, 6, 3, 7]]
    assert cross[3:] == [route[::-1] for route in cross[:3]]
    assert places("slices", (2, 2, 2)).tolist() == [cross[0], cross[3], cross[2]]
    assert places("both", (2, 2, 2)).tolist() == [cross[0], cross[3]]


def test_an_unknown_order_is_told() -> None:
    with pytest.raises(ConfigError, match="spiral"):
        places("spiral", (2, 2))  # type: ignore[arg-type]


class Behind(torch.nn.Module):
    """What a token gets from the one before it on its route."""

    def forward(self, x_BLE: torch.Tensor) -> torch.Tensor:
        return torch.cat([torch.zeros_like(x_BLE[:, :1]), x_BLE[:, :-1]], 1)


@pytest.mark.parametrize("order", ORDERS)
def test_what_is_read_goes_back_to_its_place(order: Order) -> None:
    mixer = RouteMixer(mixer=torch.nn.Identity(), order=order)
    x = torch.randn(2, 24, 3)
    torch.testing.assert_close(mixer(x, (2, 3, 4)), routes(order, 3) * x)


def test_cross_routes_bring_all_neighbours() -> None:
    """In a 3 x 3 map the middle gets its left, upper, right and lower neighbour, one along each route."""
    x = torch.arange(9.0).reshape(1, 9, 1)
    mixer = RouteMixer(mixer=Behind(), order="cross")
    assert mixer(x, (3, 3))[0, 4, 0] == 3 + 1 + 5 + 7
    assert RouteMixer(mixer=Behind(), order="forward")(x, (3, 3))[0, 4, 0] == 3


def test_mixers_side_by_side_have_a_part_each() -> None:
    mixer = SideBySide([torch.nn.Identity(), Behind()])
    x = torch.randn(1, 5, 6)
    y = mixer(x)
    assert torch.equal(y[..., :3], x[..., :3])
    assert torch.equal(y[:, 1:, 3:], x[:, :-1, 3:])
