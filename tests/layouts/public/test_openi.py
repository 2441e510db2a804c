"""Open-i's reports in miniature, as XML and as tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from polyclinic.errors import LayoutError
from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]
XML = """<?xml version="1.0" encoding="utf-8"?><eCitation><MedlineCitation><Article><Abstract>
<AbstractText Label="COMPARISON">None.</AbstractText><AbstractText Label="FINDINGS">Opacity at the left
base.</AbstractText><AbstractText Label="IMPRESSION"/></Abstract></Article></MedlineCitation>
<MeSH><major>Opacity/lung/base/left</major><major>Cardiomegaly</major></MeSH>
<parentImage id="CXR{0}_1_IM-1"><caption>PA and lateral</caption></parentImage>
<parentImage id="CXR{0}_1_IM-2"/></eCitation>"""


def test_reports_as_xml(tmp_path: Path, paint: Write, text: Write) -> None:
    text("ecgen-radiology/10.xml", XML.format(10))
    text("ecgen-radiology/2.xml", XML.format(2))
    text("ecgen-radiology/3.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    for name in ("CXR10_1_IM-1", "CXR10_1_IM-2", "CXR2_1_IM-1"):
        paint(f"NLMCXR_png/{name}.png")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "Open-i"
    two, ten = held
    assert (two.id, len(two.images), len(ten.images)) == ("2", 1, 2)
    assert ten.report is not None
    assert ten.report.sections == {"comparison": "None.", "findings": "Opacity at the left base."}
    assert {f.name: dict(f.attributes) for f in ten.findings} == {
        "opacity": {"qualifiers": "lung, base, left"},
        "cardiomegaly": {},
    }
    assert ten.labels == {"image": "PA and lateral"}
    assert len(held.skipped) == 2


def test_reports_as_tables(tmp_path: Path, paint: Write, text: Write) -> None:
    text(
        "indiana_reports.csv",
        "uid,MeSH,Problems,image,indication,comparison,findings,impression",
        "1,normal,normal,Xray Chest PA and Lateral,Positive TB test,None.,,Normal.",
        "7,No Indexing,No Indexing,Chest,,,Clear.,",
    )
    text("indiana_projections.csv", "uid,filename,projection", "1,1_IM-1.dcm.png,Frontal", "1,1_IM-2.dcm.png,Lateral")
    paint("images/images_normalized/1_IM-1.dcm.png")
    paint("images/images_normalized/1_IM-2.dcm.png")
    held = open_folder(tmp_path)
    one, seven = held
    assert [image.view for image in one.images] == [None, "LL"]
    assert one.report is not None
    assert one.report.sections == {"indication": "Positive TB test", "comparison": "None.", "impression": "Normal."}
    assert one.labels == {"image": "Xray Chest PA and Lateral", "no finding": True}
    assert (seven.images, seven.findings) == ((), ())
    assert "1 reports come without an image" in str(held.header.note)


def test_tables_without_their_columns_are_told(tmp_path: Path, text: Write) -> None:
    text("indiana_reports.csv", "uid,findings", "1,Clear.")
    text("indiana_projections.csv", "uid,file", "1,a.png")
    with pytest.raises(LayoutError, match="no column filename"):
        open_folder(tmp_path)


def test_other_xml_is_not_taken_for_it(tmp_path: Path, text: Write, paint: Write) -> None:
    text("a.xml", "<annotation/>")
    paint("a/x.png")
    paint("b/y.png")
    assert recognise(tmp_path).layout.NAME == "folder per class"
