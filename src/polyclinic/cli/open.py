"""`polyclinic open`: look at a collection in the browser, with a model beside it."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyclinic.errors import UnsupportedError, UsageError

if TYPE_CHECKING:
    from polyclinic.serving.workbench.desk import Desk

HELP = "Open a collection in the workbench: see, search, point, correct, compare."
HOST = "127.0.0.1"
DEFAULT_PORT = 8600


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "collection", metavar="COLLECTION", nargs="?", default=".", help="folder of a collection or of any known layout"
    )
    parser.add_argument("--model", metavar="MODEL", help="a run folder, or the name of a shipped checkpoint")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help=f"default {DEFAULT_PORT}; 0 takes a free one")
    parser.add_argument("--corrections", type=Path, metavar="DIR", help="where corrected references go")
    parser.add_argument("--browser", action="store_true", help="open the browser as well")


def run(args: argparse.Namespace) -> int:
    """Listen, print the address, and serve until interrupted."""
    from polyclinic.cli.output import emit

    listening = listen(args.port)
    address = f"http://{HOST}:{listening.getsockname()[1]}/"
    serving = server(lay(args))
    if args.json:
        emit({"address": address})
    else:
        print(f"workbench: {address}  (Ctrl-C ends it)", flush=True)
    if args.browser:
        import webbrowser

        webbrowser.open(address)
    serving.run(sockets=[listening])
    return 0


def lay(args: argparse.Namespace) -> Desk:
    """The desk, with collection and model on their way in the background.

    Raises:
        UsageError: no such folder or model.
    """
    from polyclinic.models import folder_of, load_model
    from polyclinic.serving.workbench.assistant import Assistant
    from polyclinic.serving.workbench.desk import Desk

    root = Path(args.collection)
    if not root.exists():
        raise UsageError(f"no folder {root}", hint="give a collection, or make one: polyclinic phantom chest OUT")
    assistant = Assistant(None)
    if args.model:
        folder_of(args.model)
        assistant = Assistant(args.model, lambda: load_model(args.model))
    return Desk(lambda: _opened(root.resolve()), assistant, args.corrections)


def listen(port: int) -> socket.socket:
    """A socket on this machine's own address.

    Raises:
        UsageError: the port is taken, or none.
    """
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((HOST, port))
    except (OSError, OverflowError) as error:
        held.close()
        raise UsageError(
            f"cannot listen on port {port}: {error}", hint="give another: --port 0 takes a free one"
        ) from error
    return held


def server(desk: Desk) -> Any:
    """What will serve the desk.

    Raises:
        UnsupportedError: its libraries are not installed.
    """
    try:
        import uvicorn

        from polyclinic.serving.workbench.app import create_app
    except ImportError as error:
        raise UnsupportedError(
            f"the workbench needs {error.name}, which is not installed", hint='pip install "polyclinic[serve]"'
        ) from error
    config = uvicorn.Config(create_app(desk), log_level="warning", access_log=False, timeout_keep_alive=30)
    return uvicorn.Server(config)


def _opened(root: Path) -> Any:
    from polyclinic.layouts import open_folder

    return open_folder(root)
