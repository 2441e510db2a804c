"""How training shows where it stands: a live line on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_EVERY_S = 10.0
LIVE_EVERY_S = 0.2


@dataclass(frozen=True)
class Tick:
    """One look at a running training.

    Args:
        done: share of the run, 0 to 1.
        losses: smoothed, by name; `loss` is the sum that is minimised.
        wait: share of the time in which training waited for data.
        left_s: seconds until the budget is spent, as far as can be told.
    """

    stage: str
    step: int
    done: float
    losses: Mapping[str, float]
    samples_per_s: float
    wait: float
    left_s: float | None


class Display(Protocol):
    """What training tells of itself."""

    def show(self, tick: Tick) -> None:
        """Take a look; it may be left out when the last one was just before."""
        ...

    def note(self, text: str) -> None:
        """Say something once."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was."""
        ...


def line(tick: Tick) -> str:
    """A tick as text.

    Example:
        >>> line(Tick("all", 10, 0.5, {"loss": 1.0, "mask": 0.25}, 80.0, 0.02, 65.0))
        'all  step 10  50 %  loss 1.000 (mask 0.250)  80.0 samples/s  data wait 2 %  1:05 left'
    """
    parts = " ".join(f"{name} {value:.3f}" for name, value in tick.losses.items() if name != "loss")
    loss = f"loss {tick.losses['loss']:.3f}" + (f" ({parts})" if parts else "")
    left = f"{clock(tick.left_s)} left" if tick.left_s is not None else ""
    speed = f"{tick.samples_per_s:.1f} samples/s  data wait {100 * tick.wait:.0f} %"
    return f"{tick.stage}  step {tick.step}  {100 * tick.done:.0f} %  {loss}  {speed}  {left}".rstrip()


def clock(seconds: float) -> str:
    """Hours, minutes and seconds, as short as they fit.

    Example:
        >>> clock(65), clock(3725)
        ('1:05', '1:02:05')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Quiet:
    """For processes that do not speak."""

    def show(self, tick: Tick) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Plain:
    """One line every few seconds, for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown_s: float | None = None
        self._waiting: Tick | None = None

    def show(self, tick: Tick) -> None:
        """Print the line if it is time for one."""
        now = time.monotonic()
        self._waiting = tick
        if self._shown_s is None or now - self._shown_s >= PLAIN_EVERY_S:
            self._shown_s, self._waiting = now, None
            self.note(line(tick))

    def note(self, text: str) -> None:
        """Print a line."""
        self._console.print(text, soft_wrap=True, markup=False, highlight=False)

    def close(self) -> None:
        """Print the last line, if it has not been."""
        if self._waiting is not None:
            self.note(line(self._waiting))


class Live:
    """A bar with the same line under it. Drawn by the training thread itself, so that forks are safe."""

    def __init__(self, console: Console) -> None:
        from rich.live import Live as Region

        self._console = console
        self._region = Region(console=console, auto_refresh=False, transient=True)
        self._region.start()
        self._shown_s: float | None = None
        self._last: Tick | None = None

    def show(self, tick: Tick) -> None:
        """Draw anew if the last drawing is not fresh."""
        now = time.monotonic()
        self._last = tick
        if self._shown_s is None or now - self._shown_s >= LIVE_EVERY_S:
            self._shown_s = now
            self._draw(tick)

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self._console.print(text, soft_wrap=True, markup=False, highlight=False)

    def close(self) -> None:
        """Leave the last line."""
        self._region.stop()
        if self._last is not None:
            self.note(line(self._last))

    def _draw(self, tick: Tick) -> None:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        lines = Table.grid()
        lines.add_row(ProgressBar(total=1.0, completed=tick.done, width=min(60, self._console.width)))
        lines.add_row(Text(line(tick)))
        self._region.update(lines, refresh=True)


def display(*, speaks: bool) -> Display:
    """The display for this process.

    Args:
        speaks: true in one process only.
    """
    if not speaks:
        return Quiet()
    from rich.console import Console

    console = Console(stderr=True)
    return Live(console) if console.is_terminal else Plain(console)
