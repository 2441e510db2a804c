"""The reference of the record: what docstrings and annotations say, as tables and JSON Schema."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import doc_pages
from doc_classes import argument_docs, field_table, json_schema, summary

from polyclinic.study import Study


@dataclass(frozen=True)
class Inner:
    """What is inside.

    Args:
        size: how large,
            in millimetres.
    """

    size: float


@dataclass(frozen=True)
class Outer:
    """What is outside. A second sentence
    on two lines."""

    name: str
    inner: tuple[Inner, ...] = ()
    side: Literal["near", "far"] | None = None
    words: Mapping[str, str | float] = field(default_factory=dict)
    load: object = None


def test_docstrings() -> None:
    assert argument_docs(Inner.__doc__) == {"size": "how large, in millimetres."}
    assert summary(Outer.__doc__) == "What is outside. A second sentence on two lines."
    assert argument_docs(None) == {}


def test_field_table() -> None:
    assert field_table(Outer).splitlines()[2:] == [
        "| `name` | string | required | |",
        "| `inner` | list of [Inner](#inner) | empty | |",
        "| `side` | `near`, `far` | none | |",
        "| `words` | object of string or number | empty | |",
    ]


def test_json_schema() -> None:
    schema = json_schema(Outer, "outer")
    assert schema["required"] == ["name"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["inner"] == {"type": "array", "items": {"$ref": "#/$defs/Inner"}}
    assert schema["properties"]["side"] == {"anyOf": [{"enum": ["near", "far"]}, {"type": "null"}]}
    assert schema["$defs"]["Inner"]["properties"] == {"size": {"type": "number"}}
    assert "load" not in schema["properties"]


def test_the_schema_of_a_study_has_the_fields_that_are_stored() -> None:
    stored = Study(id="a", subject="p", captions=("c",), prior="b").to_json()
    assert stored.keys() <= json_schema(Study, "study")["properties"].keys()


def test_usage_line() -> None:
    command = argparse.ArgumentParser(description="Do it.")
    command.add_argument("image", metavar="IMAGE", help="a file")
    command.add_argument("prompts", metavar="PROMPT", nargs="*", help="what | which")
    command.add_argument("-o", "--out", required=True, help="where")
    command.add_argument("--size", type=int, default=128, help="pixels")
    text = doc_pages.command_text("polyclinic do", command)
    assert "polyclinic do IMAGE [PROMPT ...] --out OUT [--size SIZE]\n" in text
    assert "| `--size SIZE` | pixels (default: 128) |" in text
    assert "what \\| which" in text
