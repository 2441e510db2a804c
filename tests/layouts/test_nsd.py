"""NSD: trials to sessions and places, pictures, the shared test set, and sessions that are not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from polyclinic.errors import LayoutError
from polyclinic.layouts import open_folder, recognise
from polyclinic.layouts.nsd import TABLE

Paint = Callable[..., Path]
Write = Callable[..., Path]
HEAD = "cocoId nsdId shared1000 subject1_rep0 subject1_rep1 subject2_rep0"
BETAS = "betas/subj01/func1pt8mm/b3/betas_session"


def test_trials(tmp_path: Path, paint: Paint, scan: Paint, table: Write) -> None:
    scan(f"{BETAS}01.nii.gz")
    scan(f"{BETAS}02.nii.gz")
    paint("stimuli/shared0001_nsd00003.png")
    table(TABLE, HEAD, (532481, 3, "True", 1, 750, 2), (7, 4, "False", 751, 2000, 0), (9, "x", "False", 5, 6, 7))
    assert recognise(tmp_path).layout.NAME == "Natural Scenes Dataset"
    held = open_folder(tmp_path)
    one, two, three = held
    assert (one.id, one.subject, one.split, one.signals) == (
        "subj01-nsd00003-0",
        "subj01",
        "test",
        {"betas": f"{BETAS}01.nii.gz"},
    )
    assert one.labels == {"nsd_id": 3, "session": 1, "volume": 0, "shared": True, "coco_id": 532481}
    assert (two.labels["session"], two.labels["volume"], len(two.images)) == (1, 749, 1)
    assert (three.labels["session"], three.labels["volume"], three.split, three.images) == (2, 0, "train", ())
    assert held.skipped == (f"{TABLE} line 4: nsdId is no number",)
    assert (held.header.name, one.source.licence) == ("Natural Scenes Dataset", "as the data access agreement says")
    assert "1 trials have no picture file here" in str(held.header.note)


def test_no_session_is_no_layout(tmp_path: Path, table: Write) -> None:
    table(TABLE, HEAD, (1, 3, "True", 1, 750, 2))
    with pytest.raises(LayoutError):
        open_folder(tmp_path)
