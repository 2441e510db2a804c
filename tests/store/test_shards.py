"""Writing shards: what lies where, the same bytes however it came about, and a kill at any moment."""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import os
import signal
import tarfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image as Pillow
from pyarrow import parquet as pq

from polyclinic.errors import PolyclinicError, ReadError, UsageError
from polyclinic.layouts import open_folder
from polyclinic.store import shards
from polyclinic.store.collection import Collection, Header, line_of, open_collection, write_collection
from polyclinic.store.export import export
from polyclinic.store.packing import Job, write_shard
from polyclinic.store.shards import write_shards
from polyclinic.store.shelf import open_shards
from polyclinic.study import Image, Study

COUNT, SHARD_BYTES = 23, 12_000  # as in conftest.py


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def grouped(path: Path) -> dict[str, dict[str, bytes]]:
    """Samples as WebDataset groups them: by what stands before the first dot, in order."""
    samples: dict[str, dict[str, bytes]] = defaultdict(dict)
    with tarfile.open(path) as tar:
        for member in tar:
            key, _, ending = member.name.partition(".")
            file = tar.extractfile(member)
            assert file is not None
            samples[key][ending] = file.read()
    return samples


def test_webdataset_finds_every_study_with_its_original_bytes(plain: Collection, sharded: Path) -> None:
    samples = [sample for path in sorted(sharded.glob("*.tar")) for sample in grouped(path).values()]
    assert len(samples) == COUNT
    for study, sample in zip(plain, samples, strict=True):
        assert sample["json"].decode() == line_of(study)
        assert sample["0.png"] == (plain.root / study.images[0].path).read_bytes()
        assert ("1.png" in sample) == bool(study.regions)
    assert samples[3]["1.csv"] == b"0,1\n"
    assert [path.name for path in sorted(sharded.glob("*.tar"))][:2] == ["000000.tar", "000001.tar"]
    assert all(path.stat().st_size <= SHARD_BYTES + 10_240 for path in sharded.glob("*.tar"))


