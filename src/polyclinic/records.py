"""Frozen dataclasses to plain JSON values and back, checked against their own annotations.

The record's classes are the schema: there is no second description of it. Fields named `load` hold
functions and are never stored; a field equal to its default is left out.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from polyclinic.errors import RecordError

T = TypeVar("T")
Reader = Callable[[Any, str], Any]
PLAIN: dict[Any, set[type]] = {int: {int}, float: {int, float}, str: {str}}


def to_plain(value: Any) -> Any:
    """Plain dicts, lists and scalars; fields that equal their default are left out."""
    if dataclasses.is_dataclass(value):
        items = ((name, default, getattr(value, name)) for name, default in _stored_fields(type(value)))
        return {name: to_plain(item) for name, default, item in items if item is not default and item != default}
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return list(value) if not value or isinstance(value[0], int | float | str) else [to_plain(v) for v in value]
    return value


def from_plain(cls: type[T], record: Any, where: str) -> T:
    """Rebuild a dataclass from its plain form.

    Raises:
        RecordError: a field that is unknown, missing or of the wrong type; names `where` and the field's path.
    """
    built: T = _reader(cls)(record, where)
    return built


def _default(f: dataclasses.Field[Any]) -> Any:
    if f.default is not dataclasses.MISSING:
        return f.default
    return f.default_factory() if f.default_factory is not dataclasses.MISSING else dataclasses.MISSING


def _list_fields(cls: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((f.name, _default(f)) for f in dataclasses.fields(cls) if f.name != "load")


def _wrong(where: str, expected: str, got: Any) -> RecordError:
    """The error for a value of the wrong type; texts are not quoted, as they may name a patient."""
    return RecordError(f"{where}: expected {expected}, got {_shown(got)}")


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)[:40]
    if isinstance(value, str | list | dict):
        kind = "a text" if isinstance(value, str) else "a list" if isinstance(value, list) else "an object"
        return f"{kind} of length {len(value)}"
    return type(value).__name__


def _make_reader(annotation: Any) -> Reader:
    """The function that checks and rebuilds one annotation."""
    origin = typing.get_origin(annotation)
    if dataclasses.is_dataclass(annotation):
        return _dataclass_reader(annotation)
    if origin in (typing.Union, types.UnionType):
        return _union_reader(typing.get_args(annotation))
    if origin is typing.Literal:
        return _literal_reader(typing.get_args(annotation))
    if origin is tuple:
        return _tuple_reader(typing.get_args(annotation)[0])
    if origin is not None and issubclass(origin, Mapping):
        return _mapping_reader(typing.get_args(annotation)[1])
    return _scalar_reader(annotation)


def _scalar_reader(cls: type) -> Reader:
    accepted = (int, float) if cls is float else (cls,)

    def read(value: Any, where: str) -> Any:
        if type(value) in accepted:
            return value
        raise _wrong(where, {str: "text", float: "a number", int: "a whole number"}.get(cls, "true or false"), value)

    return read


def _literal_reader(allowed: tuple[Any, ...]) -> Reader:
    def read(value: Any, where: str) -> Any:
        if value in allowed:
            return value
        raise _wrong(where, "one of " + ", ".join(map(str, allowed)), value)

    return read


def _tuple_reader(item: Any) -> Reader:
    accepted = PLAIN.get(item)

    def read(value: Any, where: str) -> Any:
        if not isinstance(value, list):
            raise _wrong(where, "a list", value)
        if accepted is not None and {type(v) for v in value} <= accepted:
            return tuple(value)
        return tuple(_reader(item)(v, f"{where}[{i}]") for i, v in enumerate(value))

    return read


def _mapping_reader(item: Any) -> Reader:
    def read(value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(where, "an object", value)
        return {key: _reader(item)(v, f"{where}.{key}") for key, v in value.items()}

    return read


def _union_reader(options: tuple[Any, ...]) -> Reader:
    concrete = [option for option in options if option is not type(None)]
    classes = [option for option in concrete if dataclasses.is_dataclass(option)]

    def read(value: Any, where: str) -> Any:
        if value is None and type(None) in options:
            return None
        if isinstance(value, dict) and len(classes) > 1:
            best = max(classes, key=lambda cls: len(value.keys() & {name for name, _ in _stored_fields(cls)}))
            return _reader(best)(value, where)
        if len(concrete) == 1:
            return _reader(concrete[0])(value, where)
        if type(value) in concrete or (type(value) is int and float in concrete):
            return value
        raise _wrong(where, " or ".join(option.__name__ for option in concrete), value)

    return read


def _dataclass_reader(cls: Any) -> Reader:
    hints = typing.get_type_hints(cls)
    defaults = dict(_stored_fields(cls))
    required = {name for name, default in defaults.items() if default is dataclasses.MISSING}

    def read(value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(where, f"an object ({cls.__name__})", value)
        if unknown := value.keys() - defaults.keys():
            raise RecordError(
                f"{where}: unknown field {sorted(unknown)[0]!r} in {cls.__name__}",
                hint="known fields: " + ", ".join(defaults),
            )
        if missing := required - value.keys():
            raise RecordError(f"{where}: {cls.__name__} lacks the field {sorted(missing)[0]!r}")
        return cls(**{name: _reader(hints[name])(v, f"{where}.{name}") for name, v in value.items()})

    return read


_reader: Callable[[Any], Reader] = cache(_make_reader)
_stored_fields: Callable[[Any], tuple[tuple[str, Any], ...]] = cache(_list_fields)
