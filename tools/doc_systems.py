"""System pages: what a system's own file says, read with `ast`; nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from doc_classes import argument_docs, cell

from polyclinic.registry import Entry

CHECKED = {
    "shape": "it runs: shapes, gradients, save and load",
    "claim": "its idea shows on phantoms",
    "paper-number": "a published figure was met",
}


def system_index(systems: Mapping[str, Entry]) -> str:
    """The table of all systems."""
    rows = [
        f"| [{name}]({name}.md) | {cell(entry.card.title)} | {', '.join(entry.card.kinds)} | "
        f"{', '.join(entry.card.verbs)} | {entry.card.checked} |"
        for name, entry in systems.items()
    ]
    head = "| id | title | kinds | verbs | checked |\n| --- | --- | --- | --- | --- |"
    return "\n".join(["# Systems", "", head, *rows]) + "\n"


def system_page(entry: Entry) -> str:
    """Card, docstring, configuration and presets of one system."""
    source = ast.parse(entry.file.read_text("utf-8"))
    parts = [f"# {entry.card.id}", f"**{entry.card.title}**", ast.get_docstring(source) or "", card_table(entry)]
    config = next((n for n in source.body if isinstance(n, ast.ClassDef) and n.name == "Config"), None)
    if config:
        parts += ["## Configuration", "`--set FIELD=VALUE` changes one field of a preset.", config_table(config)]
        parts += ["## Presets", preset_table(source)]
    return "\n\n".join(parts) + "\n"


def card_table(entry: Entry) -> str:
    """What the card says, one row a field."""
    card = entry.card
    published = ", ".join(f"{name} {value:g}" for name, value in card.published.items())
    rows = {
        "verbs": ", ".join(card.verbs),
        "kinds": ", ".join(card.kinds),
        "paper": card.paper or "none, it is this package's own",
        "year": str(card.year),
        "checked": f"{card.checked}: {CHECKED[card.checked]}",
        "published figures": published,
        "licence of public weights": card.weights or "",
        "differs from the paper": card.differs or "",
        "claim": entry.claim.says if entry.claim else "",
        "exempt from the contract": "; ".join(f"{check}: {reason}" for check, reason in card.exempt.items()),
        "source": f"[{Path(entry.file).name}](../../src/{entry.module.replace('.', '/')}.py)",
    }
    return "\n".join(
        ["| | |", "| --- | --- |", *(f"| {name} | {cell(value)} |" for name, value in rows.items() if value)]
    )


def fields(config: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    """The annotated fields of a configuration class."""
    yield from (node for node in config.body if isinstance(node, ast.AnnAssign))


def config_table(config: ast.ClassDef) -> str:
    """Fields with type, default and meaning."""
    docs = argument_docs(ast.get_docstring(config))
    rows = ["| field | type | default | meaning |", "| --- | --- | --- | --- |"]
    for node in fields(config):
        name = ast.unparse(node.target)
        default = f"`{ast.unparse(node.value)}`" if node.value else "required"
        meaning = f" {cell(docs[name])}" if name in docs else ""
        rows.append(f"| `{name}` | `{cell(ast.unparse(node.annotation))}` | {default} |{meaning} |")
    return "\n".join(rows)


def preset_table(source: ast.Module) -> str:
    """What each preset changes of the defaults."""
    rows = ["| preset | what differs from the defaults |", "| --- | --- |"]
    for name, call in presets(source):
        changes = ", ".join(f"`{word.arg}={ast.unparse(word.value)}`" for word in call.keywords)
        rows.append(f"| `{name}` | {changes or 'nothing'} |")
    return "\n".join(rows)


def presets(source: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Names and constructor calls of the module's `PRESETS`."""
    for node in source.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and target.id == "PRESETS" and isinstance(value, ast.Dict):
            for key, call in zip(value.keys, value.values, strict=True):
                if key is not None and isinstance(call, ast.Call):
                    yield str(ast.literal_eval(key)), call
