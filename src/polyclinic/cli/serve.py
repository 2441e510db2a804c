"""`polyclinic serve`: models over HTTP, with an OpenAI-compatible side."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from polyclinic.cli.output import emit, note
from polyclinic.errors import UnsupportedError, UsageError

if TYPE_CHECKING:
    from polyclinic.serving.settings import Settings

HELP = "Serve models over HTTP, with OpenAI-compatible endpoints."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "models", metavar="MODEL", nargs="*", help="run folders or shipped checkpoints; default: all that are shipped"
    )
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, metavar="P", help="port; 0 takes a free one (default: 8000)")
    parser.add_argument("--keys-file", metavar="FILE", help="API keys, one a line; else from POLYCLINIC_KEYS")
    parser.add_argument("--origin", nargs="+", default=[], metavar="URL", help="pages elsewhere that may ask")
    parser.add_argument("--queue", type=int, default=256, metavar="N", help="requests that may wait (default: 256)")
    parser.add_argument("--batch", type=int, default=32, metavar="N", help="most requests joined (default: 32)")
    parser.add_argument("--deadline", type=float, default=30.0, metavar="S", help="seconds for a request (default: 30)")
    parser.add_argument("--audit", metavar="FILE", help="append a line for each request (default: to stderr)")


def run(args: argparse.Namespace) -> None:
    """Load the models, listen, and serve until interrupted."""
    from polyclinic.models import shipped_names

    names = {Path(model).name: model for model in args.models or shipped_names()}
    if not names or len(names) < len(args.models):
        raise UsageError("expected one or more models of different names", hint="a folder's name is its model's")
    settings = settings_of(args)
    try:
        from polyclinic.serving.app import create_app
        from polyclinic.serving.listening import address, bind, log_audit, server
    except ImportError as error:
        raise UnsupportedError(
            f"serving needs {error.name}, which is not installed", hint="pip install 'polyclinic[serve]'"
        ) from error
    log_audit(Path(args.audit) if args.audit else None)
    with bind(settings) as bound:
        app = create_app(names, settings=settings)
        try:
            for served in app.state.desk.models.values():
                served.start()
            if args.json:
                emit({"url": address(bound), "models": list(names)})
            note(f"serving {', '.join(names)} on {address(bound)}; research software, not a medical device")
            server(app, settings).run(sockets=[bound])
        finally:
            app.state.desk.close()


def settings_of(args: argparse.Namespace) -> Settings:
    """The server's settings; keys come from the environment and from a file."""
    from polyclinic.serving.settings import Settings, read_keys

    return Settings(
        host=args.host,
        port=args.port,
        keys=read_keys(os.environ, Path(args.keys_file) if args.keys_file else None),
        origins=tuple(args.origin),
        queue=args.queue,
        batch=args.batch,
        deadline_s=args.deadline,
    )
