"""kill -9 of a workbench that saves: what it acknowledged is there, and nothing that it had half done is seen."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from polyclinic.serving.listening import bind, server
from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench.app import create_workbench
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.corrections import MARK, Corrections
from polyclinic.store.collection import open_collection
from polyclinic.store.lines import open_lines
from polyclinic.study import Mask

from .conftest import DEPTH, SIZE, V1, square

Acknowledged = dict[tuple[str, str], int]  # study and name of a region -> size of its square
FILMS = ("a-1", "a-2")
VOLUME = "b-1"
LONGEST_S = 20


def _serve(root: Path, bound: socket.socket) -> None:
    bench = Bench(lambda: open_lines(root))
    server(create_workbench(bench, Settings()), Settings()).run(sockets=[bound])


@contextmanager
def serving(root: Path) -> Iterator[tuple[int, int]]:
    """A workbench in a process of its own: its port and process number; it is gone after."""
    with bind(Settings(port=0)) as bound:
        process = multiprocessing.get_context("fork").Process(target=_serve, args=(root, bound))
        process.start()
        try:
            yield bound.getsockname()[1], process.pid or 0
        finally:
            process.kill()
            process.join()


def drawing(turn: int) -> dict[str, Any]:
    """The correction of a turn: by turns of two films and a volume, each time of another size."""
    study = (*FILMS, VOLUME)[turn % 3]
    runs = Mask.from_array(square(SIZE, 1, 2 + turn % 15))
    plane = {"size": list(runs.size), "counts": list(runs.counts)}
    return {"study": study, "image": 0, "name": f"drawn {turn // 3 % 4}", "planes": {"0": plane}}


def save_on_and_on(port: int, acknowledged: Acknowledged, under_way: list[tuple[str, str, int]]) -> None:
    """Save one correction after the other until the server is gone."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_S)) as connection:
        for turn in range(100_000):
            body, side = drawing(turn), 1 + turn % 15
            under_way[:] = [(body["study"], body["name"], side)]
            try:
                connection.request("POST", f"{V1}/corrections", json.dumps(body), {"content-type": "application/json"})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                return
            assert answer.status in (200, 422)  # 422 while the collection is still being read
            if answer.status == 200:
                acknowledged[body["study"], body["name"]] = side


def found(root: Path, beside: Path) -> Acknowledged:
    """Sizes of the corrected squares as whoever comes next reads them, every file of theirs read whole."""
    sides = {}
    for ident in (kept := Corrections(open_collection(root), beside)).ids():
        study = kept.find(ident)
        assert study is not None
        assert study.images[0].pixels.shape[-2:] == SIZE
        for region in study.regions:
            if MARK not in region.attributes:
                continue
            mask = region.array if region.array.ndim == 2 else region.array[0]
            assert region.array.shape in (SIZE, (DEPTH, *SIZE))
            side = round(float(np.sqrt(mask.sum())))
            assert np.array_equal(mask, square(SIZE, 1, 1 + side)), f"{ident}, {region.name}: half of a mask"
            assert (ident, region.name) not in sides, "a region stands there once"
            sides[ident, region.name] = side
    return sides


@pytest.mark.parametrize("pause_s", [0.0, 0.013, 0.031, 0.077])
def test_what_was_acknowledged_is_there_and_nothing_half_done(root: Path, pause_s: float) -> None:
    acknowledged: Acknowledged = {}
    under_way: list[tuple[str, str, int]] = []
    with serving(root) as (port, process):
        client = threading.Thread(target=save_on_and_on, args=(port, acknowledged, under_way))
        client.start()
        ends = time.monotonic() + LONGEST_S
        while len(acknowledged) < 6 and time.monotonic() < ends:
            time.sleep(0.005)
        time.sleep(pause_s)
        os.kill(process, signal.SIGKILL)
        client.join()
    assert len(acknowledged) >= 6, "too slow to have saved anything"
    there = found(root, root.with_name("set-corrected"))
    (study, name, side) = under_way[0]
    for key, saved in acknowledged.items():  # the one that was cut off may have come to its end, unacknowledged
        assert there[key] == saved or (*key, there[key]) == (study, name, side)
    assert set(there) - set(acknowledged) <= {(study, name)}


def test_a_workbench_that_was_killed_goes_on_where_it_was(root: Path) -> None:
    beside = root.with_name("set-corrected")
    first: Acknowledged = {}
    for _ in range(2):
        with serving(root) as (port, process):
            again: Acknowledged = {}
            client = threading.Thread(target=save_on_and_on, args=(port, again, []))
            client.start()
            ends = time.monotonic() + LONGEST_S
            while not again and time.monotonic() < ends:
                time.sleep(0.005)
            os.kill(process, signal.SIGKILL)
            client.join()
        assert again
        assert set(first) <= set(found(root, beside))
        first = first | again
