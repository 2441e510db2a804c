"""The generated pages: the command line, the record, and a page for each system."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from doc_classes import field_table, json_schema, summary
from doc_systems import system_index, system_page

from polyclinic import cli, registry, study
from polyclinic.store import collection, splits

MADE = "<!-- Made by `make docs`; do not edit. -->\n"
SHARED = {"--json", "--debug"}
RECORD = (
    study.Study,
    study.Image,
    study.Report,
    study.Finding,
    study.Region,
    study.Mask,
    study.MaskFile,
    study.Turn,
    study.Outcome,
    study.Source,
)


def pages() -> dict[str, str]:
    """Every generated page, by its path below docs/."""
    made = {
        "reference/cli.md": cli_page(),
        "reference/record.md": record_page(),
        "reference/study.schema.json": schema(study.Study, "A line of studies.jsonl"),
        "reference/collection.schema.json": schema(collection.Header, "collection.json"),
        "systems/README.md": f"{MADE}{system_index(own_systems())}",
    }
    for system_id, entry in own_systems().items():
        made[f"systems/{system_id}.md"] = f"{MADE}{system_page(entry)}"
    return made


def own_systems() -> dict[str, registry.Entry]:
    """The systems of this package, without those that other installed packages add."""
    known = registry.systems().items()
    return {name: entry for name, entry in known if entry.module.startswith("polyclinic.systems.")}


def schema(cls: type, title: str) -> str:
    """A class's JSON Schema as text."""
    return json.dumps(json_schema(cls, title), indent=2, ensure_ascii=False) + "\n"


def record_page() -> str:
    """Tables of all classes that a collection stores."""
    parts = [
        f"{MADE}# The record, field by field",
        "What may stand in a line of `studies.jsonl` and in `collection.json`. "
        "[The record](../concepts/record.md) explains it with an example. The same as JSON Schema: "
        "[study.schema.json](study.schema.json), [collection.schema.json](collection.schema.json).",
    ]
    for cls in (*RECORD, collection.Header, splits.Splits):
        parts.append(f"## {cls.__name__}\n\n{summary(cls.__doc__)}\n\n{field_table(cls)}")
    return "\n\n".join(parts) + "\n"


def cli_page() -> str:
    """Every command with its arguments."""
    top = cli.parser()
    parts = [
        f"{MADE}# The command line",
        "Data go to stdout, progress and notes to stderr. Every command takes `--json` (print the result as JSON) "
        "and `--debug` (show the traceback of an error). Exit status: 0 done, 1 the work failed, 2 the call was "
        "wrong, 130 interrupted. MODEL is a run folder or the name of a shipped checkpoint.",
    ]
    commands = list(walk(top))
    parts.append(
        "\n".join(f"- [`{name}`](#{anchor(name)}): {sentence(command.description)}" for name, command in commands)
    )
    parts += [f"## {name}\n\n{command_text(name, command)}" for name, command in commands]
    return "\n\n".join(parts) + "\n"


def anchor(heading: str) -> str:
    """The link to a heading of plain words."""
    return heading.replace(" ", "-")


def walk(parser: argparse.ArgumentParser, name: str = "polyclinic") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """All commands below a parser, each with its whole name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help for choice in action._choices_actions}
            for word, command in action.choices.items():
                command.description = command.description or helps.get(word)
                yield f"{name} {word}", command
                yield from walk(command, f"{name} {word}")


def command_text(name: str, command: argparse.ArgumentParser) -> str:
    """A command's description, usage and arguments; the same whatever the terminal and Python version."""
    shown = [
        a for a in command._actions if not isinstance(a, argparse._HelpAction) and not SHARED & {*a.option_strings}
    ]
    usage = " ".join([name, *(usage_word(action) for action in ordered(shown))])
    rows = "\n".join(f"| `{written(a)}` | {described(a)} |" for a in shown if not words_of(a))
    table = f"\n\n| argument | meaning |\n| --- | --- |\n{rows}" if rows else ""
    return f"{sentence(command.description)}\n\n```text\n{usage}\n```{table}"


def sentence(text: str | None) -> str:
    """A help text with a capital letter and a full stop."""
    told = text or ""
    return told[:1].upper() + told[1:] + ("" if told.endswith(".") else ".")


def words_of(action: argparse.Action) -> str:
    """The sub-commands that may stand at an argument's place; empty where it is a value."""
    return f"{{{','.join(action.choices)}}}" if isinstance(action, argparse._SubParsersAction) else ""


def ordered(actions: list[argparse.Action]) -> list[argparse.Action]:
    """Positional arguments first, then options that must be given, then the others."""
    return sorted(actions, key=lambda action: (bool(action.option_strings), not action.required))


def usage_word(action: argparse.Action) -> str:
    """An argument as a usage line has it, in brackets where it may be left out."""
    names = action.option_strings
    word = " ".join([*names[-1:], taken(action)]).strip()
    needed = action.required if names else action.nargs not in ("*", "?")
    return word if needed else f"[{word}]"


def written(action: argparse.Action) -> str:
    """An argument with what it takes: `--size N`, `IMAGE`, `-o, --out OUT`."""
    return f"{', '.join(action.option_strings)} {taken(action)}".strip().replace("|", "\\|")


def taken(action: argparse.Action) -> str:
    """The value that an argument takes; empty for a switch."""
    if action.nargs == 0:
        return ""
    if words := words_of(action):
        return words
    plain = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    value = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else plain
    several = action.nargs in ("*", "+") or (isinstance(action.nargs, int) and action.nargs > 1)
    return f"{value} ..." if several else value


def described(action: argparse.Action) -> str:
    """The help of an argument, with its default where the help does not say it."""
    told = (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%").replace("|", "\\|")
    default = action.default
    shown = " ".join(map(str, default)) if isinstance(default, list | tuple) else str(default)
    silent = default in (None, False, argparse.SUPPRESS) or not shown or not action.option_strings
    return told if silent or "default" in told else f"{told} (default: {shown})"
