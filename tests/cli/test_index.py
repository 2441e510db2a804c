"""What `polyclinic index` says while it works; tests/cli/test_verbs.py runs it on a model."""

import pytest

from polyclinic.cli import index
from polyclinic.gallery.building import Pace


def test_progress_tells_rate_and_time_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = index._Lines()
    lines(Pace(1, 10, 2.0, 4.5))
    assert not capsys.readouterr().err
    monkeypatch.setattr(index, "QUIET_SECONDS", 0.0)
    lines(Pace(2, 10, 2.0, 4.0))
    assert capsys.readouterr().err == "2 of 10 images, 2 a second, 4 s left\n"
