"""The server under load: many clients for a while, every answer compared, and what joining requests gains.

Each client asks one question after another of `/v1/answer` about one of 16 phantom films, open and closed by turns.
Several may ask about one film at a time, which a joined batch then looks at once. What a question's answer has to be
was asked before, one request at a time; as answers are deterministic, any other text is counted as wrong. A 429 is no
answer: the client waits as it is told and asks again. The last phase bounds the queue below the number of clients, so
that it shows 429s. Memory is that of the server and its worker, every half second.

Run: python benchmarks/load.py [--clients 64] [--seconds 60] [--model generalist-nano]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import io
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
from PIL import Image

from polyclinic.phantom.world import Phantom

FILMS = 16
CLOSED = ("Is there a nodule?", "Is there effusion?")
OPEN = ("What findings are present?", "Where is the abnormality?")
TOLERANCE = 1e-3
MEBI = 2**20
Ask = dict[str, Any]


@dataclass
class Tally:
    """What came of the requests of one phase."""

    seconds: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    memory: list[int] = field(default_factory=list)
    took: float = 0.0

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return self.outcomes["right"] / self.took

    def line(self, name: str) -> str:
        """For people."""
        cuts = statistics.quantiles(self.seconds, n=100) if len(self.seconds) > 1 else [0.0] * 99
        memory = f"{self.memory[len(self.memory) // 5] / MEBI:.0f} to {max(self.memory) / MEBI:.0f} MiB"
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))
        return f"{name}: {self.rate:.1f}/s, p50 {cuts[49]:.3f} s, p99 {cuts[98]:.3f} s, {counts}, memory {memory}"


def asks() -> list[Ask]:
    """Open and closed questions about phantom films."""
    world, found = Phantom("chest", seed=11), []
    for patient in range(FILMS):
        file = io.BytesIO()
        Image.fromarray(world.studies(patient)[0].images[0].pixels[0]).save(file, "png")
        image = base64.b64encode(file.getvalue()).decode()
        found += [{"image": image, "question": question} for question in OPEN]
        found += [{"image": image, "question": question, "options": ["yes", "no"]} for question in CLOSED]
    return found


@contextlib.contextmanager
def serving(model: str, *flags: str) -> Iterator[tuple[str, psutil.Process]]:
    """A server in a process of its own: its address and process."""
    command = [sys.executable, "-m", "polyclinic.cli", "serve", model, "--port", "0", "--json", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        told = ""
        while not told.endswith("}\n"):
            told += server.stdout.readline()
        try:
            yield json.loads(told)["url"], psutil.Process(server.pid)
        finally:
            server.terminate()


def memory_of(server: psutil.Process) -> int:
    """Resident bytes of a process and all below it."""
    total = 0
    for process in (server, *server.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total


def agrees(found: Any, expected: Any) -> bool:
    """The same answer, and the same confidence up to how sums are ordered in a batch."""
    close = abs(found["confidence"] - expected["confidence"]) < TOLERANCE
    return close and found["answer"] == expected["answer"]


async def client(http: httpx.AsyncClient, jobs: Sequence[tuple[Ask, Any]], ends: float, tally: Tally) -> None:
    """Ask until the time is over; each request that was begun is ended."""
    turn = 0
    while time.monotonic() < ends:
        ask, expected = jobs[turn % len(jobs)]
        began = time.monotonic()
        try:
            answer = await http.post("/v1/answer", json=ask)
        except httpx.HTTPError:
            tally.outcomes["lost"] += 1
            continue
        if answer.status_code == 429:
            tally.outcomes["429"] += 1
            await asyncio.sleep(float(answer.headers["retry-after"]))
            continue
        turn += 1
        tally.seconds.append(time.monotonic() - began)
        right = answer.status_code == 200 and agrees(answer.json(), expected)
        tally.outcomes["right" if right else f"wrong ({answer.status_code})"] += 1


async def load(url: str, server: psutil.Process, clients: int, seconds: float, known: list[tuple[Ask, Any]]) -> Tally:
    """Many clients at a time, each starting elsewhere in the list."""
    tally = Tally()
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as http:
        began = time.monotonic()
        tasks = [
            asyncio.create_task(client(http, known[i % len(known) :] + known[: i % len(known)], began + seconds, tally))
            for i in range(clients)
        ]
        while not all(task.done() for task in tasks):
            tally.memory.append(memory_of(server))
            await asyncio.sleep(0.5)
        await asyncio.gather(*tasks)
        tally.took = time.monotonic() - began
    return tally


def expected_answers(url: str, questions: list[Ask]) -> list[tuple[Ask, Any]]:
    """Each question with its answer, one at a time."""
    with httpx.Client(base_url=url, timeout=120) as http:
        return [(ask, http.post("/v1/answer", json=ask).raise_for_status().json()) for ask in questions]


def main() -> None:
    """Print a line for each phase; exit status 1 where a request was lost or answered wrongly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--model", default="generalist-nano")
    args = parser.parse_args()
    questions, tallies = asks(), {}
    few = str(max(args.clients // 4, 1))
    for name, flags in (
        ("joined", ("--batch", "32")),
        ("one at a time", ("--batch", "1")),
        (f"joined, queue of {few}", ("--batch", "8", "--queue", few)),
    ):
        with serving(args.model, "--deadline", "120", *flags) as (url, server):
            known = expected_answers(url, questions)
            tallies[name] = asyncio.run(load(url, server, args.clients, args.seconds, known))
        print(tallies[name].line(name), flush=True)
    gain = tallies["joined"].rate / tallies["one at a time"].rate
    print(f"joining requests gives {gain:.2f} times the answers a second")
    sys.exit(int(any(outcome not in ("right", "429") for tally in tallies.values() for outcome in tally.outcomes)))


if __name__ == "__main__":
    main()
