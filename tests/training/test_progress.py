from __future__ import annotations

import dataclasses
import io

import pytest
from rich.console import Console

from polyclinic.training import progress
from polyclinic.training.progress import Live, Plain, Quiet, Tick, clock, display, line

TICK = Tick("all", 10, 0.5, {"loss": 1.0}, 80.0, 0.02, 65.0)


def at(step: int) -> Tick:
    return dataclasses.replace(TICK, step=step)


def test_a_line_without_parts_or_time_left() -> None:
    assert (
        line(dataclasses.replace(TICK, left_s=None)) == "all  step 10  50 %  loss 1.000  80.0 samples/s  data wait 2 %"
    )


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (86400, "24:00:00")])
def test_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_plain_prints_now_and_then_and_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    out = io.StringIO()
    plain = Plain(Console(file=out, width=20))
    for step, later in ((1, 0.0), (2, 5.0), (3, 10.0), (4, 11.0)):
        now = 100.0 + later
        plain.show(at(step))
    plain.close()
    shown = [text.split()[2] for text in out.getvalue().splitlines()]
    assert shown == ["1", "3", "4"]


def test_live_draws_and_leaves_the_last_line() -> None:
    out = io.StringIO()
    live = Live(Console(file=out, force_terminal=True, width=100, _environ={"TERM": "xterm"}))
    live.show(at(1))
    live.note("a note [with brackets]")
    live.show(at(2))
    live.close()
    assert "a note [with brackets]" in out.getvalue()
    assert line(at(1)) in out.getvalue()
    assert out.getvalue().rstrip().endswith(line(at(2)))


def test_only_one_process_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = display(speaks=False)
    assert isinstance(quiet, Quiet)
    quiet.note("x")
    quiet.show(TICK)
    quiet.close()
    assert capsys.readouterr() == ("", "")
    speaking = display(speaks=True)
    speaking.note("to stderr")
    speaking.close()
    assert capsys.readouterr() == ("", "to stderr\n")
