"""`polyclinic show`: one system's card, presets, configuration and size."""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import re
from types import ModuleType
from typing import Any

from polyclinic.cli.output import emit, table

HELP = "Show one system: card, presets, configuration, parameter count."
FIELD = re.compile(r"^ {4}(\w+): (.*)")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("id", metavar="ID", help="the system (`polyclinic systems` lists them)")
    parser.add_argument("--preset", metavar="P", help="preset to show (default: the first)")


def run(args: argparse.Namespace) -> None:
    """Print what the system says of itself.

    Raises:
        UsageError: no such system or preset.
    """
    from polyclinic import registry
    from polyclinic.configs import plain_config
    from polyclinic.errors import UsageError

    entry = registry.find(args.id)
    preset = args.preset or entry.presets[0]
    if preset not in entry.presets:
        raise UsageError(f"{args.id} has no preset {preset!r}", hint="presets: " + ", ".join(entry.presets))
    module = registry.load(args.id)
    config = module.PRESETS[preset]
    known = {**registry.described(entry), "preset": preset, "config": plain_config(config)}
    known["parameters"] = parameter_count(module, config)
    if args.json:
        emit(known | {"fields": field_docs(type(config))})
    else:
        _print(known, field_docs(type(config)))


def _print(known: dict[str, Any], docs: dict[str, str]) -> None:
    print(f"{known['title']}\n")
    listed = ("id", "year", "paper", "kinds", "verbs", "checked", "claim", "weights", "differs", "presets")
    for name in listed:
        value = known[name]
        if value not in (None, []):
            print(f"{name:<11} {', '.join(value) if isinstance(value, list) else value}")
    print(f"\npreset {known['preset']} (change a field with `polyclinic fit {known['id']} ... --set KEY=VALUE`)")
    rows = [[name, _written(value), docs.get(name, "")] for name, value in known["config"].items()]
    table(["field", "value", "meaning"], rows)
    count = known["parameters"]
    print(f"\nparameters  {f'{count:,}' if count is not None else 'known once it is built from data'}")
    for name, figure in known["published"].items():
        print(f"published   {name} {figure:,}{_apart(count, figure) if name == 'parameters' else ''}")


def _apart(count: int | None, published: float) -> str:
    """How far the counted size is from the published one; only the `paper` preset means to be near."""
    return "" if count is None or not published else f" (this preset: {100 * (count / published - 1):+.1f} %)"


def _written(value: Any) -> str:
    """A value as `--set` takes it."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def parameter_count(module: ModuleType, config: Any) -> int | None:
    """Parameters of a system's model, counted without memory for them.

    The system's `build_meta(config)` makes the model; None where it has none, because its size depends on data.
    """
    import torch

    if not hasattr(module, "build_meta"):
        return None
    with torch.device("meta"):
        model = module.build_meta(config)
    return sum(parameter.numel() for parameter in model.parameters())


def field_docs(config: type) -> dict[str, str]:
    """What the docstring's `Args:` says of each field of a Config."""
    docs: dict[str, str] = {}
    last: str | None = None
    fields = {field.name for field in dataclasses.fields(config)}
    for line in (inspect.getdoc(config) or "").splitlines():
        if (found := FIELD.match(line)) and found[1] in fields:
            last = found[1]
            docs[last] = found[2]
        elif last is not None and line.startswith(" " * 8):
            docs[last] += " " + line.strip()
        else:
            last = None
    return docs
