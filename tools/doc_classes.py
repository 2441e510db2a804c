"""Reads dataclasses for the reference: fields, types and meaning as tables, and their JSON Schema."""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

SCALARS = {str: "string", bool: "boolean", int: "integer", float: "number"}


def argument_docs(docstring: str | None) -> dict[str, str]:
    """The `Args:` of a Google docstring, name to text on one line."""
    section = re.search(r"^Args:\n((?:[ ]+.*\n?|\n)+)", inspect.cleandoc(docstring or ""), re.MULTILINE)
    found: dict[str, str] = {}
    name = ""
    for line in section[1].splitlines() if section else []:
        if start := re.match(r" {4}(\w+): (.*)", line):
            name = start[1]
            found[name] = start[2]
        elif name and line.strip():
            found[name] += " " + line.strip()
    return found


def summary(docstring: str | None) -> str:
    """Everything of a docstring before its first section, as one paragraph."""
    text = re.split(r"\n(?:Args|Returns|Raises|Source|Example|Attributes):", inspect.cleandoc(docstring or ""))[0]
    return " ".join(text.split())


def cell(text: str) -> str:
    """Text that may stand in a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def stored_fields(cls: Any) -> Iterator[tuple[dataclasses.Field[Any], Any]]:
    """The fields that go to disk, with their resolved types; a field named `load` holds a function."""
    hints = typing.get_type_hints(cls)
    yield from ((field, hints[field.name]) for field in dataclasses.fields(cls) if field.name != "load")


def field_table(cls: Any) -> str:
    """A Markdown table of a class's stored fields."""
    docs = argument_docs(cls.__doc__)
    rows = ["| field | type | default | meaning |", "| --- | --- | --- | --- |"]
    for field, hint in stored_fields(cls):
        meaning = cell(docs.get(field.name, ""))
        rows.append(
            f"| `{field.name}` | {cell(type_name(hint))} | {default_name(field)} | {meaning} |".replace("|  |", "| |")
        )
    return "\n".join(rows)


def default_name(field: dataclasses.Field[Any]) -> str:
    """What a field is where it is left out."""
    if field.default is dataclasses.MISSING:
        return "required" if field.default_factory is dataclasses.MISSING else "empty"
    if field.default is None or field.default == ():
        return "none" if field.default is None else "empty"
    return f"`{field.default}`"


def type_name(hint: Any) -> str:
    """A type as a reader of JSON would say it."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(type_name(option) for option in inner if option is not type(None))
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin is tuple:
        return f"list of {type_name(inner[0])}"
    if origin is not None and issubclass(origin, Mapping):
        return f"object of {type_name(inner[1])}"
    return SCALARS.get(hint) or f"[{hint.__name__}](#{hint.__name__.lower()})"


def json_schema(cls: Any, title: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a dataclass, with the classes it uses under `$defs`."""
    definitions: dict[str, Any] = {}
    _define(cls, definitions)
    own = definitions.pop(cls.__name__)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **own, "$defs": definitions}


def _define(cls: Any, into: dict[str, Any]) -> None:
    if cls.__name__ in into:
        return
    into[cls.__name__] = {}
    fields = list(stored_fields(cls))
    required = [field.name for field, _ in fields if default_name(field) == "required"]
    into[cls.__name__] = {
        "description": summary(cls.__doc__),
        "type": "object",
        "properties": {field.name: _schema(hint, into) for field, hint in fields},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _schema(hint: Any, into: dict[str, Any]) -> dict[str, Any]:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema(option, into) for option in inner]}
    if origin is typing.Literal:
        return {"enum": list(inner)}
    if origin is tuple:
        return {"type": "array", "items": _schema(inner[0], into)}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(inner[1], into)}
    if hint is type(None):
        return {"type": "null"}
    if dataclasses.is_dataclass(hint):
        _define(hint, into)
        return {"$ref": f"#/$defs/{hint.__name__}"}  # type: ignore[union-attr]
    return {"type": SCALARS[hint]}
