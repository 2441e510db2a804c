"""Sets of questions: the questions about one image of one split become one Study."""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.drafts import Draft, Drafts
from polyclinic.layouts.files import stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import split_of
from polyclinic.study import Image, Turn

SPLIT_WORDS = ("train", "val", "test")


class Asked:
    """The Studies of a set of questions in the making.

    Where a set splits by question and not by image, an image of two splits becomes two Studies of one subject, which
    `polyclinic data check` tells as a leak.
    """

    def __init__(self, intake: Intake) -> None:
        self.drafts = Drafts(intake)

    def about(self, image: Image | None, split: str | None, subject: str = "") -> Draft | None:
        """The Study of an image in a split; None where the image could not be taken in.

        Args:
            subject: who or what else ties images together (an article, a patient); the image's name where empty.
        """
        if image is None:
            return None
        key = f"{split or ''}|{image.path}"
        known = key in self.drafts
        draft = self.drafts.open(key, subject or stem(image.path))
        if not known:
            draft.id, draft.split = stem(image.path), split
            draft.show(image)
        return draft

    def ask(self, called: str, where: str, turn: Turn, split: str | None, subject: str = "") -> Draft | None:
        """Add a question about the image of this file name, which is unique in the folder."""
        draft = self.about(self.drafts.search(called, where), split, subject)
        if draft is not None:
            draft.turns.append(turn)
        return draft


def split_in(path: Path) -> str | None:
    """The split that a file's name says, or else its folder's; None where neither says one.

    Example:
        >>> split_in(Path("VQAMed2019Test/Questions.txt")), split_in(Path("a/All_QA_Pairs_val.txt"))
        ('test', 'val')
    """
    for name in (path.stem, path.parent.name):
        if (split := split_of(name)) is not None:
            return split
        if found := next((word for word in SPLIT_WORDS if word in name.lower()), None):
            return found
    return None
