"""`polyclinic prove`: run the claims of systems, and store what came of them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyclinic.cli.output import emit, note, table

if TYPE_CHECKING:
    from polyclinic.claims.ledger import Proof

HELP = "Run a system's claim: the method against the method without its idea, on phantoms."
CHECKOUT = Path(__file__).parents[3]
INTERRUPTED = 130


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("ids", nargs="*", metavar="ID", help="systems that make a claim")
    parser.add_argument("--all", action="store_true", help="every system that makes a claim")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="how many seeds (default: 3)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the first seed (default: 0)")
    parser.add_argument("--workers", type=int, metavar="N", help="processes side by side (default: one a core)")
    parser.add_argument("--out", metavar="DIR", help="where results are stored (default: docs/ledger of the checkout)")


def run(args: argparse.Namespace) -> int:
    """Prove one claim after the other; one that cannot be run does not stop the next.

    Raises:
        UsageError: no system was named, one makes no claim, or there is no place for results.
    """
    from polyclinic.claims.prove import Work, prove
    from polyclinic.errors import PolyclinicError, UsageError
    from polyclinic.training.record import cores

    folder = _folder(args.out)
    names = _chosen(args)
    workers = cores() if args.workers is None else args.workers
    for name in names:
        Work.of(name, folder, range(args.seed, args.seed + args.seeds))  # a wrong call is told before the first runs
    proofs, broken = [], 0
    for name in names:
        try:
            proofs.append(prove(name, folder, seeds=args.seeds, seed=args.seed, workers=workers, note=note))
        except UsageError:
            raise
        except PolyclinicError as error:
            if len(names) == 1:
                raise
            broken += 1
            note(f"error: {name}: {error}")
        if proofs and proofs[-1].interrupted:
            note("interrupted; the same command goes on from there if nothing has changed")
            break
    _told(proofs, args.json)
    stopped = any(proof.interrupted for proof in proofs)
    return INTERRUPTED if stopped else int(broken > 0)


def _chosen(args: argparse.Namespace) -> list[str]:
    from polyclinic.claims.prove import claimed
    from polyclinic.errors import UsageError

    if bool(args.ids) == args.all:
        raise UsageError("expected either systems or --all", hint="with a claim: " + (", ".join(claimed()) or "none"))
    return claimed() if args.all else list(dict.fromkeys(args.ids))


def _folder(out: str | None) -> Path:
    from polyclinic.errors import UsageError

    if out is None and not (CHECKOUT / "docs").is_dir():
        raise UsageError("there is no checkout to store results in", hint="say where with --out DIR")
    return Path(out) if out else CHECKOUT / "docs" / "ledger"


def _told(proofs: list[Proof], as_json: bool) -> None:
    if as_json:
        emit([plain(proof) for proof in proofs])
        return
    for proof in proofs:
        print(f"{proof.id}: {proof.says}")
        rows = [[arm, *map(_number, scores)] for arm, scores in proof.arms.items()]
        table([proof.metric, *(f"seed {seed}" for seed in proof.seeds)], rows)
        interval = f"{_number(proof.low)} to {_number(proof.high)}"
        print(f"difference {_number(proof.difference)} (95 % interval {interval})")
        print(f"claimed    {proof.direction} by {proof.smallest:g} or more")
        print(f"verdict    {proof.verdict}, after {proof.seconds:.0f} s\n")


def plain(proof: Proof) -> dict[str, Any]:
    """A proof as a JSON value."""
    from polyclinic.records import to_plain

    stored: dict[str, Any] = to_plain(proof)
    return stored


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
