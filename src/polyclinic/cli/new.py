"""`polyclinic new`: begin a system from the template, with its test."""

from __future__ import annotations

import argparse
import ast
import keyword
import re
from pathlib import Path

from polyclinic.cli.output import emit, note

HELP = "Begin a system: write its file and its test from a small one that works."
PACKAGE = Path(__file__).parents[1]
TEMPLATE, TEST = PACKAGE / "systems" / "_template.py", PACKAGE / "systems" / "_template_test.py"
CHECKOUT = Path(__file__).parents[3]
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("id", metavar="ID", help="small letters, digits and dashes")
    parser.add_argument("--out", metavar="DIR", help="folder of your own package (default: this checkout)")


def run(args: argparse.Namespace) -> None:
    """Write both files.

    Raises:
        UsageError: the id is no id or is taken, a file is there already, or there is no checkout to write to.
    """
    name = checked(args.id)
    texts = written(args.id, args.out is not None)
    system, test = _places(name, args.out)
    _refuse_taken(system, test)
    for path, text in zip((system, test), texts, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    if args.json:
        emit({"id": args.id, "system": str(system), "test": str(test)})
        return
    note(f"wrote {system}\nwrote {test}")
    if args.out is not None:
        note(f'register it in your pyproject.toml:\n[project.entry-points."polyclinic.systems"]\n{args.id} = "{name}"')
    note(f"next: polyclinic show {args.id}; polyclinic prove {args.id} --seeds 1 --out DIR")


def checked(system_id: str) -> str:
    """The module's name for an id.

    Raises:
        UsageError: it is no id, or a system has it.
    """
    from polyclinic import registry
    from polyclinic.errors import UsageError

    name = system_id.replace("-", "_")
    if not ID.fullmatch(system_id) or keyword.iskeyword(name) or len(system_id) > 60:
        raise UsageError(f"expected an id such as my-system, got {system_id[:80]!r}")
    if system_id in registry.systems():
        raise UsageError(f"there is a system {system_id} already", hint="polyclinic systems lists them")
    return name


def written(system_id: str, outside: bool) -> tuple[str, str]:
    """The text of the system and of its test, under their own names.

    Args:
        outside: in a package of its own, where the module lies beside its test.
    """
    name = system_id.replace("-", "_")
    system, test = TEMPLATE.read_text("utf-8"), TEST.read_text("utf-8")
    system = system.replace('id="template"', f'id="{system_id}"').replace("prove template`", f"prove {system_id}`")
    system = system.replace('"""The template: a', '"""A', 1)
    module = name if outside else f"polyclinic.systems.{name}"
    test = test.replace("from polyclinic.systems._template import", f"from {module} import")
    for text in (system, test):
        ast.parse(text)
    return system, test


def _places(name: str, out: str | None) -> tuple[Path, Path]:
    """Where the system and its test go.

    Raises:
        UsageError: there is no checkout.
    """
    from polyclinic.errors import UsageError

    if out is not None:
        return Path(out) / f"{name}.py", Path(out) / f"test_{name}.py"
    systems, tests = CHECKOUT / "src" / "polyclinic" / "systems", CHECKOUT / "tests" / "systems"
    if not systems.is_dir() or not tests.is_dir():
        raise UsageError("there is no checkout to write to", hint="say where with --out DIR")
    return systems / f"{name}.py", tests / f"test_{name}.py"


def _refuse_taken(*paths: Path) -> None:
    from polyclinic.errors import UsageError

    if taken := [path for path in paths if path.exists() or path.is_symlink()]:
        raise UsageError(f"{taken[0]} is there already", hint="nothing was written")
