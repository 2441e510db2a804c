"""The command line: one file a command. Heavy imports happen inside a command, so that help is instant.

A command module has `NAME`, `HELP`, `arguments(parser)` and `run(args) -> int | None`. Data goes to stdout
(`--json` on every command), progress and notes to stderr. Exit status: 0 done, 1 the work failed, 2 the
call was wrong.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from polyclinic import __version__
from polyclinic.cli.output import note
from polyclinic.errors import PolyclinicError, UsageError

COMMANDS = (
    "phantom",
    "data",
    "systems",
    "show",
    "where",
    "fit",
    "assess",
    "prove",
    "new",
    "answer",
    "report",
    "segment",
    "find",
    "classify",
    "index",
    "search",
    "embed",
    "open",
    "serve",
    "pacs",
)


def parser() -> argparse.ArgumentParser:
    """The whole command line as one parser."""
    top = argparse.ArgumentParser(
        prog="polyclinic",
        description="Biomedical vision-language AI in one toolkit. Research software, not a medical device.",
    )
    top.add_argument("--version", action="version", version=f"polyclinic {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f"polyclinic.cli.{name}")
        command = commands.add_parser(name, help=module.HELP, description=module.HELP)
        module.arguments(command)
        command.add_argument("--json", action="store_true", help="print the result as JSON")
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")
        command.set_defaults(run=module.run)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; errors become a line with a hint, not a traceback."""
    args = parser().parse_args(argv)
    try:
        return args.run(args) or 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1
    except (PolyclinicError, OSError, MemoryError) as error:
        if args.debug:
            raise
        note(f"error: {error}")
        if hint := getattr(error, "hint", None):
            note(f"hint: {hint}")
        return 2 if isinstance(error, UsageError) else 1
