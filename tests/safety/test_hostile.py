"""Files that would run code, leave their folder or fill the memory, through every public way in.

Each must end in a typed error, and the marker that the code inside would make must never be there.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import pickle
import shutil
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from polyclinic.bodies.assistant.reading import Reading
from polyclinic.curate.instructions import Survey
from polyclinic.errors import PolyclinicError
from polyclinic.evaluation.assess import read_rows
from polyclinic.evaluation.priors import Priors
from polyclinic.layouts import open_folder
from polyclinic.models import load_model
from polyclinic.parts.text.causal import model_from_folder
from polyclinic.parts.text.tokens import Tokens
from polyclinic.readers import read_image, read_labels, read_pixels
from polyclinic.readers.article import read_article
from polyclinic.store.collection import open_collection
from polyclinic.store.extract import extract
from polyclinic.systems.generalist import PRESETS, Model
from polyclinic.training import checkpoint
from polyclinic.training.record import read_record

IMAGE_NAMES = ("a.png", "a.jpg", "a.tif", "a.dcm", "a.nii", "a.nii.gz")
PICKLED_NAMES = ("pytorch_model.bin", "model.pt", "tokenizer.pkl")
TABLE_NAMES = ("t.csv", "t.tsv", "t.json", "t.jsonl", "a.xml", "polyclinic.toml")


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """Made by the code in hostile files, if it runs."""
    return tmp_path / "it-ran"


class Bad:
    """Touches a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, (f"touch {self.marker}",)


def pickled(marker: Path) -> bytes:
    return pickle.dumps(Bad(marker))


def torch_file(marker: Path) -> bytes:
    out = io.BytesIO()
    torch.save({"w": Bad(marker)}, out)
    return out.getvalue()


def object_array(marker: Path) -> bytes:
    out = io.BytesIO()
    np.savez(out, w=np.array([Bad(marker)], dtype=object))
    return out.getvalue()


def yaml(marker: Path) -> bytes:
    return f"!!python/object/apply:os.system ['touch {marker}']".encode()


def tar_out(marker: Path) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(f"../{marker.name}"))
        archive.addfile(tarfile.TarInfo(str(marker)))
    return out.getvalue()


def zip_out(marker: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(f"../{marker.name}", b"")
        archive.writestr(str(marker), b"")
    return out.getvalue()


def svg(marker: Path) -> bytes:
    return f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{marker}">]><article><p>&e;</p></article>'.encode()


HOSTILE = {maker.__name__: maker for maker in (pickled, torch_file, object_array, yaml, tar_out, zip_out, svg)}


def weights(header: bytes, size: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if size is None else size) + header + bytes(64)


def tensor(**fields: Any) -> bytes:
    return weights(json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]} | fields}).encode())


LYING = {
    "no bytes": b"",
    "a header beyond the file": weights(b"{}", 2**40),
    "a header of all memory": weights(b"{}", 2**64 - 1),
    "a shape beyond its bytes": tensor(shape=[2**40]),
    "a product that wraps": tensor(shape=[2**33, 2**33]),
    "bytes beyond the file": tensor(data_offsets=[0, 2**50]),
    "bytes backwards": tensor(data_offsets=[16, 0]),
    "another type": tensor(dtype="PICKLE"),
    "nested without end": weights(b"[" * 100_000),
    "not JSON": weights(b"\xff" * 20),
}


@pytest.mark.parametrize("name", IMAGE_NAMES)
@pytest.mark.parametrize("kind", HOSTILE)
def test_images(tmp_path: Path, marker: Path, kind: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[kind](marker))
    for read in (read_image, read_pixels, read_labels, open_folder):
        with pytest.raises(PolyclinicError):
            read(path)
    assert not marker.exists()


@pytest.mark.parametrize("name", TABLE_NAMES)
@pytest.mark.parametrize("kind", HOSTILE)
def test_folders(tmp_path: Path, marker: Path, kind: str, name: str) -> None:
    root = tmp_path / "set"
    root.mkdir()
    (root / name).write_bytes(HOSTILE[kind](marker))
    with pytest.raises(PolyclinicError):
        open_folder(root)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["studies.jsonl", "collection.json"])
@pytest.mark.parametrize("kind", HOSTILE)
def test_collections(tmp_path: Path, marker: Path, kind: str, name: str) -> None:
    root = tmp_path / "set"
    root.mkdir()
    (root / "collection.json").write_text('{"name": "a", "schema": 1}')
    (root / "studies.jsonl").write_text('{"id": "a", "subject": "a"}\n')
    assert len(open_collection(root)) == 1
    (root / name).write_bytes(HOSTILE[kind](marker))
    with pytest.raises(PolyclinicError):
        open_folder(root)
    assert not marker.exists()


