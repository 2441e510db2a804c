"""`polyclinic open`: look at a collection in the browser, with a model beside it."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from polyclinic.cli.output import emit, note
from polyclinic.errors import UnsupportedError, UsageError

if TYPE_CHECKING:
    from polyclinic.serving.workbench.bench import Bench
    from polyclinic.serving.workbench.model import LoadingModel
    from polyclinic.serving.workbench.shelf import Shelf
    from polyclinic.store.collection import Collection

HELP = "Open a collection in the workbench: see, search, ask, correct, report, train."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "collection",
        metavar="COLLECTION",
        nargs="?",
        default=".",
        help="a collection or a folder of any known layout (default: this folder)",
    )
    parser.add_argument(
        "--model",
        dest="models",
        metavar="MODEL",
        action="append",
        default=[],
        help="a run folder, or the name of a shipped checkpoint; several are asked side by side, the first one draws",
    )
    parser.add_argument("--port", type=int, default=8600, metavar="P", help="port; 0 takes a free one (default: 8600)")
    parser.add_argument(
        "--corrections", type=Path, metavar="DIR", help="corrected references (default: COLLECTION-corrected)"
    )
    parser.add_argument(
        "--runs", type=Path, metavar="DIR", help="runs, assessments and jobs (default: COLLECTION-runs)"
    )
    parser.add_argument("--ledger", type=Path, metavar="DIR", help="stored proofs (default: docs/ledger of a checkout)")
    parser.add_argument("--browser", action="store_true", help="open the browser as well")


def run(args: argparse.Namespace) -> None:
    """Listen on this machine, print the address, and serve until interrupted."""
    try:
        from polyclinic.serving.listening import address, bind, server
        from polyclinic.serving.settings import Settings
        from polyclinic.serving.workbench.app import create_workbench
    except ImportError as error:
        raise UnsupportedError(
            f"the workbench needs {error.name}, which is not installed", hint="pip install 'polyclinic[serve]'"
        ) from error
    settings = Settings(port=args.port)
    with bind(settings) as bound:
        bench = lay(args)
        app = create_workbench(bench, settings, shelf(args))
        if args.json:
            emit({"url": address(bound)})
        else:
            print(f"workbench: {address(bound)}", flush=True)
        note("Ctrl-C ends it; research software, not a medical device")
        if args.browser:
            import webbrowser

            webbrowser.open(address(bound))
        try:
            server(app, settings).run(sockets=[bound])
        finally:
            bench.close()


def lay(args: argparse.Namespace) -> Bench:
    """The bench, with collection and model on their way in the background.

    Raises:
        UsageError: no such folder or model.
    """
    from polyclinic.serving.workbench.bench import Bench

    root = Path(args.collection)
    if not root.exists():
        raise UsageError(f"no folder {root}", hint="make one to look at: polyclinic phantom chest OUT")
    models = [_loading(model) for model in dict.fromkeys(args.models)]
    return Bench(partial(_opened, root.resolve()), next(iter(models), None), args.corrections, models[1:])


def _loading(model: str) -> LoadingModel:
    """A model on its way, with what its folder says of it."""
    from polyclinic.models import folder_of, load_model, system_of
    from polyclinic.serving.notice import notice_of
    from polyclinic.serving.workbench.model import LoadingModel

    folder = folder_of(model)
    load = partial(load_model, model)
    return LoadingModel(Path(model).name, load, system=system_of(folder), notice=notice_of(folder))


def shelf(args: argparse.Namespace) -> Shelf:
    """The folders that the pages of work look into."""
    from polyclinic.cli.prove import CHECKOUT
    from polyclinic.serving.workbench.shelf import Shelf

    root = Path(args.collection).resolve()
    stored = CHECKOUT / "docs" / "ledger"
    ledger = args.ledger or (stored if stored.is_dir() else None)
    return Shelf((args.runs or root.with_name(f"{root.name}-runs")).resolve(), ledger)


def _opened(root: Path) -> Collection:
    """The collection; the Studies of a Polyclinic collection stay on disk."""
    from polyclinic.layouts import native, open_folder
    from polyclinic.store.lines import open_lines

    return open_lines(root) if native.matches(root) else open_folder(root)
