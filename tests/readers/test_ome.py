"""OME-XML: what it says of a stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from polyclinic.errors import ReadError
from polyclinic.readers import ome
from polyclinic.readers.ome import stack_facts
from polyclinic.readers.stacks import StackFacts

HERE = Path("a.ome.tif")


def xml(pixels: str, channels: str = "") -> str:
    space = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
    return f'<OME xmlns="{space}"><Image><Pixels {pixels}>{channels}</Pixels></Image></OME>'


def test_sizes_have_units_and_microns_are_the_default() -> None:
    facts = stack_facts(HERE, xml('PhysicalSizeX="0.5" PhysicalSizeY="7" PhysicalSizeYUnit="nm" PhysicalSizeZ="-1"'))
    assert facts.step_mm == {"X": pytest.approx(0.0005), "Y": pytest.approx(7e-6)}
    assert "X" not in stack_facts(HERE, xml('PhysicalSizeX="2" PhysicalSizeXUnit="pixel"')).step_mm


def test_channels_are_named_by_what_there_is() -> None:
    channels = '<Channel Name="DNA"/><Channel Fluor="GFP"/><Channel/>'
    assert stack_facts(HERE, xml("", channels)).channels == ("DNA", "GFP", "C2")
    assert stack_facts(HERE, xml("", "<Channel/><Channel/>")).channels == ()
    assert stack_facts(HERE, xml("", '<Channel SamplesPerPixel="3" Name="H and E"/>')).channels == ("H and E",) * 3


def test_time() -> None:
    assert stack_facts(HERE, xml('TimeIncrement="250" TimeIncrementUnit="ms"')).frame_s == 0.25
    assert stack_facts(HERE, xml('TimeIncrement="inf"')).frame_s is None


def test_a_description_without_pixels_says_nothing() -> None:
    assert stack_facts(HERE, "<OME/>") == StackFacts()


def test_entities_and_endless_texts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><OME>&b;</OME>'
    with pytest.raises(ReadError, match="cannot be read"):
        stack_facts(HERE, bomb)
    monkeypatch.setattr(ome, "MOST_LETTERS", 10)
    with pytest.raises(ReadError, match="the most is 10"):
        stack_facts(HERE, "<OME></OME> ")


@pytest.mark.parametrize("claim", ['SizeZ="2000000"', 'SizeT="-1"'])
def test_absurd_counts_are_refused(claim: str) -> None:
    with pytest.raises(ReadError, match="claims Size"):
        stack_facts(HERE, xml(claim))
