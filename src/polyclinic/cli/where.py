"""`polyclinic where`: the places in the code from a command to the method that does the work."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from polyclinic.cli.output import emit, table

HELP = "Print file:line of the way from a command to the code that does the work."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("id", metavar="ID", help="the system (`polyclinic systems` lists them)")
    parser.add_argument("verb", metavar="VERB", help="one of the system's verbs, or `fit`")


def run(args: argparse.Namespace) -> None:
    """Print the way.

    Raises:
        UsageError: no such system, or it does not have the verb.
    """
    from polyclinic import registry
    from polyclinic.errors import UsageError

    card = registry.find(args.id).card
    if args.verb not in (*card.verbs, "fit"):
        raise UsageError(
            f"{args.id} does not provide {args.verb!r}", hint="it provides " + ", ".join((*card.verbs, "fit"))
        )
    hops = list(way(args.id, args.verb))
    if args.json:
        emit([{"what": what, "file": file, "line": line} for what, file, line in hops])
    else:
        table(["what", "where"], [[what, f"{file}:{line}"] for what, file, line in hops])


def way(system: str, verb: str) -> Iterator[tuple[str, str, int]]:
    """What, file and line of each hop: the command, what it calls, the model's own methods."""
    from polyclinic import registry

    if importlib.util.find_spec(f"polyclinic.cli.{verb}"):
        command = importlib.import_module(f"polyclinic.cli.{verb}")
        yield (f"the command polyclinic {verb}", *_place(command.run))
    model = registry.load(system).Model
    if verb == "fit":
        from polyclinic.training import loop

        yield ("the training loop", *_place(loop.Training.train))
    names = _members(verb)
    for name in names:
        method = getattr(model, name)
        yield (f"{_owner(model, name)}.{name}", *_place(method))


def _members(verb: str) -> list[str]:
    """Names of the methods that make up a verb."""
    from polyclinic.verbs import PROTOCOLS

    if verb == "fit":
        return ["view", "forward"]
    return [name for name, member in vars(PROTOCOLS[verb]).items() if inspect.isfunction(member) and name[0] != "_"]


def _owner(model: type, name: str) -> str:
    """The class in the model's line of classes that defines a method."""
    return next(cls.__name__ for cls in model.__mro__ if name in vars(cls))


def _place(function: Callable[..., Any]) -> tuple[str, int]:
    """File and line of a function's `def`, relative to the working folder where it is below it."""
    code = inspect.unwrap(function).__code__
    file = Path(code.co_filename)
    line = code.co_firstlineno
    lines = file.read_text("utf-8").splitlines()
    while not lines[line - 1].lstrip().startswith("def "):
        line += 1  # the first line is that of a decorator
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file), line
