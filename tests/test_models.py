from __future__ import annotations

from pathlib import Path

import pytest

from polyclinic import models, registry
from polyclinic.errors import CheckpointError, UsageError
from polyclinic.models import folder_of, load_model, shipped_names

TOY = Path(__file__).parent / "training" / "toy"


def model_folder(folder: Path, config: str = '{"system": "toy"}') -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(config)
    (folder / "model.safetensors").write_bytes(b"")
    return folder


def test_a_run_folder_comes_before_a_shipped_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(models, "SHIPPED", tmp_path / "shipped")
    shipped = model_folder(tmp_path / "shipped" / "nano")
    assert shipped_names() == ["nano"]
    assert folder_of("nano") == shipped
    model_folder(tmp_path / "nano")
    assert folder_of("nano") == Path("nano")


def test_an_unfinished_run_says_how_to_finish_it(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(CheckpointError, match="no finished model") as caught:
        folder_of(str(tmp_path))
    assert "fit" in str(caught.value.hint)


def test_neither_folder_nor_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no model"):
        folder_of(str(tmp_path / "gone"))


@pytest.mark.parametrize("config", ["", "{", "[]", "{}", "3"])
def test_a_damaged_config(config: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="damaged or names no system"):
        load_model(str(model_folder(tmp_path, config)))


def test_a_system_that_is_not_installed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no system is named 'tpy'"):
        load_model(str(model_folder(tmp_path, '{"system": "tpy"}')))


def test_a_saved_model_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOY))
    registry.systems.cache_clear()
    toy = registry.load("toy")
    toy.Model(toy.Config(width=3)).save_pretrained(tmp_path)
    found = load_model(str(tmp_path))
    registry.systems.cache_clear()
    assert found.config == toy.Config(width=3)
    assert not found.training
