"""What loader processes are at, told through memory that they share with the process that trains.

A process that the system kills says nothing any more. So each writes down, before every sample, who it is, what
it makes and how much memory it has; the kernel tells afterwards the most that a dead child ever had.
"""

from __future__ import annotations

import mmap
import multiprocessing
import os
import re
import resource
import struct
from dataclasses import dataclass
from pathlib import Path

SLOT = struct.Struct("<5q")
STATM = Path("/proc/self/statm")
KIB, MIB = 2**10, 2**20


@dataclass(frozen=True)
class Pulse:
    """The last sign of a loader process.

    Args:
        sample: its index in the view.
        rss_bytes: resident memory when the sample was begun; 0 where the system does not tell.
        peak_bytes: the most it had had until then.
    """

    pid: int
    batch: int
    sample: int
    rss_bytes: int
    peak_bytes: int


class Pulses:
    """A slot for each loader process; made before they are forked."""

    def __init__(self, workers: int) -> None:
        self._memory = mmap.mmap(-1, max(workers, 1) * SLOT.size)
        self._workers = workers
        self._before = _children_peak()

    def tell(self, worker: int, batch: int, sample: int) -> None:
        """Write down what this process, the loader of that number, is about to do."""
        told = (os.getpid(), batch, sample, resident_bytes(), peak_bytes())
        SLOT.pack_into(self._memory, worker * SLOT.size, *told)

    def of(self, pid: int) -> Pulse | None:
        """What a process told last; None where it never did."""
        found = (Pulse(*SLOT.unpack_from(self._memory, worker * SLOT.size)) for worker in range(self._workers))
        return next((pulse for pulse in found if pulse.pid == pid), None)

    def last_of_dead(self, message: str) -> Pulse | None:
        """What the process told last whose number stands in torch's message, with the peak that the kernel knows."""
        multiprocessing.active_children()  # takes note of those that ended, so that the kernel counts them
        numbers = re.findall(r"\b\d+\b", message)
        pulse = next((found for number in numbers if (found := self.of(int(number))) is not None), None)
        if pulse is None:
            return None
        peak = _children_peak()
        known = max(pulse.peak_bytes, peak if peak > self._before else 0)
        return Pulse(pulse.pid, pulse.batch, pulse.sample, pulse.rss_bytes, known)


def resident_bytes() -> int:
    """This process's resident memory; 0 where the system does not tell."""
    try:
        return int(STATM.read_text().split()[1]) * mmap.PAGESIZE
    except (OSError, ValueError, IndexError):
        return 0


def peak_bytes() -> int:
    """The most that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB


def in_words(nbytes: int) -> str:
    """Memory for people.

    Example:
        >>> in_words(3 * 2**30), in_words(0)
        ('3072 MiB', 'unknown')
    """
    return f"{nbytes / MIB:.0f} MiB" if nbytes else "unknown"


def _children_peak() -> int:
    """The most that any child had that has ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * KIB
