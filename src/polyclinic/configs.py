"""Reads `key=value` settings into a frozen Config, typed by its annotations."""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from polyclinic.errors import ConfigError

C = TypeVar("C")

TRUTH = {"true": True, "false": False}
EXPECTED = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


def configure(config: C, settings: Sequence[str]) -> C:
    """The same Config with some fields changed.

    Args:
        settings: `key=value` each; a tuple's items are parted by commas, `none` stands for None.

    Raises:
        ConfigError: no `=`, an unknown field, or a value of the wrong type.
    """
    hints = typing.get_type_hints(type(config))
    names = [field.name for field in dataclasses.fields(config)]  # type: ignore[arg-type]
    changes: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise ConfigError(f"expected key=value, got {setting!r}", hint="for example --set steps=100")
        if key not in names:
            raise ConfigError(f"no setting is named {key!r}", hint=_nearest(key, names))
        changes[key] = parse_value(hints[key], text, key)
    return dataclasses.replace(config, **changes)  # type: ignore[type-var]


def plain_config(config: object) -> dict[str, Any]:
    """Every field with its value, defaults too, as JSON values.

    Example:
        >>> @dataclasses.dataclass(frozen=True)
        ... class Small:
        ...     widths: tuple[int, ...] = (16, 32)
        >>> plain_config(Small())
        {'widths': [16, 32]}
    """
    values = ((field.name, getattr(config, field.name)) for field in dataclasses.fields(config))  # type: ignore[arg-type]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values}


def parse_value(annotation: Any, text: str, key: str) -> Any:
    """One value from its text.

    Example:
        >>> parse_value(tuple[int, ...], "16,32", "widths")
        (16, 32)

    Raises:
        ConfigError: the text is not of the annotated type.
    """
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        options = typing.get_args(annotation)
        if type(None) in options and text.lower() == "none":
            return None
        return parse_value(next(option for option in options if option is not type(None)), text, key)
    if typing.get_origin(annotation) is tuple:
        item = typing.get_args(annotation)[0]
        return tuple(parse_value(item, part.strip(), key) for part in text.split(",") if part.strip())
    try:
        return READERS[annotation](text)
    except (ValueError, KeyError) as error:
        raise ConfigError(f"{key}: expected {EXPECTED.get(annotation, 'another type')}, got {text!r}") from error


def _truth(text: str) -> bool:
    return TRUTH[text.lower()]


READERS: dict[Any, Callable[[str], Any]] = {int: int, float: float, bool: _truth, str: str}


def _nearest(key: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, names, n=1)
    return f"did you mean {near[0]}?" if near else "settings: " + ", ".join(names)
