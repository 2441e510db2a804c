"""Links in a collection's folder that lead out of it.

A folder that came from elsewhere may hold links to whatever its receiver can read. What shows files to others, or
copies them, asks here first.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from polyclinic.errors import ReadError
from polyclinic.readers import image_files


def check_links(paths: Iterable[str], root: Path) -> None:
    """Refuse files that a link leads to outside of their folder: the file, a folder above it, or a part of the image.

    Args:
        paths: relative to `root`.

    Raises:
        ReadError: there is one.
    """
    real = os.path.realpath(root)
    for path in dict.fromkeys(paths):
        parts = () if leaves(root / path, real) else image_files(root / path)  # what leaves is not even looked at
        if not parts or any(leaves(part, real) for part in parts):
            raise ReadError(
                f"{path} is a link that leads out of the collection", hint="copy the file to where the link is"
            )


def leaves(path: Path, real_root: str) -> bool:
    """Whether a path ends outside of a folder once links are followed.

    Args:
        real_root: the folder, without links.
    """
    return not Path(os.path.realpath(path)).is_relative_to(real_root)  # resolve() raises in a loop of links
