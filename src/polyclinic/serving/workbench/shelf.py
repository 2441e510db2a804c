"""The folders that the workbench was started with: runs with their assessments and jobs, and the ledger.

Requests name what lies in them; a name is looked up among those that are there and never joined to a path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from polyclinic.errors import UnsupportedError, UsageError

SCORES = "scores.json"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
MOST_DEEP = 3


@dataclass(frozen=True)
class Shelf:
    """Where things lie.

    Args:
        runs: folder of runs and assessments, into which jobs write; None lets no job be started.
        ledger: folder of stored proofs.
    """

    runs: Path | None = None
    ledger: Path | None = None

    @property
    def root(self) -> Path:
        """The folder of runs.

        Raises:
            UnsupportedError: there is none.
        """
        if self.runs is None:
            raise UnsupportedError("no folder for runs is open", hint="start with `polyclinic open ... --runs DIR`")
        return self.runs

    def assessments(self) -> dict[str, Path]:
        """Folders with scores, by their place below the runs."""
        if self.runs is None or not self.runs.is_dir():
            return {}
        found = (path for deep in range(MOST_DEEP) for path in self.runs.glob("*/" * deep + SCORES))
        return {path.parent.relative_to(self.runs).as_posix(): path.parent for path in sorted(found)}

    def assessment(self, name: str) -> Path:
        """One of them.

        Raises:
            UsageError: none is called so.
        """
        found = self.assessments()
        if name not in found:
            raise UsageError(f"no assessment {name!r}", hint="take the name from the list")
        return found[name]

    def models(self) -> dict[str, Path]:
        """Finished runs by name."""
        if self.runs is None or not self.runs.is_dir():
            return {}
        files = sorted(self.runs.glob("*/model.safetensors"))
        return {path.parent.name: path.parent for path in files if (path.parent / "config.json").is_file()}

    def place(self, name: str) -> Path:
        """Where a new job writes.

        Raises:
            UsageError: no plain name.
        """
        if not NAME.fullmatch(name):
            raise UsageError(f"expected a name of a-z, 0-9 and -, got {name!r}", hint="for example chest-1")
        return self.root / name
