"""`polyclinic data`: what a folder holds, into a collection, is it sound, how it is split."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyclinic.cli.inputs import place

if TYPE_CHECKING:
    from polyclinic.store.collection import Collection

NAME = "data"
HELP = "look at, convert, check and split data"
FORMS = ("coco", "nnunet", "llava", "webdataset", "huggingface", "parquet", "geojson")
PATH_HELP = "a folder, a table, an image, a collection, or the address of shards"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    _action(actions, "inspect", "say what is recognised, what could be done with it, and what is wrong")
    convert = _action(actions, "convert", "make a Polyclinic collection of it, or write it for another tool")
    convert.add_argument("out", type=Path, metavar="OUT", help="new folder")
    convert.add_argument("--to", choices=FORMS, help="another tool's form instead of a collection")
    how = convert.add_mutually_exclusive_group()
    how.add_argument("--copy", action="store_true", help="copy the files (the default)")
    how.add_argument("--link", action="store_true", help="make hard links to the files instead of copies")
    _action(actions, "check", "read every file and look for leaks between splits; exit status 1 if something is wrong")
    audit = _action(actions, "audit", "look for leaks and duplicates; a page shows them; exit status 1 if splits leak")
    audit.add_argument("--out", type=Path, metavar="DIR", help="write audit.json and audit.html there")
    audit.add_argument("--variants", action="store_true", help="find turned, mirrored and inverted copies as well")
    split = _action(actions, "split", "give a collection new splits, by subject")
    split.add_argument(
        "--fractions", type=float, nargs=3, default=(0.8, 0.1, 0.1), metavar="F", help="shares of train, val and test"
    )
    split.add_argument("--salt", default="polyclinic", metavar="S", help="another salt deals the subjects anew")
    shard = _action(actions, "shard", "write it as shards, which stream; the same command again goes on after a stop")
    shard.add_argument("out", type=Path, metavar="OUT", help="new folder for the shards")
    shard.add_argument(
        "--shard-mb", type=int, default=256, metavar="N", help="the most a shard holds (default 256 MiB)"
    )
    shard.add_argument("--processes", type=int, default=1, metavar="N", help="how many write at once (default 1)")
    turns = _action(actions, "turns", "print the instructions that training derives from the studies")
    turns.add_argument("--split", default="train", help="split to derive from, or `all` (default train)")
    turns.add_argument("--limit", type=int, default=3, metavar="N", help="how many studies (default 3)")
    named = _action(
        actions, "deidentify", "copy DICOM files without what names their patients; exit status 1 if some are withheld"
    )
    named.add_argument("out", type=Path, metavar="OUT", help="new folder for the files, named by keyed hashes")
    named.add_argument("--key", type=Path, metavar="FILE", help="secret that gives the same pseudonyms again")
    named.add_argument("--retain", nargs="+", default=(), metavar="WHAT", help="uids, device, institution, patient")
    named.add_argument("--clean", nargs="+", default=(), metavar="WHAT", help="descriptors, structured: not removed")
    named.add_argument("--dates", choices=("removed", "shifted", "kept"), default="removed", help="default: removed")
    named.add_argument("--keep-burnt-in", action="store_true", help="keep images whose pixels may show text")


def _action(actions: Any, name: str, text: str) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    action.add_argument("path", type=place, metavar="PATH", help=PATH_HELP)
    # these two also stand on the command itself; without a default they do not undo what was given there
    for flag, meaning in (("--json", "print the result as JSON"), ("--debug", "show the traceback of an error")):
        action.add_argument(flag, action="store_true", default=argparse.SUPPRESS, help=meaning)
    return action


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    actions = {"inspect": _inspect, "convert": _convert, "check": _check, "split": _split, "turns": _turns}
    actions |= {"deidentify": _deidentify, "shard": _shard, "audit": _audit}
    return actions[args.action](args)


def _inspect(args: argparse.Namespace) -> int:
    from polyclinic.cli.output import emit, plain
    from polyclinic.cli.overview import lines, overview
    from polyclinic.layouts import recognise

    recognition = recognise(args.path)
    found = {"layout": recognition.layout.NAME, "reason": recognition.reason}
    found |= overview(recognition.layout.read(args.path))
    if args.json:
        emit(found)
    else:
        print("\n".join(map(plain, lines(found))))
    return 0


def _convert(args: argparse.Namespace) -> int:
    from polyclinic.cli.output import emit, note
    from polyclinic.layouts import open_folder
    from polyclinic.store.export import export

    collection = open_folder(args.path)
    left_out: list[str] = []
    if args.to is None:
        count = export(collection, args.out, link=args.link)
    else:
        from polyclinic.writers.forms import FORMS as WRITERS

        written = WRITERS[args.to].write(collection, args.out, link=args.link)
        count, left_out = written.studies, written.lines()
    for line in (*(f"skipped: {line}" for line in collection.skipped), *(f"left out: {line}" for line in left_out)):
        note(line)
    if args.json:
        told = {"left_out": left_out} if args.to else {}
        emit({"studies": count, "skipped": list(collection.skipped), "root": str(args.out)} | told)
    else:
        print(f"{count} studies: {args.out}")
    return 0


def _check(args: argparse.Namespace) -> int:
    from polyclinic.cli.output import emit, plain
    from polyclinic.layouts import open_folder
    from polyclinic.store.audit import in_words
    from polyclinic.store.leaks import find_leaks

    collection = open_folder(args.path)
    report = find_leaks(collection, collection.header.splits)
    wrong = [*collection.skipped, *report.unreadable, *_broken_masks(collection), *_wrong_sums(collection)]
    leaks = [in_words(leak) for leak in report.leaks]
    if args.json:
        emit({"studies": len(collection), "images": report.images, "wrong": wrong, "leaks": _plain(report.leaks)})
    else:
        print(f"{len(collection)} studies, {report.images} images read: {len(wrong)} faults, {len(leaks)} leaks")
        print("\n".join(map(plain, [*(f"fault: {line}" for line in wrong), *(f"leak: {line}" for line in leaks)])))
    return 1 if wrong or leaks else 0


def _wrong_sums(collection: Collection) -> list[str]:
    from polyclinic.layouts.checksums import wrong_sums
    from polyclinic.layouts.facts import facts_titled

    known = facts_titled(collection.header.name)
    return wrong_sums(collection.root, known.checksums) if known else []


def _plain(leaks: Any) -> list[Any]:
    from polyclinic.records import to_plain

    return [to_plain(leak) for leak in leaks]


def _broken_masks(collection: Collection) -> list[str]:
    """Masks that cannot be read or are of another size than their image; one line each."""
    from polyclinic.errors import PolyclinicError

    wrong: list[str] = []
    for study in collection:
        seen: set[tuple[str, int]] = set()
        for region in study.regions:
            source = (getattr(region.mask, "path", region.name), region.image)
            if region.mask is None or source in seen:
                continue
            seen.add(source)
            try:
                mask, pixels = region.mask.array(), study.images[region.image].pixels
            except PolyclinicError as error:
                wrong.append(f"{study.id}, region {region.name}: {error}")
                continue
            if mask.shape != pixels.shape[1:]:
                wrong.append(f"{study.id}, region {region.name}: mask of {mask.shape}, image of {pixels.shape[1:]}")
    return wrong


def _split(args: argparse.Namespace) -> int:
    from collections import Counter

    from polyclinic.cli.output import emit, note
    from polyclinic.layouts import open_folder
    from polyclinic.store.export import parse_fractions, resplit

    collection = resplit(open_folder(args.path), parse_fractions(tuple(args.fractions)), args.salt)
    counts = dict(Counter(collection.header.splits.of(study) for study in collection))
    if fixed := sum(study.split is not None for study in collection):
        note(f"{fixed} studies keep the split that their source fixed")
    if args.json:
        emit({"studies": counts, "fractions": dict(collection.header.splits.fractions), "salt": args.salt})
    else:
        print(", ".join(f"{name} {count}" for name, count in counts.items()))
    return 0


def _audit(args: argparse.Namespace) -> int:
    from polyclinic.cli.output import emit, plain
    from polyclinic.layouts import open_folder
    from polyclinic.store.audit import PAGE, as_json, audit, in_words, write_audit

    collection = open_folder(args.path)
    found = audit(collection, variants=args.variants)
    if args.out is not None:
        write_audit(found, collection, args.out)
    if args.json:
        emit(as_json(found))
    else:
        counts = f"{len(found.leaks)} leaks, {len(found.duplicates)} duplicates in a split"
        faults = [f"fault: {line}" for line in found.unreadable]
        page = str(args.out / PAGE) if args.out is not None else "--out DIR writes a page that shows them"
        print(
            "\n".join(
                [
                    f"{found.images} images read: {counts}",
                    *map(plain, faults),
                    *map(plain, map(in_words, found.leaks)),
                    page,
                ]
            )
        )
    return 0 if found.clean else 1


def _shard(args: argparse.Namespace) -> int:
    from polyclinic.cli.output import emit, note
    from polyclinic.layouts import open_folder
    from polyclinic.store.shards import write_shards

    collection = open_folder(args.path)
    count = write_shards(collection, args.out, shard_bytes=args.shard_mb * 2**20, processes=args.processes)
    for line in collection.skipped:
        note(f"skipped: {line}")
    if args.json:
        emit({"studies": len(collection), "shards": count, "skipped": list(collection.skipped), "root": str(args.out)})
    else:
        print(f"{len(collection)} studies in {count} shards: {args.out}")
    return 0


def _turns(args: argparse.Namespace) -> int:
    from polyclinic.cli.output import emit
    from polyclinic.curate.instructions import derive, survey
    from polyclinic.layouts import open_folder
    from polyclinic.records import to_plain

    studies = open_folder(args.path).split(args.split)
    known = survey(studies)
    derived = {study.id: derive(study, known) for study in studies[: args.limit]}
    if args.json:
        emit({name: [to_plain(one) for one in found] for name, found in derived.items()})
        return 0
    for name, found in derived.items():
        print(name)
        for one in found:
            regions = f" ({len(one.regions)} regions)" if one.regions else ""
            print(f"  {one.task:<8} {one.prompt!r} -> {one.target!r}{regions}")
    return 0


def _deidentify(args: argparse.Namespace) -> int:
    from polyclinic.cli.output import emit
    from polyclinic.curate.confidentiality import Options
    from polyclinic.curate.deidentify import deidentify, key_from, lines
    from polyclinic.records import to_plain

    options = Options(tuple(args.retain), args.dates, tuple(args.clean))
    key = key_from(args.key) if args.key else None
    account = deidentify(
        Path(args.path), args.out, options, key=key, burnt_in="keep" if args.keep_burnt_in else "withhold"
    )
    if args.json:
        emit(to_plain(account))
    else:
        print("\n".join(lines(account)))
    return 1 if account.withheld else 0
