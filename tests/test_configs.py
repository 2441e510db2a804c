from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.configs import configure, plain_config
from polyclinic.errors import ConfigError


@dataclass(frozen=True)
class Config:
    width: int = 1
    rate: float = 0.5
    name: str = "a"
    deep: bool = False
    widths: tuple[int, ...] = (1, 2)
    size: int | None = 3
    scales: tuple[float, ...] | None = None


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [
        ("width=7", "width", 7),
        ("rate=1e-3", "rate", 0.001),
        ("rate=2", "rate", 2.0),
        ("name=a=b", "name", "a=b"),
        ("name=", "name", ""),
        ("deep=True", "deep", True),
        ("deep=false", "deep", False),
        ("widths=3", "widths", (3,)),
        ("widths=3, 4", "widths", (3, 4)),
        ("widths=", "widths", ()),
        ("size=none", "size", None),
        ("size=9", "size", 9),
        ("scales=0.5,1", "scales", (0.5, 1.0)),
    ],
)
def test_values_are_typed_by_their_field(setting: str, field: str, value: Any) -> None:
    found = getattr(configure(Config(), [setting]), field)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("width=1.5", "width: expected a whole number, got '1.5'"),
        ("width=none", "width: expected a whole number, got 'none'"),
        ("rate=fast", "rate: expected a number, got 'fast'"),
        ("deep=1", "deep: expected true or false, got '1'"),
        ("widths=1,x", "widths: expected a whole number, got 'x'"),
        ("width", "expected key=value, got 'width'"),
    ],
)
def test_values_of_the_wrong_type(setting: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        configure(Config(), [setting])


@pytest.mark.parametrize(("key", "hint"), [("wdith", "did you mean width?"), ("zzz", "settings: width, rate, name")])
def test_a_wrong_key_names_the_nearest(key: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configure(Config(), [f"{key}=1"])
    assert str(caught.value.hint).startswith(hint)


def test_the_last_setting_of_a_field_counts() -> None:
    assert configure(Config(), ["width=2", "width=3"]) == Config(width=3)


@given(st.integers(), st.floats(allow_nan=False), st.lists(st.integers(), max_size=4))
def test_what_is_written_is_read(width: int, rate: float, widths: list[int]) -> None:
    written = [f"width={width}", f"rate={rate!r}", "widths=" + ",".join(map(str, widths))]
    assert configure(Config(), written) == Config(width=width, rate=rate, widths=tuple(widths))


def test_plain_config_has_every_field() -> None:
    assert plain_config(Config()) == {
        "width": 1, "rate": 0.5, "name": "a", "deep": False, "widths": [1, 2], "size": 3, "scales": None,
    }  # fmt: skip