@pytest.mark.parametrize("kind", HOSTILE)
def test_archives_and_articles(tmp_path: Path, marker: Path, kind: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(HOSTILE[kind](marker))
    if kind not in ("torch_file", "object_array"):  # zips of plain files, to be unpacked and no more
        with pytest.raises(PolyclinicError):
            extract(path, tmp_path / "out")
    else:
        assert extract(path, tmp_path / "out") > 0
    with pytest.raises(PolyclinicError):
        read_article(path)
    assert not marker.exists()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that loads."""
    sizes = {"widths": (8, 8, 8), "depths": (1, 1, 1), "query_width": 8, "pixel_width": 8, "width": 8, "depth": 1}
    config = dataclasses.replace(PRESETS["nano"], heads=1, image_size=64, **sizes)
    reading = Reading(64, 1, mirror=False, flip=False, survey=Survey({"lung": "organ"}, masks=("lung",)))
    folder = tmp_path_factory.mktemp("model")
    Model(config, reading, Tokens.trained(["a b c"], 256)).save_pretrained(folder)
    assert isinstance(load_model(str(folder)), Model)
    return folder


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("kind", [*HOSTILE, *LYING])
def test_models(saved: Path, tmp_path: Path, marker: Path, kind: str, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(saved, folder)
    (folder / name).write_bytes(HOSTILE[kind](marker) if kind in HOSTILE else LYING[kind])
    with pytest.raises(PolyclinicError):
        load_model(str(folder))
    assert not marker.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", 0),
        ("width", -8),
        ("width", "8"),
        ("heads", 0),
        ("heads", 3),
        ("depth", -1),
        ("widths", []),
        ("widths", [8, 8, 10**12]),
        ("depths", [1]),
        ("query_width", 10**15),
        ("language_model", "gone"),
        ("unknown", 1),
    ],
)
def test_configurations_that_describe_no_model(saved: Path, tmp_path: Path, field: str, value: object) -> None:
    shutil.copytree(saved, tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    record = json.loads(path.read_text())
    record["config"][field] = value
    path.write_text(json.dumps(record))
    with pytest.raises(PolyclinicError):
        load_model(str(tmp_path / "model"))


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind in HOSTILE for name in (*PICKLED_NAMES, "config.json")]
    + [(kind, "model.safetensors") for kind in (*HOSTILE, *LYING)],
)
def test_language_models_of_others(tmp_path: Path, marker: Path, kind: str, name: str) -> None:
    """Beside a config that other libraries accept, and files that some of them would unpickle."""
    config = {"model_type": "llama", "hidden_size": 8, "vocab_size": 9, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 1, "num_key_value_heads": 1, "intermediate_size": 8}
    (tmp_path / "config.json").write_text(json.dumps(config | heads | {"architectures": ["LlamaForCausalLM"]}))
    (tmp_path / name).write_bytes(HOSTILE[kind](marker) if kind in HOSTILE else LYING[kind])
    with pytest.raises(PolyclinicError):
        model_from_folder(tmp_path, vocabulary=9, lora_rank=0, first_new=9)
    with pytest.raises(PolyclinicError):
        Tokens.from_folder(tmp_path)
    assert not marker.exists()


def test_code_beside_a_model_is_not_run(tmp_path: Path, marker: Path) -> None:
    auto = {"AutoConfig": "evil.C", "AutoModelForCausalLM": "evil.M", "AutoTokenizer": ["evil.T", None]}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "evil", "auto_map": auto}))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "T", "auto_map": auto}))
    (tmp_path / "evil.py").write_text(f"open({str(marker)!r}, 'w')\nclass C: pass\nM = T = C\n")
    with pytest.raises(PolyclinicError):
        model_from_folder(tmp_path, vocabulary=9, lora_rank=0, first_new=9)
    with pytest.raises(PolyclinicError):
        Tokens.from_folder(tmp_path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "system", ["../evil", "evil; import os", "polyclinic.cli", "", "os", ".".join(["x"] * 50), {"a": 1}, ["os"], None]
)
def test_a_model_that_names_another_thing_than_a_system(tmp_path: Path, system: object) -> None:
    (tmp_path / "model.safetensors").write_bytes(tensor())
    (tmp_path / "config.json").write_text(json.dumps({"system": system}))
    with pytest.raises(PolyclinicError):
        load_model(str(tmp_path))


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, checkpoint.STATE) for kind in HOSTILE] + [(kind, checkpoint.WEIGHTS) for kind in (*HOSTILE, *LYING)],
)
def test_checkpoints(tmp_path: Path, marker: Path, kind: str, name: str) -> None:
    """With sums that are right, as a stranger's would be."""
    held = {"w": torch.zeros(4)}
    folder = checkpoint.write(tmp_path, checkpoint.Checkpoint(checkpoint.State(step=1), held, held, held))
    assert checkpoint.read_newest(tmp_path, print) is not None
    (folder / name).write_bytes(HOSTILE[kind](marker) if kind in HOSTILE else LYING[kind])
    if name != checkpoint.STATE:
        record = json.loads((folder / checkpoint.STATE).read_text())
        record["sha256"][name] = checkpoint._digest(folder / name)
        (folder / checkpoint.STATE).write_text(json.dumps(record))
    with pytest.raises(PolyclinicError):
        checkpoint.read_newest(tmp_path, lambda _: None)
    assert not marker.exists()


@pytest.mark.parametrize("kind", [*HOSTILE, *LYING])
def test_records_of_runs_and_assessments(tmp_path: Path, marker: Path, kind: str) -> None:
    data = HOSTILE[kind](marker) if kind in HOSTILE else LYING[kind]
    (_made(tmp_path / "predictions") / "questions.jsonl").write_bytes(data or b"{")
    for name in ("run.json", "priors.json"):
        (tmp_path / name).write_bytes(data)
    for read in (read_record, read_rows, Priors.load):
        with pytest.raises(PolyclinicError):
            read(tmp_path)
    assert not marker.exists()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
