"""`polyclinic systems`: what there is."""

from __future__ import annotations

import argparse

from polyclinic.cli.output import emit, note, table

HELP = "List the systems."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--verb", metavar="V", help="only those that provide this verb")
    parser.add_argument("--kind", metavar="K", help="only those of this kind")


def run(args: argparse.Namespace) -> None:
    """Print the systems that fit."""
    from polyclinic import registry

    entries = list(registry.systems().values())
    if args.verb:
        _check("verb", args.verb, _verbs())
        entries = [entry for entry in entries if args.verb in entry.card.verbs]
    if args.kind:
        _check("kind", args.kind, sorted({kind for entry in registry.systems().values() for kind in entry.card.kinds}))
        entries = [entry for entry in entries if args.kind in entry.card.kinds]
    if args.json:
        emit([registry.described(entry) for entry in entries])
        return
    rows = [[e.card.id, e.card.year, ", ".join(e.card.kinds), " ".join(e.card.verbs), e.card.checked] for e in entries]
    table(["id", "year", "kind", "verbs", "checked"], rows)
    note(f"{len(entries)} systems; polyclinic show ID tells more of one")


def _verbs() -> list[str]:
    from polyclinic.verbs import PROTOCOLS

    return list(PROTOCOLS)


def _check(what: str, name: str, known: list[str]) -> None:
    """Refuse a name that nothing has.

    Raises:
        UsageError: it is unknown.
    """
    from polyclinic.errors import UsageError

    if name not in known:
        raise UsageError(f"no {what} is named {name!r}", hint=f"{what}s: " + ", ".join(known))
