"""Generated blocks inside hand-written pages: what stands between `<!-- NAME -->` and `<!-- /NAME -->`."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from doc_classes import cell, field_table, summary
from doc_sets import set_table

from polyclinic import verbs
from polyclinic.phantom.dials import Dials

Block = Callable[[], str]
NEXT = "\n\n"
TOP = ("study", "verbs", "cards", "registry", "models", "errors")


def blocks(root: Path) -> dict[str, Block]:
    """The blocks that are generated, by name."""
    source = root / "src" / "polyclinic"
    return {
        "tree": partial(tree, source),
        "verbs": verb_table,
        "layouts": partial(layout_table, source / "layouts"),
        "shapes": partial(layout_sections, source / "layouts"),
        "sets": set_table,
        "set_shapes": partial(layout_sections, source / "layouts" / "public"),
        "names": partial(name_table, source / "layouts" / "names.toml"),
        "columns": partial(docstring_table, source / "layouts" / "columns.py"),
        "facts": partial(docstring_table, source / "layouts" / "facts.py"),
        "instructions": partial(docstring_table, source / "curate" / "instructions.py"),
        "dials": partial(field_table, Dials),
    }


def fill(text: str, known: Mapping[str, Block]) -> str:
    """The page with its generated blocks made anew; blocks of other names stay."""

    def made(match: re.Match[str]) -> str:
        name = match[1]
        return f"<!-- {name} -->\n{known[name]()}\n<!-- /{name} -->" if name in known else match[0]

    return re.sub(r"<!-- (\w+) -->\n.*?<!-- /\1 -->", made, text, flags=re.DOTALL)


def first_sentence(path: Path) -> str:
    """What a module's docstring says first."""
    doc = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return doc.split(NEXT)[0].replace("\n", " ").rstrip(".")


def tree(source: Path) -> str:
    """The package's folders and main modules, each with the first sentence of its docstring."""
    named = [(f"{name}.py", source / f"{name}.py") for name in TOP]
    folders = sorted(path for path in source.glob("*/__init__.py"))
    named += [(f"{path.parent.name}/", path) for path in folders]
    lines = [f"  {name:<15}{first_sentence(path)}" for name, path in named]
    return "\n".join(["```text", "src/polyclinic/", *lines, "```"])


def verb_table() -> str:
    """The verbs, their calls and what they give."""
    rows = ["| verb | call | gives |", "| --- | --- | --- |"]
    for verb, protocol in verbs.PROTOCOLS.items():
        methods = [member for name, member in vars(protocol).items() if inspect.isfunction(member) and name[0] != "_"]
        calls = "<br>".join(f"`{method.__name__}({', '.join(parameters(method))})`" for method in methods)
        gives = summary(protocol.__doc__).removeprefix(f"{verb}: ")
        rows.append(f"| {verb} | {calls} | {cell(gives)} |")
    return "\n".join(rows)


def parameters(method: Callable[..., object]) -> list[str]:
    """A method's parameters as a caller writes them."""
    found = list(inspect.signature(method).parameters.values())[1:]
    return [p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in found]


def docstring_table(path: Path) -> str:
    """The table that stands in a module's docstring."""
    doc = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return "\n".join(line for line in doc.splitlines() if line.startswith("|"))


def name_table(path: Path) -> str:
    """The column names that have a role, from the table of names."""
    listed = tomllib.loads(path.read_text("utf-8"))
    texts: dict[str, list[str]] = {}
    for name, becomes in listed["text"].items():
        texts.setdefault(becomes, []).append(name)
    rows = [(role, found) for role, found in listed["roles"].items()]
    rows += [(f"text: {becomes}", found) for becomes, found in texts.items()]
    rows.append(("label", listed["labels"]["names"]))
    shown = [f"| {role} | {', '.join(f'`{name}`' for name in found)} |" for role, found in rows]
    return "\n".join(["| becomes | columns named |", "| --- | --- |", *shown])


def layouts(folder: Path) -> list[tuple[str, str]]:
    """Name and docstring of each layout; a layout's file is one that says what it looks for."""
    found = []
    for path in sorted(folder.glob("*.py")):
        source = ast.parse(path.read_text("utf-8"))
        told = literals(source)
        if {"NAME", "LOOKED_FOR"} <= told.keys():
            found.append((str(ast.literal_eval(told["NAME"])), ast.get_docstring(source) or ""))
    return found


def layout_table(folder: Path) -> str:
    """The layouts that folders may have, each with its first sentence."""
    rows = [f"| {name} | {cell(doc.split(NEXT)[0])} |" for name, doc in layouts(folder)]
    return "\n".join(["| layout | what it is |", "| --- | --- |", *rows])


def layout_sections(folder: Path) -> str:
    """The layouts with all that their files say of them."""
    return NEXT.join(f"### {name}{NEXT}{doc}" for name, doc in layouts(folder))


def literals(source: ast.Module) -> dict[str, ast.expr]:
    """What a module assigns to single names at its top level."""
    assigned = [node for node in source.body if isinstance(node, ast.Assign)]
    return {node.targets[0].id: node.value for node in assigned if isinstance(node.targets[0], ast.Name)}