def test_bytes_do_not_depend_on_processes_or_time(plain: Collection, sharded: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    count = write_shards(
        plain, tmp_path / "two", shard_bytes=SHARD_BYTES, processes=2, progress=lambda *at: told.append(at)
    )
    assert told[-1] == (count, COUNT)
    assert digests(tmp_path / "two") == digests(sharded)


def test_a_stopped_call_goes_on_and_keeps_what_is_finished(
    plain: Collection, sharded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def stops(job: Job) -> int:
        if job.number == 2:
            raise KeyboardInterrupt
        return write_shard(job)

    with monkeypatch.context() as patch:
        patch.setattr(shards, "write_shard", stops)
        with pytest.raises(KeyboardInterrupt):
            write_shards(plain, out, shard_bytes=SHARD_BYTES)
    with pytest.raises(PolyclinicError):
        open_folder(out)
    before = {name: (out / name).stat().st_ino for name in ("000000.tar", "000001.tar")}
    write_shards(plain, out, shard_bytes=SHARD_BYTES)
    assert before == {name: (out / name).stat().st_ino for name in before}
    assert digests(out) == digests(sharded)


def _killed(plain: Collection, out: Path) -> None:
    real = tarfile.TarFile.addfile

    def dies(self: Any, info: Any, file: Any = None) -> None:
        real(self, info, file)
        if info.name.startswith("00000012"):
            os.kill(os.getpid(), signal.SIGKILL)

    tarfile.TarFile.addfile = dies  # type: ignore[method-assign, assignment]
    write_shards(plain, out, shard_bytes=SHARD_BYTES)


def test_a_kill_in_the_middle_of_a_shard_leaves_nothing_broken(
    plain: Collection, sharded: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = multiprocessing.get_context("fork").Process(target=_killed, args=(plain, out))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert list(out.glob("*.tar.part"))
    write_shards(plain, out, shard_bytes=SHARD_BYTES)
    assert digests(out) == digests(sharded)


def test_a_stopped_call_with_another_plan_leaves_no_old_shard(plain: Collection, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / ".unfinished").mkdir(parents=True)
    (out / "000099.tar").write_bytes(b"old")
    assert write_shards(plain, out) == 1
    assert sorted(path.name for path in out.iterdir()) == ["000000.tar", "collection.json", "index.parquet"]


def test_a_changed_file_makes_its_shard_anew(plain: Collection, tmp_path: Path) -> None:
    root, out = tmp_path / "copy", tmp_path / "out"
    export(plain, root)
    (out / ".unfinished").mkdir(parents=True)
    first = next(shards._jobs(open_collection(root), out, SHARD_BYTES))
    assert not first.finished
    write_shard(first)
    assert first.finished
    (root / "images/0.png").write_bytes((root / "images/1.png").read_bytes())
    assert not next(shards._jobs(open_collection(root), out, SHARD_BYTES)).finished


def test_what_is_there_is_not_overwritten(plain: Collection, sharded: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    for out in (tmp_path, sharded, tmp_path / "mine.txt"):
        with pytest.raises(UsageError, match="there already"):
            write_shards(plain, out)
    with pytest.raises(UsageError, match="holds shards already"):
        write_shards(open_folder(sharded), tmp_path / "again")


@pytest.mark.parametrize(
    ("path", "error", "said"),
    [
        ("model.PTH", UsageError, "runs code"),
        ("a.0.pyd", UsageError, "runs code"),
        ("weights.pickle.gz", UsageError, "runs code"),
        ("gone.png", ReadError, "No such file"),
        ("folder.zarr", ReadError, "is a folder"),
        ("../out.png", PolyclinicError, "leaves the collection"),
    ],
)
def test_what_cannot_be_packed_is_named(tmp_path: Path, path: str, error: type[Exception], said: str) -> None:
    (tmp_path / "folder.zarr").mkdir()
    held = Collection(tmp_path, Header("x"), (Study("a", "p", images=(Image(path),)),))
    with pytest.raises(error, match=said):
        write_shards(held, tmp_path / "out")


def test_a_file_that_changes_meanwhile_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(b"1234")
    held = Collection(tmp_path, Header("x"), (Study("a", "p", images=(Image("a.png"),)),))
    (job,) = shards._jobs(held, tmp_path / "out", 1)
    job.rows.parent.mkdir(parents=True)
    for changed in (b"123", b"12345"):
        (tmp_path / "a.png").write_bytes(changed)
        with pytest.raises(ReadError):
            write_shard(job)
    assert not (tmp_path / "out/000000.tar").exists()


def test_shards_become_the_collection_again(plain: Collection, sharded: Path, tmp_path: Path) -> None:
    export(open_folder(sharded), tmp_path / "back")
    back = open_collection(tmp_path / "back")
    assert back.studies == plain.studies
    assert back.header == plain.header
    for study, again in zip(plain, back, strict=True):
        assert np.array_equal(study.images[0].pixels, again.images[0].pixels)


def test_a_study_without_files_is_packed(tmp_path: Path) -> None:
    write_collection(tmp_path / "in", Header("texts"), [Study("a", "p", labels={"x": 1})])
    write_shards(open_collection(tmp_path / "in"), tmp_path / "out")
    assert list(open_folder(tmp_path / "out")) == [Study("a", "p", labels={"x": 1})]
    assert json.loads((tmp_path / "out/collection.json").read_text())["name"] == "texts"


def test_what_lies_in_containers_gets_members_of_its_own(tmp_path: Path) -> None:
    pictures = [np.full((3, 4), number, np.uint8) for number in range(4)]
    out = io.BytesIO()
    Pillow.fromarray(pictures[0]).save(out, "PNG")
    rows = pa.Table.from_pylist([{"image": {"bytes": out.getvalue(), "path": None}, "caption": "A."}])
    pq.write_table(rows, tmp_path / "a.parquet")
    np.savez(tmp_path / "b.npz", flat=np.stack(pictures), deep=np.arange(24).reshape(1, 2, 3, 4) > 9)
    with tarfile.open(tmp_path / "c.tar", "w") as tar:
        info = tarfile.TarInfo("x.png")
        info.size = len(out.getvalue())
        tar.addfile(info, io.BytesIO(out.getvalue()))
    paths = ("a.parquet/image/0.png", "b.npz/flat/2", "b.npz/deep/0", "c.tar/x.png")
    studies = [Study(str(at), str(at), images=(Image(path),)) for at, path in enumerate(paths)]
    write_collection(tmp_path, Header("held"), studies)
    held = open_collection(tmp_path)
    assert write_shards(held, tmp_path / "shards") == 1
    for mine, packed in zip(held, open_shards(tmp_path / "shards"), strict=True):
        assert packed.images[0].path == mine.images[0].path
        assert (packed.images[0].pixels == mine.images[0].pixels).all()
    assert export(open_shards(tmp_path / "shards"), tmp_path / "back") == 4
    assert [study.images[0].pixels.shape for study in open_collection(tmp_path / "back")][2] == (1, 2, 3, 4)


def test_an_image_of_two_files_is_refused(tmp_path: Path) -> None:
    head = "ObjectType = Image\nNDims = 2\nDimSize = 4 3\nElementType = MET_UCHAR\nElementDataFile = a.raw\n"
    (tmp_path / "a.mhd").write_text(head)
    (tmp_path / "a.raw").write_bytes(bytes(12))
    held = Collection(tmp_path, Header("two"), (Study("s", "p", images=(Image("a.mhd"),)),))
    with pytest.raises(ReadError, match=r"a\.mhd keeps its data in a\.raw"):
        write_shards(held, tmp_path / "shards")
