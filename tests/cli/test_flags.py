"""The flags of every command are frozen: who changes one changes tests/golden/flags.json with it, knowingly."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any

from polyclinic.cli import COMMANDS, parser


def commands(top: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command and sub-command with its parser, by its whole name."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, below in action.choices.items():
                whole = f"{name} {word}".strip()
                yield whole, below
                yield from commands(below, whole)


def flags(command: argparse.ArgumentParser) -> list[str]:
    """Arguments as `NAME`, `--flag` or `-o/--out`, with what they take; values are part of the promise."""
    shown = []
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction | argparse._HelpAction):
            continue
        name = "/".join(action.option_strings) or action.dest
        taken = "" if action.nargs is None else f" nargs={action.nargs}"
        chosen = f" one of {','.join(map(str, action.choices))}" if action.choices else ""
        shown.append(name + taken + chosen + (" required" if action.option_strings and action.required else ""))
    return sorted(shown)


def test_flags_are_frozen(golden: Callable[[str, Any], None]) -> None:
    golden("flags.json", {name: flags(command) for name, command in commands(parser())})


def test_every_command_has_json_and_debug() -> None:
    found = dict(commands(parser()))
    assert found.keys() >= set(COMMANDS)
    for name in COMMANDS:
        assert {"--json", "--debug"} <= {flag.split()[0] for flag in flags(found[name])}


def test_a_changed_flag_is_seen() -> None:
    command = argparse.ArgumentParser()
    command.add_argument("--seed", type=int)
    before = flags(command)
    command.add_argument("--size", choices=(64, 128))
    assert flags(command) != before
    assert "--size one of 64,128" in flags(command)


def test_every_argument_is_explained() -> None:
    silent = [
        f"{name} {'/'.join(action.option_strings) or action.dest}"
        for name, command in commands(parser())
        for action in command._actions
        if not action.help and not isinstance(action, argparse._SubParsersAction)
    ]
    assert not silent
