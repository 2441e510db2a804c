from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from polyclinic import registry
from polyclinic.errors import RecordError, UsageError
from polyclinic.verbs import PROTOCOLS

TOY = Path(__file__).parent / "training" / "toy"
SOURCE = Path(registry.__file__).parent / "systems"


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    registry.systems.cache_clear()
    yield monkeypatch
    registry.systems.cache_clear()


def test_every_system_file_is_registered_under_its_own_name() -> None:
    files = {path.stem.replace("_", "-"): path for path in SOURCE.glob("*.py") if not path.name.startswith("_")}
    own = {name: e.file for name, e in registry.systems().items() if e.module.startswith("polyclinic.systems.")}
    assert own == files
    assert "generalist" in own


def test_cards_say_what_modules_have() -> None:
    for name, entry in registry.systems().items():
        module = registry.load(name)
        assert tuple(module.PRESETS) == entry.presets
        assert module.CARD == entry.card
        assert getattr(module, "CLAIM", None) == entry.claim
        assert entry.presets[0] == "nano"
        for verb in entry.card.verbs:
            assert issubclass(module.Model, PROTOCOLS[verb]), f"{name} says {verb} and does not provide it"


def test_other_packages_add_systems(fresh: pytest.MonkeyPatch) -> None:
    assert "toy" not in registry.systems()
    fresh.syspath_prepend(str(TOY))
    registry.systems.cache_clear()
    entry = registry.find("toy")
    assert (entry.presets, entry.module, entry.file) == (("nano", "wide"), "toy_system", TOY / "toy_system.py")


@pytest.mark.parametrize(
    ("name", "hint"), [("generalis", "did you mean generalist?"), ("qqq", "polyclinic systems lists them")]
)
def test_an_unknown_system_is_a_wrong_call(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"no system is named '{name}'") as caught:
        registry.find(name)
    assert caught.value.hint == hint


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "some.py"
    path.write_text(text)
    return path


def test_a_card_is_read_without_running_the_file(tmp_path: Path) -> None:
    text = "raise SystemExit\nCARD = Card(id='a', title='A', verbs=('find',), kinds=(), year=1, checked='shape')\n"
    entry = registry._read(write(tmp_path, text + "PRESETS: dict[str, int] = {'nano': 1, 'paper': 2}\n"), "some")
    assert (entry.card.id, entry.presets) == ("a", ("nano", "paper"))


def test_a_claim_is_read_like_the_card(tmp_path: Path) -> None:
    card = "CARD = Card(id='a', title='A', verbs=('find',), kinds=(), year=1, checked='claim')\n"
    claim = "CLAIM = Claim(says='S', metric='m', direction='lower', smallest=1, arms=('nano', 'no-x'), steps=2)\n"
    found = registry._read(write(tmp_path, "raise SystemExit\n" + card + claim), "some").claim
    assert (found.direction, found.arms) == ("lower", ("nano", "no-x"))
    assert registry._read(write(tmp_path, card), "some").claim is None


def test_a_file_without_a_card_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"some\.py: no CARD"):
        registry._read(write(tmp_path, "x = 1\n"), "some")
