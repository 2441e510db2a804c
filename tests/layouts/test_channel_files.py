"""A file for each channel: marks, groups, and places that lack one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from polyclinic.layouts import open_folder, recognise
from polyclinic.layouts.channel_files import channel_groups
from polyclinic.store.collection import open_collection
from polyclinic.store.export import export


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["A_s1_w1.tif", "A_s1_w2.tif"], {"A_s1_{w1,w2}.tif": ("w1", "w2")}),
        (["A_w1DAPI.TIF", "A_w2GFP.TIF"], {"A_{w1DAPI,w2GFP}.TIF": ("w1DAPI", "w2GFP")}),
        (["r1c1-ch1sk1.tiff", "r1c1-ch2sk1.tiff"], {"r1c1-{ch1,ch2}sk1.tiff": ("ch1", "ch2")}),
        (["a_ch00.tif", "a_ch01.tif"], {"a_{ch00,ch01}.tif": ("ch00", "ch01")}),
        (["C1-x.tif", "C2-x.tif"], {"{C1,C2}-x.tif": ("C1", "C2")}),
        (["D03f00d0.tif", "D03f00d1.tif"], {"D03f00{d0,d1}.tif": ("d0", "d1")}),
        (["p/x_c1.png", "p/x_c2.png"], {"p/x_{c1,c2}.png": ("c1", "c2")}),
        (["x_DAPI.tif", "x_GFP.tif"], {"x_{DAPI,GFP}.tif": ("DAPI", "GFP")}),
        (["1_D.TIF", "1_F.TIF", "2_D.TIF"], {"1_{D,F}.TIF": ("D", "F"), "2_{D}.TIF": ("D",)}),
        (["a_1.tif", "a_2.tif"], {}),
        (["a_w1.tif", "b_w1.tif"], {}),
        (["a_w1.tif", "a_w2.tif", "other.tif"], {}),
        (["scan_L.png", "scan_R.png"], {}),
        ([], {}),
    ],
)
def test_groups(names: list[str], groups: dict[str, tuple[str, ...]]) -> None:
    assert channel_groups(names) == groups


def test_a_folder_becomes_one_study_a_place(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for place, tokens in {"A01": "123", "A02": "123", "A03": "12"}.items():
        for token in tokens:
            tifffile.imwrite(folder / f"{place}_w{token}.tif", np.full((4, 5), int(token), np.uint8))
    assert recognise(folder).layout.NAME == "channel files"
    held = open_folder(folder)
    assert [study.id for study in held] == ["A01", "A02"]
    assert held.studies[0].images[0].channels == ("w1", "w2", "w3")
    assert held.studies[0].images[0].pixels[:, 0, 0].tolist() == [1, 2, 3]
    assert held.skipped == ("A03_{w1,w2}.tif: has the channels w1, w2, others w1, w2, w3",)
    export(held, tmp_path / "out")
    again = open_collection(tmp_path / "out").studies[1].images[0]
    assert (again.pixels == held.studies[1].images[0].pixels).all()
