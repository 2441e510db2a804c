"""Feeds damaged files to everything that reads files, in a child process that may die.

The parent starts a child, which makes each input from (target, seed, number), writes it to a work folder, reads it
through the public functions, and prints a line. Where the child dies or falls silent, the parent counts that, keeps
the input that lies in the work folder, and starts another child behind it. Time is the child's own processor time, so
that a busy machine makes nothing slow; memory is the growth of the resident set's peak.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType

import psutil
from fuzz_mutations import bombs, mutate
from fuzz_places import PLACED, ZARR
from fuzz_seeds import CANARY, SEEDS, Files

CLAIM_BYTES = 2**26  # the readers' own cap on what a header may claim is lowered to this, to be seen at work
MOST_SECONDS, MOST_MB, SILENT_SECONDS = 2.0, 512.0, 60.0
SLOW_DECODERS = {"JPEGLSLossless.dcm": 10.0}  # CharLS takes 3 s over some damaged streams, whatever their size
PATIENCE = 20  # how many times longer a process that does nothing may be silent
SPACE_BYTES = 2**31  # address space that a child may take beyond what it has when it starts


@dataclass(frozen=True)
class Target:
    """Something that reads files.

    Args:
        files: valid inputs by the name of the file to damage, each with the files beside it.
        read: reads one input; gives anything, or raises a `PolyclinicError`.
    """

    name: str
    files: Mapping[str, Files]
    read: Callable[[Path], object]


@dataclass(frozen=True)
class Result:
    """What became of one input.

    Args:
        outcome: `read`, `refused` (one typed error), or a fault: `escaped` (another exception), `crash`, `hang`,
            `leak` (an error that quotes a patient's name).
        told: the error.
    """

    target: str
    number: int
    seed_file: str
    outcome: str
    told: str = ""
    ms: float = 0.0
    mb: float = 0.0

    @property
    def fault(self) -> str | None:
        """What is wrong with it, None where nothing is."""
        if self.outcome not in ("read", "refused"):
            return f"{self.outcome}: {self.told}"
        if self.mb > MOST_MB:  # before its time: taking much memory takes long as well
            return f"memory: {self.mb:.0f} MB"
        slow = self.ms > 1000 * SLOW_DECODERS.get(self.seed_file.rpartition("/")[2], MOST_SECONDS)
        return f"slow: {self.ms:.0f} ms" if slow else None


def targets() -> list[Target]:
    """Every reader, then what parses folders, collections and archives."""
    from polyclinic.layouts import open_folder
    from polyclinic.readers import READERS
    from polyclinic.store.collection import open_collection

    names = [str(vars(reader)["__name__"]).rpartition(".")[2] for reader in READERS]
    made = [Target(name, _seeds(name), _pixels) for name in names]
    made += [Target("folder", _seeds("folder"), lambda path: open_folder(path.parent))]
    made += [Target(name, _seeds(name), PLACES.get(name, _study)) for name in PLACED]
    made += [Target("collection", _seeds("collection"), lambda path: open_collection(path.parent))]
    return [*made, Target("archive", _seeds("archive"), _unpacked)]


def _seeds(name: str) -> dict[str, Files]:
    found = {f"{number}/{next(iter(files))}": files for number, files in enumerate((SEEDS | PLACED)[name]())}
    plain = {next(iter(files)): files[next(iter(files))] for files in found.values()}
    return found | {f"bomb/{file}": {file: data} for file, data in bombs(plain).items()}


def _pixels(path: Path) -> object:
    from polyclinic.readers import read_header, read_labels, read_pixels
    from polyclinic.readers.video import ENDINGS as FILMS

    header = read_header(path)
    pixels = read_pixels(path)
    if pixels.shape != header.shape:
        raise AssertionError(f"the header says {header.shape}, the pixels are {pixels.shape}")
    return pixels if path.name.endswith(FILMS) else read_labels(path)  # no mask is a film


def _study(path: Path) -> object:
    """All images and masks of a folder."""
    from polyclinic.layouts import open_folder

    held = open_folder(path.parent)
    masks = [region.array for study in held for region in study.regions if region.mask is not None]
    return [image.pixels for study in held for image in study.images], masks


def _slide(path: Path) -> object:
    from polyclinic.readers import read_header, read_pixels
    from polyclinic.readers.slide import Slide

    if read_pixels(path).shape != read_header(path).shape:
        raise AssertionError("the header's shape is not the pixels'")
    with Slide(path) as slide:
        return slide.facts, slide.thumbnail(64)


def _members(path: Path) -> object:
    from polyclinic.readers import read_pixels
    from polyclinic.readers.members import npz_arrays, tar_members

    names = tar_members(path) if path.suffix == ".tar" else [f"{name}/0" for name in npz_arrays(path)]
    return [read_pixels(path / name) for name in names if ".." not in name and not name.startswith("/")]


def _zarr(path: Path) -> object:
    return _pixels(next(up for up in path.parents if up.name == ZARR))


PLACES: dict[str, Callable[[Path], object]] = {"slide": _slide, "members": _members, "ome_zarr": _zarr}


def _unpacked(path: Path) -> object:
    from polyclinic.store.extract import Limits, extract

    return extract(path, path.parent / "out", Limits(bytes=2**24))


def inputs(target: Target, seed: int, number: int) -> tuple[str, Files]:
    """One input: the seeds as they are first, then damaged ones in turn."""
    names = list(target.files)
    key = names[number % len(names)]
    files = dict(target.files[key])
    name = next(iter(files))
    if number >= len(names):
        files[name] = mutate(files[name], random.Random(f"{target.name}/{seed}/{number}"))
    return key, files


def work(planned: Sequence[tuple[Target, int]], seed: int, folder: Path) -> Iterator[Result]:
    """Read planned inputs one after the other, each in the folder, which is emptied before."""
    for target, number in planned:
        shutil.rmtree(folder, ignore_errors=True)
        key, files = inputs(target, seed, number)
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        result = _measured(target, number, key, folder / next(iter(files)))
        _keep(folder, seed, result)
        yield result


def _keep(folder: Path, seed: int, result: Result) -> None:
    """Copy an input that did harm out of the work folder."""
    if result.fault is not None and folder.is_dir():
        shutil.copytree(folder, folder.parent / "kept" / f"{result.target}-{seed}-{result.number}", dirs_exist_ok=True)


def _measured(target: Target, number: int, key: str, path: Path) -> Result:
    from polyclinic.errors import PolyclinicError

    began, before = time.process_time(), _peak_mb(reset=True)
    outcome, told = "read", ""
    try:
        target.read(path)
    except PolyclinicError as error:
        outcome, told = "refused", f"{type(error).__name__}: {error} {error.hint or ''}"
        if CANARY in told:
            outcome = "leak"
    except Exception as error:
        outcome, told = "escaped", f"{error!r} at {_place(error.__traceback__)}"
    ms, mb = 1000 * (time.process_time() - began), _peak_mb() - before
    return Result(target.name, number, key, outcome, told[:400], round(ms, 1), round(mb, 1))


def _place(trace: TracebackType | None) -> str:
    frames = [frame for frame in traceback.extract_tb(trace) if "polyclinic" in frame.filename]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"


def _peak_mb(*, reset: bool = False) -> float:
    """The resident set's peak; Linux can set it back to what is in use now."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(arguments: Mapping[str, object]) -> None:
    """What the other process does: results to stdout, a line each."""
    from polyclinic.readers import files

    files.MOST_BYTES = CLAIM_BYTES
    known = {target.name: target for target in _extra(str(arguments["extra"])) or targets()}
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + SPACE_BYTES,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    planned = [(known[name], number) for name, number in json.loads(str(arguments["planned"]))]
    for result in work(planned, int(str(arguments["seed"])), Path(str(arguments["folder"]))):
        print(json.dumps(asdict(result)), flush=True)


def _extra(path: str) -> list[Target]:
    """Targets from a file, for a test that plants faults."""
    if not path:
        return []
    spec = importlib.util.spec_from_file_location("planted", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: list[Target] = module.targets()
    return found


@dataclass
class Run:
    """One run of the parent.

    Args:
        folder: for the work folder and, in `kept`, the inputs with faults.
        extra: a Python file with `targets()` instead of those here.
    """

    folder: Path
    seed: int = 0
    silent_seconds: float = SILENT_SECONDS
    extra: str = ""
    results: list[Result] = field(default_factory=list)

    def all(self, planned: Sequence[tuple[str, int]]) -> list[Result]:
        """Results of all planned inputs (target, number), in order."""
        while len(self.results) < len(planned):
            rest = planned[len(self.results) :]
            code, silent = self._child(rest)
            done = len(self.results)
            if done < len(planned):
                name, number = planned[done]
                told = f"no word for {self.silent_seconds:g} s" if silent else f"the process ended with {code}"
                self.results.append(Result(name, number, "", "hang" if silent else "crash", told))
                _keep(self.folder / "work", self.seed, self.results[-1])
        return self.results

    def _child(self, planned: Sequence[tuple[str, int]]) -> tuple[int, bool]:
        """Run a child until it ends; its exit status, and whether it was ended because it fell silent."""
        script = "import sys, json, fuzz_run; fuzz_run.child(json.load(sys.stdin))"
        paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        with subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": paths},
            text=True,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            watch = _Watch(process, self.silent_seconds)
            request = {"seed": self.seed, "folder": str(self.folder / "work"), "extra": self.extra}
            process.stdin.write(json.dumps(request | {"planned": json.dumps(planned)}))
            process.stdin.close()
            for line in process.stdout:
                watch.heard()
                self.results.append(Result(**json.loads(line)))
            watch.stop()
        return process.returncode, watch.silent


class _Watch:
    """Ends a process that says nothing for too long: by its own processor time, so that it may be paused."""

    def __init__(self, process: subprocess.Popen[str], seconds: float) -> None:
        self.process, self.seconds, self.silent = process, seconds, False
        self.looked_at = psutil.Process(process.pid)
        self.heard_at, self.used, self.over = time.monotonic(), 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def heard(self) -> None:
        """There was a word."""
        self.heard_at, self.used = time.monotonic(), self._time()

    def stop(self) -> None:
        """The process has ended."""
        self.over.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.over.wait(self.seconds / 20):
            waited = time.monotonic() - self.heard_at
            if self._time() - self.used > self.seconds or waited > PATIENCE * self.seconds:
                self.silent = True
                self.process.kill()
                return

    def _time(self) -> float:
        try:
            times = self.looked_at.cpu_times()
        except psutil.Error:
            return self.used
        return float(times.user + times.system)


def plan(count: int, names: Sequence[str]) -> list[tuple[str, int]]:
    """So many inputs, shared evenly among targets, each with at least its first fifty."""
    each = max(count // len(names), 50)
    return [(name, number) for name in names for number in range(each)]
