"""Signs of life: what is told arrives from another process, and the kernel's peak of a dead one."""

from __future__ import annotations

import mmap
import multiprocessing
import os

import numpy as np

from polyclinic.training import pulse
from polyclinic.training.pulse import Pulses, in_words, peak_bytes, resident_bytes


def _tells(pulses: Pulses, worker: int) -> None:
    pulses.tell(worker, 4, 17)
    os._exit(int(np.ones(100 * 2**20, np.uint8)[0]))


def test_a_child_tells_its_parent_and_its_peak_is_known_after_its_death() -> None:
    pulses = Pulses(2)
    child = multiprocessing.get_context("fork").Process(target=_tells, args=(pulses, 1))
    child.start()
    child.join()
    told = pulses.last_of_dead(f"worker (pid {child.pid}) exited")
    assert told is not None
    assert (told.pid, told.batch, told.sample) == (child.pid, 4, 17)
    assert told.rss_bytes > 0
    assert told.peak_bytes >= told.rss_bytes - 2**22  # the kernel counts pages in batches


def test_an_unknown_process_has_no_pulse() -> None:
    pulses = Pulses(2)
    pulses.tell(0, 1, 2)
    assert pulses.of(os.getpid()) is not None
    assert pulses.last_of_dead("worker (pid 999999999) exited") is None
    assert pulses.last_of_dead("no number") is None


def test_memory_of_this_process() -> None:
    before = resident_bytes()
    held = mmap.mmap(-1, 50 * 2**20)  # new pages, where an array might get some that are there already
    held.write(bytes(50 * 2**20))
    assert resident_bytes() - before > 40 * 2**20
    assert peak_bytes() >= 50 * 2**20
    held.close()


def test_where_the_system_does_not_tell(monkeypatch: object) -> None:
    from pathlib import Path
    from unittest import mock

    with mock.patch.object(pulse, "STATM", Path("/nowhere")):
        assert resident_bytes() == 0
    assert in_words(0) == "unknown"
