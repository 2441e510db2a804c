"""What the verbs' commands share: opening the model and the image they are given."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyclinic.errors import UnsupportedError, UsageError

if TYPE_CHECKING:
    from polyclinic.study import Region, Study


def model_argument(parser: argparse.ArgumentParser) -> None:
    """Add MODEL."""
    parser.add_argument("model", metavar="MODEL", help="a run folder, or the name of a shipped checkpoint")


def open_model(name: str, verb: str) -> Any:
    """Load a model and make sure that it provides the verb.

    Raises:
        UnsupportedError: it does not.
    """
    from polyclinic.models import load_model
    from polyclinic.verbs import PROTOCOLS, provided

    model = load_model(name)
    if not isinstance(model, PROTOCOLS[verb]):
        raise UnsupportedError(f"{name} does not provide {verb!r}", hint="it provides " + ", ".join(provided(model)))
    return model


def place(text: str) -> Path | str:
    """A path, or an address as it is: a path would lose one of its slashes.

    Example:
        >>> place("s3://bucket/set")
        's3://bucket/set'
    """
    from polyclinic.store.remote import is_remote

    return text if is_remote(text) else Path(text)


def open_study(image: str, prior: str | None = None) -> Study:
    """One image, and a prior one where given, as a Study.

    Raises:
        UsageError: no such file.
        ReadError: the file is no image that can be read.
    """
    from polyclinic.readers import read_image
    from polyclinic.study import Study

    for path in filter(None, (image, prior)):
        if not Path(path).exists():
            raise UsageError(f"no image {path}", hint="give the path of an image file, or of a folder of DICOM slices")
    study = Study(id=Path(image).name, subject=Path(image).name, images=(read_image(Path(image)),))
    if prior is None:
        return study
    return study.with_prior(Study(id=Path(prior).name, subject=study.subject, images=(read_image(Path(prior)),)))


def parse_box(text: str) -> Region:
    """`x0,y0,x1,y1` in pixels as a Region.

    Raises:
        argparse.ArgumentTypeError: not four numbers in order.
    """
    from polyclinic.study import Region

    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected x0,y0,x1,y1 in pixels, got {text!r}") from error
    if x1 <= x0 or y1 <= y0:
        raise argparse.ArgumentTypeError(f"expected x0 < x1 and y0 < y1, got {text!r}")
    return Region("", box=(x0, y0, x1, y1))


def one_line(region: Region) -> str:
    """A region for people."""
    box = ", ".join(f"{side:.0f}" for side in region.box) if region.box else "nothing"
    score = f" ({region.score:.2f})" if region.score is not None else ""
    return f"{region.name or 'box'}: {box}{score}"
