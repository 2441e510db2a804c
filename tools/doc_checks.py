"""Checks of Markdown pages: relative links, command lines, and Python."""

from __future__ import annotations

import ast
import contextlib
import doctest
import importlib
import io
import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from polyclinic import cli
from polyclinic.errors import RecordError
from polyclinic.records import from_plain
from polyclinic.store.collection import Header
from polyclinic.study import Study

FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


def fenced(text: str, *languages: str) -> Iterator[tuple[int, str]]:
    """Code blocks of some languages, with the number of their first line."""
    for match in FENCE.finditer(text):
        if match[1] in languages:
            yield text[: match.start(2)].count("\n") + 1, match[2]


def links(text: str, path: Path, root: Path) -> list[str]:
    """Relative links that lead to no file or no heading, or out of the project."""
    problems = []
    for match in LINK.finditer(FENCE.sub("", text)):
        target, _, fragment = match[1].partition("#")
        if ":" in target:
            continue
        goal = (path.parent / target).resolve() if target else path
        if not goal.is_relative_to(root) or not goal.exists():
            problems.append(f"{path.relative_to(root)}: no such file: {match[1]}")
        elif fragment and fragment not in anchors(goal.read_text("utf-8")):
            problems.append(f"{path.relative_to(root)}: no such heading: {match[1]}")
    return problems


def anchors(text: str) -> set[str]:
    """The anchors that headings of a page get."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(FENCE.sub("", text)))
    return {heading.strip().replace(" ", "-") for heading in plain}


def command_lines(text: str) -> Iterator[tuple[int, str]]:
    """`polyclinic ...` lines in shell blocks, continuation lines joined."""
    for first, block in fenced(text, "sh", "bash", "console"):
        joined = block.replace("\\\n", "  ")
        for offset, line in enumerate(joined.splitlines()):
            if found := re.match(r"(?:\$ )?(?:\S+=\S+ )*(?:\S*/)?polyclinic (.*)", line):
                yield first + offset, found[1]


def commands(text: str, where: str) -> list[str]:
    """Command lines that the real parser refuses."""
    return [
        f"{where}:{line}: polyclinic {command}: {reason}"
        for line, command in command_lines(text)
        if (reason := refused(command))
    ]


@cache
def refused(command: str) -> str:
    """Why the parser refuses a command line; empty where it does not."""
    said = io.StringIO()
    words = shlex.split(command, comments=True)
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            cli.parser().parse_args(words)
    except SystemExit as stop:
        return said.getvalue().strip().splitlines()[-1] if stop.code else ""
    return ""


def python(text: str, where: str) -> list[str]:
    """Python blocks that do not compile, examples that give something else, imports of what is not there."""
    problems = []
    for line, block in fenced(text, "python"):
        if ">>>" in block:
            problems += run_examples(block, f"{where}:{line}")
            continue
        try:
            problems += [f"{where}:{line}: {missing}" for missing in missing_imports(ast.parse(block))]
        except SyntaxError as error:
            problems.append(f"{where}:{line}: {error.msg}")
    return problems


def run_examples(block: str, where: str) -> list[str]:
    """What the examples of one block print otherwise than they say."""
    test = doctest.DocTestParser().get_doctest(block, {}, where, where, 0)
    said: list[str] = []
    doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    return [f"{where}: {''.join(said)}"] if said else []


def records(text: str, where: str) -> list[str]:
    """JSON that does not parse, lines of `studies.jsonl` and headers of collections that break the schema."""
    problems = []
    for language in ("json", "jsonl"):
        for line, block in fenced(text, language):
            try:
                read_records(language, block)
            except (json.JSONDecodeError, RecordError) as error:
                problems.append(f"{where}:{line}: {error}")
    return problems


def read_records(language: str, block: str) -> None:
    """Read one block: `jsonl` holds a Study a line, `json` with a schema version is a collection's header.

    Raises:
        RecordError: it breaks the schema.
    """
    if language == "jsonl":
        for line in block.splitlines():
            Study.from_json(json.loads(line))
    elif "schema" in (whole := json.loads(block)):
        from_plain(Header, whole, "collection.json")


def mentions(source: str, where: str, root: Path) -> list[str]:
    """Pages that the source names and that are not there."""
    named = re.findall(r"\bdocs/[\w/-]+\.md\b", source)
    return [f"{where}: no such page: {name}" for name in named if not (root / name).is_file()]


def missing_imports(block: ast.Module) -> list[str]:
    """Names that the block imports from this package and that are not there."""
    missing = []
    for node in ast.walk(block):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "polyclinic":
            missing += [name for alias in node.names if not there(name := f"{node.module}.{alias.name}")]
    return [f"there is no {name}" for name in missing]


def there(name: str) -> bool:
    """Whether a dotted name is a module, or a member of one."""
    module, _, member = name.rpartition(".")
    try:
        return hasattr(importlib.import_module(module), member) or bool(importlib.import_module(name))
    except ModuleNotFoundError:
        return False
