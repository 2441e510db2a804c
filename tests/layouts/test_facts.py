"""What polyclinic.toml and the shipped facts say of a folder."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from polyclinic.errors import LayoutError, RecordError
from polyclinic.layouts import open_folder
from polyclinic.layouts.facts import Facts, facts_of, facts_of_set, facts_titled, public_facts, set_called
from polyclinic.layouts.files import Files
from polyclinic.records import from_plain

Paint = Callable[..., Path]
SPOT = np.pad(np.full((2, 2), 255, np.uint8), ((2, 2), (3, 3)))


def test_the_facts_of_a_folder_name_its_masks(tmp_path: Path, paint: Paint) -> None:
    paint("images/a.png")
    paint("masks/a.png", SPOT)
    (tmp_path / "polyclinic.toml").write_text(
        'name = "Mine"\nlicence = "CC0-1.0"\nmodality = "ES"\n[regions]\nmasks = "polyp"\n[kinds]\npolyp = "finding"\n'
    )
    collection = open_folder(tmp_path)
    (study,) = collection
    assert (collection.header.name, collection.header.licence) == ("Mine", "CC0-1.0")
    assert [(r.name, r.kind) for r in study.regions] == [("polyp", "finding")]
    assert study.images[0].modality == "ES"


@pytest.mark.parametrize("text", ["name = ", "colour = 3", "subject = 7"])
def test_wrong_facts_are_told(tmp_path: Path, paint: Paint, text: str) -> None:
    paint("images/a.png")
    paint("masks/a.png", SPOT)
    (tmp_path / "polyclinic.toml").write_text(text)
    with pytest.raises((LayoutError, RecordError), match=r"polyclinic\.toml"):
        open_folder(tmp_path)


def test_shipped_facts_are_whole_and_tell_their_set(tmp_path: Path) -> None:
    folder = Path(str(resources.files("polyclinic.layouts") / "sets"))
    records = [tomllib.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.toml"))]
    assert len(records) >= 11
    for record in records:
        facts = from_plain(Facts, record, "here")
        assert facts.name
        assert facts.licence
        if not facts.match.columns + facts.match.files:
            continue  # read by a layout of its own, which asks for it by name
        paths = tuple(pattern.replace("*", "x") for pattern in facts.match.files)
        found = facts_of(Files(tmp_path, paths), [frozenset(facts.match.columns)])
        assert found.name == facts.name


def test_other_folders_match_no_facts(tmp_path: Path) -> None:
    assert facts_of(Files(tmp_path, ("a.png",)), [frozenset({"image", "label"})]) == Facts()


def test_a_set_is_known_by_its_folders_name() -> None:
    known = set_called("MIMIC-CXR-JPG-2.1.0")
    assert known is not None
    assert (known.name, known.where) == (facts_of_set("mimic_cxr_jpg").name, known.where)
    assert known.where is not None
    assert "PhysioNet" in known.where
    assert "https://" in known.where
    assert set_called("mimicry") is None


def test_words_of_a_set_become_the_records() -> None:
    facts = Facts(names={"Pleural Effusion": "effusion"})
    assert [facts.word(word) for word in ("Pleural Effusion", "Pleural_Thickening")] == [
        "effusion",
        "pleural thickening",
    ]
    assert (Facts().where, Facts(home="h").where) == (None, "its page is h")


def test_a_folder_that_lacks_what_its_name_says_tells_where_to_get_it(tmp_path: Path) -> None:
    folder = tmp_path / "CheXpert-v1.0-small"
    folder.mkdir()
    (folder / "notes.txt").write_text("soon")
    with pytest.raises(
        LayoutError, match=r"called like CheXpert but lacks its files: it holds 1 \.txt files"
    ) as caught:
        open_folder(folder)
    assert "Stanford AIMI" in str(caught.value.hint)


@pytest.mark.parametrize("facts", [one for one in public_facts().values() if one.access and one.called])
def test_a_set_that_has_to_be_asked_for_says_where(tmp_path: Path, facts: Facts) -> None:
    for called in facts.called:
        (tmp_path / called).mkdir()
        (tmp_path / called / "notes.txt").write_text("soon")
        with pytest.raises(LayoutError, match="lacks its files") as caught:
            open_folder(tmp_path / called)
        assert str(facts.access) in str(caught.value.hint)


def test_every_public_set_says_where_it_is_and_what_it_gives() -> None:
    for stem, facts in public_facts().items():
        assert facts.gives or facts.match.columns + facts.match.files, f"{stem}.toml says nothing of what it gives"
        assert facts.home is not None, f"{stem}.toml does not say where to get it"
        assert facts.home.startswith("https://")
    assert facts_titled("ChestX-ray14") == facts_of_set("chestxray14")
    assert facts_titled("no such set") is None


def test_a_folders_name_gives_facts_where_no_match_does(tmp_path: Path, paint: Paint) -> None:
    paint("MedTrinity-25M/images/a.png")
    (tmp_path / "MedTrinity-25M/25M.jsonl").write_text('{"id": "a", "caption": "A liver."}\n')
    held = open_folder(tmp_path / "MedTrinity-25M")
    assert held.header.name == "MedTrinity-25M"
    assert held.studies[0].captions == ("A liver.",)


def test_llava_meds_conversations_are_known(tmp_path: Path, paint: Paint) -> None:
    paint("images/1_F2.jpg")
    said = [{"from": "human", "value": "<image>\nWhat is it?"}, {"from": "gpt", "value": "A scan."}]
    entry = {"id": "1_F2", "image": "1_F2.jpg", "domain": {"mri": True}, "conversatons": said}
    (tmp_path / "llava_med_instruct_60k.json").write_text(json.dumps([entry]))
    held = open_folder(tmp_path)
    assert (held.header.name, held.studies[0].turns[0].answer) == ("LLaVA-Med instruct", "A scan.")
