from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from polyclinic import registry
from polyclinic.cli import main
from polyclinic.cli.show import field_docs, parameter_count

TOY = Path(__file__).parents[1] / "training" / "toy"


@pytest.fixture(autouse=True)
def toy_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(TOY))
    registry.systems.cache_clear()
    yield
    registry.systems.cache_clear()


def test_the_page_of_a_system(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "toy"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("A toy\n")
    assert "presets     nano, wide" in out
    assert "pause_s        0.0    seconds a forward pass takes at least." in out
    assert "sizes          1,2" in out
    assert "ema            none" in out
    assert "parameters  99\n" in out  # 2 x 16 + 16, norm 32, head 17, unused 2
    assert "published   parameters 194 (this preset: -49.0 %)" in out


def test_another_preset(capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", "toy", "--preset", "wide", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["config"]["width"] == 64
    assert found["fields"]["width"] == "hidden units."
    assert found["parameters"] == 64 * 3 + 64 * 2 + 65 + 2
    assert found["published"] == {"parameters": 194}


def test_counting_allocates_nothing() -> None:
    toy = registry.load("toy")
    huge = toy.Config(width=10**11)
    assert parameter_count(toy, huge) == 3 * 10**11 + 2 * 10**11 + 10**11 + 1 + 2


def test_the_generalist_explains_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "generalist", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["id"] == "generalist"
    assert "image_size" in found["fields"]
    assert found["fields"].keys() <= found["config"].keys()
    assert field_docs(type(registry.load("generalist").PRESETS["nano"])) == found["fields"]


@pytest.mark.parametrize(
    ("words", "hint"), [(["generalists"], "did you mean generalist?"), (["toy", "--preset", "huge"], "nano, wide")]
)
def test_wrong_names(words: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", *words]) == 2
    assert hint in capsys.readouterr().err
