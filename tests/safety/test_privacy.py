"""Names planted in a collection: errors, checks and the logs of a run may show ids and paths, never a text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic import cli
from polyclinic.errors import PolyclinicError
from polyclinic.layouts import open_folder
from polyclinic.store.collection import open_collection

NAME = "Zebrafink"
TEXT = f"Mrs {NAME} has a nodule."
LEARNED = {"tokenizer.json", "priors.json"}
Damage = Callable[[dict[str, Any]], object]


def study(number: int) -> dict[str, Any]:
    """A Study with the name in every text."""
    mask = {"size": [16, 16], "counts": [16, 40, 200]}
    region = {"name": "nodule", "box": [1, 1, 4, 4], "mask": mask, "text": TEXT}
    return {
        "id": f"s{number}",
        "subject": f"p{number}",
        "images": [{"path": f"{number}.png"}],
        "report": {"sections": {"findings": TEXT}},
        "captions": [TEXT],
        "regions": [region],
        "findings": [{"name": "nodule", "present": True, "attributes": {"note": TEXT}}],
        "turns": [{"question": f"What has {NAME}?", "answer": TEXT}],
        "labels": {"referrer": TEXT},
    }


def collection(root: Path, *lines: str) -> Path:
    root.mkdir(exist_ok=True)
    for number in range(4):
        values = np.random.default_rng(number).integers(0, 255, (16, 16), dtype=np.uint8)
        Pillow.fromarray(values).save(root / f"{number}.png")
    (root / "collection.json").write_text(json.dumps({"name": "toy", "schema": 1}))
    (root / "studies.jsonl").write_text("\n".join(lines) + "\n")
    return root


def told(error: BaseException | None) -> str:
    """All that an error and its causes say."""
    return "" if error is None else f"{error} {getattr(error, 'hint', '')} {told(error.__cause__)}"


DAMAGES: dict[str, Damage] = {
    "a text for a number": lambda s: s["regions"][0].update(score=TEXT),
    "a text for a truth": lambda s: s["findings"][0].update(present=NAME),
    "a text for an object": lambda s: s.update(report=TEXT),
    "a text for a list": lambda s: s.update(captions=TEXT),
    "an object for a text": lambda s: s["turns"][0].update(answer={"text": TEXT}),
    "a list for a text": lambda s: s["regions"][0].update(text=[TEXT]),
    "another word": lambda s: s["turns"][0].update(kind=NAME),
    "another change": lambda s: s["findings"][0].update(change=NAME),
    "an unknown field": lambda s: s.update(remark=TEXT),
    "a missing field": lambda s: s["turns"][0].pop("answer"),
    "no such image": lambda s: s["regions"][0].update(image=9),
    "a broken mask": lambda s: s["regions"][0].update(mask={"size": [2, 2], "counts": [1]}),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_errors_of_broken_studies(tmp_path: Path, damage: str) -> None:
    record = study(1)
    DAMAGES[damage](record)
    with pytest.raises(PolyclinicError) as caught:
        open_collection(collection(tmp_path / "c", json.dumps(study(0)), json.dumps(record)))
    assert NAME not in told(caught.value)
    assert "studies.jsonl:2" in str(caught.value)


@pytest.mark.parametrize("cut", range(40, 440, 57))
def test_errors_of_torn_lines(tmp_path: Path, cut: int) -> None:
    with pytest.raises(PolyclinicError) as caught:
        open_collection(collection(tmp_path / "c", json.dumps(study(0)), json.dumps(study(1))[:cut]))
    assert NAME not in told(caught.value)


def test_errors_of_broken_tables(tmp_path: Path) -> None:
    for name, text in {
        "t.json": f'[{{"report": "{TEXT}"',
        "t.jsonl": f'{{"report": "{TEXT}"}}\n{{"{NAME}',
        "t.csv": f'image,report\na.png,"{TEXT}\n',
        "a.xml": f"<article><title>{TEXT}</title><p></article>",
    }.items():
        root = tmp_path / name
        root.mkdir()
        (root / name).write_text(text)
        with pytest.raises(PolyclinicError) as caught:
            open_folder(root)
        assert NAME not in told(caught.value)


def test_what_a_check_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing image, a mask of another size, and the same picture twice."""
    studies = [study(number) for number in range(4)]
    studies[1]["regions"][0]["mask"] = {"size": [2, 2], "counts": [4]}
    root = collection(tmp_path / "c", *map(json.dumps, studies))
    (root / "2.png").unlink()
    (root / "3.png").write_bytes((root / "0.png").read_bytes())
    assert cli.main(["data", "check", str(root)]) == 1
    assert cli.main(["data", "check", str(root), "--json"]) == 1
    said = capsys.readouterr()
    assert "s1" in said.out
    assert "2.png" in said.out
    assert NAME not in said.out + said.err


def test_what_a_run_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All but what is learned from the texts: the vocabulary, and the commonest answers and reports."""
    root = collection(tmp_path / "c", *(json.dumps(study(number)) for number in range(4)))
    run = tmp_path / "run"
    sizes = [f"--set={size}" for size in ("widths=8,8,8", "depths=1,1,1", "width=8", "heads=1", "depth=1", "steps=2")]
    more = ["--set=image_size=64", "--set=query_width=8", "--set=pixel_width=8", "--set=batch=4"]
    code = cli.main(["fit", "generalist", str(root), "--out", str(run), *sizes, *more])
    said = capsys.readouterr()
    assert code == 0, said.err
    logs = {path.name: path.read_text("utf-8") for path in run.iterdir() if path.suffix in (".json", ".csv", ".log")}
    assert {"run.json", "config.json", "loss.csv"} <= logs.keys()
    assert NAME not in said.out + said.err
    assert {name for name, text in logs.items() if NAME in text} <= LEARNED
