"""Shards streamed for one epoch in shuffled order: pictures decoded and reports read, in batches of 32."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from races.base import OURS, Arrays, Race, same_arrays

STUDIES, SIDE, BATCH = 4_000, 256, 32
SHARD_BYTES = 2**24
BUFFER = 1_000


def make(folder: Path, scale: float) -> None:
    """Pictures with reports: as shards for us and WebDataset, as chunks of the same bytes for litdata."""
    from PIL import Image as Pillow

    from polyclinic.store.collection import Header, open_collection, write_collection
    from polyclinic.store.shards import write_shards
    from polyclinic.study import Image, Report, Study

    rng = np.random.default_rng(0)
    (folder / "plain" / "images").mkdir(parents=True)
    studies = []
    for number in range(max(round(STUDIES * scale) // BATCH, 2) * BATCH):
        path = f"images/{number}.png"
        coarse = Pillow.fromarray(rng.integers(0, 255, (8, 8), dtype=np.uint8)).resize((SIDE, SIDE))
        grain = rng.normal(0, 2, (SIDE, SIDE))
        Pillow.fromarray(np.clip(coarse + grain, 0, 255).astype(np.uint8)).save(folder / "plain" / path)
        report = Report({"findings": f"Study {number}. " + "No focal consolidation. " * 10, "impression": "Normal."})
        studies.append(Study(f"s{number}", f"p{number}", "chest", (Image(path, "DX"),), report))
    write_collection(folder / "plain", Header("race"), studies)
    write_shards(open_collection(folder / "plain"), folder / "shards", shard_bytes=SHARD_BYTES)
    _write_chunks(folder)


def _write_chunks(folder: Path) -> None:
    try:
        from litdata import optimize
    except ImportError:
        return
    lines = (folder / "plain" / "studies.jsonl").read_text().splitlines()
    optimize(partial(_chunked, folder / "plain"), lines, str(folder / "chunks"), num_workers=1, chunk_bytes=SHARD_BYTES)


def _chunked(root: Path, line: str) -> dict[str, Any]:
    return {"png": (root / json.loads(line)["images"][0]["path"]).read_bytes(), "json": line.encode()}


def _taken(batches: Iterable[tuple[Any, list[str]]]) -> Arrays:
    """What a training loop would get: each picture with its report, told by a hash of both."""
    found = []
    for pictures, reports in batches:
        found += [
            hashlib.sha1(np.ascontiguousarray(picture).tobytes() + report.encode()).hexdigest()
            for picture, report in zip(np.asarray(pictures), reports, strict=True)
        ]
    return {"samples": np.sort(np.array(found))}


class _Batches:
    """Our stream as a map-style data set for torch's loader."""

    def __init__(self, folder: Path) -> None:
        from polyclinic.store.shelf import open_shards
        from polyclinic.store.stream import Stream

        studies = open_shards(folder / "shards").studies
        self._stream, self._length = Stream(studies, batch=BATCH), len(studies) // BATCH

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, number: int) -> tuple[Any, list[str]]:
        studies = [one.study for one in self._stream[number]]
        return np.stack([study.images[0].pixels[0] for study in studies]), [study.report.text for study in studies]


def _polyclinic(folder: Path, workers: int) -> Arrays:
    from torch.utils.data import DataLoader

    return _taken(DataLoader(_Batches(folder), batch_size=None, num_workers=workers))


def _text(record: dict[str, Any]) -> str:
    return "\n".join(record["report"]["sections"].values())


def _webdataset(folder: Path, workers: int) -> Arrays:
    from webdataset import WebDataset, WebLoader

    names = sorted(str(path) for path in (folder / "shards").glob("*.tar"))
    data = WebDataset(names, shardshuffle=len(names), empty_check=False).shuffle(BUFFER).decode("l8")
    data = data.to_tuple("0.png", "json").map_tuple(np.asarray, _text).batched(BATCH, partial=True)
    return _taken(WebLoader(data, batch_size=None, num_workers=workers))


def _decoded(samples: list[dict[str, bytes]]) -> tuple[Any, list[str]]:
    import io

    from PIL import Image

    pictures = [np.asarray(Image.open(io.BytesIO(sample["png"]))) for sample in samples]
    return np.stack(pictures), [_text(json.loads(sample["json"])) for sample in samples]


def _litdata(folder: Path, workers: int) -> Arrays:
    from litdata import StreamingDataLoader, StreamingDataset

    data = StreamingDataset(str(folder / "chunks"), shuffle=True)
    return _taken(StreamingDataLoader(data, batch_size=BATCH, num_workers=workers, collate_fn=_decoded))


def race(workers: int) -> Race:
    """The race with as many loader processes."""
    return Race(
        title=f"{STUDIES:,} pictures of {SIDE} x {SIDE} with reports streamed from shards, {workers} loader processes",
        make=make,
        cases={
            OURS: partial(_polyclinic, workers=workers),
            "WebDataset": partial(_webdataset, workers=workers),
            "litdata": partial(_litdata, workers=workers),
        },
        differs=same_arrays,
        packages={"WebDataset": ("webdataset",), "litdata": ("litdata",)},
        note="Equal: the same pictures and texts, whatever their order. WebDataset reads the very shards that we do; "
        f"litdata's chunks hold the same PNG and JSON bytes. We check every member's CRC-32 and every record's schema, "
        f"and shuffle fully; WebDataset shuffles in a buffer of {BUFFER:,}. Decoding PNG is most of the time: theirs "
        "by Pillow, ours by libpng where a picture is plain. Memory is that of the main process.",
    )
