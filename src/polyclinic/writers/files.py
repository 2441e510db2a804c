"""What the writers share: a file appears whole, in place of nothing."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from polyclinic.errors import UsageError


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path to write to, moved to its place when the block ends well.

    Raises:
        UsageError: there is a file already.
    """
    if path.exists():
        raise UsageError(f"{path} is there already", hint="give a new name")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=path.parent) as folder:
        part = Path(folder) / path.name
        yield part
        part.replace(path)
