"""What every answer says of itself: that this is no medical device, and whether its model saw phantoms alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polyclinic.training.finish import NOTICE

PHANTOM_MARK = "Procedural phantoms"  # how the note of a phantom collection begins


@dataclass(frozen=True)
class Notice:
    """About one model.

    Args:
        phantom_trained: whether its training data were drawn, not taken of patients; None where no record tells.
    """

    phantom_trained: bool | None = None

    @property
    def words(self) -> dict[str, str]:
        """As headers of an answer."""
        known = {True: "yes", False: "no", None: "unknown"}[self.phantom_trained]
        return {"polyclinic-notice": NOTICE, "polyclinic-phantom-trained": known}

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"notice": NOTICE, "phantom_trained": self.phantom_trained}


def notice_of(folder: Path) -> Notice:
    """Read from the record of a run; a record that cannot be read tells nothing."""
    try:
        note = json.loads((folder / "run.json").read_text("utf-8")).get("note")
    except (OSError, ValueError, AttributeError, RecursionError):
        return Notice()
    return Notice(isinstance(note, str) and note.startswith(PHANTOM_MARK))
