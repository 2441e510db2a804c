"""The table of attributes and each of its actions, on small data sets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from polyclinic.curate.confidentiality import Cleaner, Options, known_words, table
from polyclinic.errors import UsageError
from polyclinic.readers.dicom.opening import quiet

KEY = b"0" * 32


def item(**values: Any) -> Dataset:
    data = Dataset()
    with quiet():
        for name, value in values.items():
            setattr(data, name, value)
    return data


def cleaned(options: Options | None = None, **values: Any) -> Dataset:
    with quiet():
        return Cleaner(KEY, options or Options()).clean(item(**values))


def test_the_table_names_attributes_of_the_dictionary_once() -> None:
    names = [name for group in table()["basic"].values() for name in group]
    assert len(names) == len(set(names)) > 200
    kept = [name for option in table()["options"].values() for name in (*option["keep"], *option.get("clean", ()))]
    safe = [name for group in table()["safe"].values() for name in group]
    assert [name for name in (*names, *kept, *safe) if tag_for_keyword(name) is None] == []
    assert not set(safe) & set(names)


def test_each_action() -> None:
    data = cleaned(
        PatientName="Doe", AccessionNumber="7", StationName="S", ImageComments="x", Rows=3, SOPInstanceUID="1.2.3"
    )
    assert str(data.PatientName).startswith("anon-")
    assert (data.AccessionNumber, data.StationName, data.Rows) == ("", "REMOVED", 3)
    assert "ImageComments" not in data
    assert data.SOPInstanceUID.startswith("2.25.")


def test_what_the_table_does_not_name_goes_by_its_kind() -> None:
    data = cleaned(
        ContrastFlowRate=1.5, BodyPartExamined="HEAD", SOPClassUID="1.2.840.10008.5.1.4.1.1.2", EventTimerNames="Doe",
        ReferencedFrameOfReferenceUID="1.2", PatientTransportArrangements="x", Manufacturer="M",
    )  # fmt: skip
    assert (data.ContrastFlowRate, data.BodyPartExamined, data.Manufacturer) == (1.5, "HEAD", "M")
    assert data.SOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert data.ReferencedFrameOfReferenceUID != "1.2"
    assert "EventTimerNames" not in data


@pytest.mark.parametrize(
    "bad",
    [
        {"BodyPartExamined": "Jane Doe!"},
        {"PatientAge": "Jane"},
        {"SOPInstanceUID": "Jane"},
        {"StudyDate": "Jane"},
        {"StudyTime": "Jane"},
        {"AcquisitionDateTime": "2020Jane"},
    ],
)
def test_values_that_are_not_of_their_kind_are_removed(bad: dict[str, str]) -> None:
    data = cleaned(Options(retain=("patient", "uids"), dates="kept"), PatientID="1", **bad)
    assert "Jane" not in str(data)


def test_options_keep_what_they_say_and_are_stated() -> None:
    options = Options(retain=("device", "institution", "patient", "uids"), dates="kept")
    data = cleaned(
        options, StationName="S", InstitutionName="I", PatientAge="061Y", SOPInstanceUID="1.2.3", StudyDate="20200102"
    )
    assert (data.StationName, data.InstitutionName, data.PatientAge) == ("S", "I", "061Y")
    assert (data.SOPInstanceUID, data.StudyDate) == ("1.2.3", "20200102")
    assert sorted(options.codes) == ["113100", "113106", "113108", "113109", "113110", "113112"]
    with pytest.raises(UsageError, match="unknown option 'names'"):
        Options(retain=("names",))


@settings(deadline=None, max_examples=40)
@given(days=st.integers(0, 5000))
def test_shifted_dates_keep_their_distances(days: int) -> None:
    import datetime

    first = datetime.date(2000, 1, 1)
    second = first + datetime.timedelta(days=days)
    data = cleaned(
        Options(dates="shifted"),
        PatientID="1",
        PatientBirthDate="19500101",
        StudyDate=first.strftime("%Y%m%d"),
        AcquisitionDateTime=f"{second:%Y%m%d}101112.5",
        StudyTime="101112",
    )
    moved = [datetime.datetime.strptime(str(text)[:8], "%Y%m%d") for text in (data.StudyDate, data.AcquisitionDateTime)]
    assert (moved[1] - moved[0]).days == days
    assert moved[0].date() < first
    assert str(data.AcquisitionDateTime)[8:] == "101112.5"
    assert (data.StudyTime, data.PatientBirthDate) == ("101112", "")


def test_descriptors_keep_known_words_only() -> None:
    assert known_words("Ax T2 FLAIR (Jane Doe 4711) 3D 12") == "Ax T2 FLAIR 3D 12"
    data = cleaned(Options(clean=("descriptors",)), SeriesDescription="T1 post Doe", ImageComments="T1")
    assert data.SeriesDescription == "T1 post"
    assert "ImageComments" not in data
    assert "SeriesDescription" not in cleaned(SeriesDescription="T1 post")


def test_structured_content_keeps_numbers_and_codes() -> None:
    def content() -> list[Dataset]:
        number = item(ValueType="NUM", MeasuredValueSequence=[item(NumericValue="3")])
        spoken = [item(ValueType=kind, TextValue="Doe") for kind in ("TEXT", "PNAME", "DATE")]
        return [number, *spoken, item(ValueType="CONTAINER", ContentSequence=[item(ValueType="TEXT", TextValue="Doe")])]

    assert "ContentSequence" not in cleaned(ContentSequence=content())
    data = cleaned(Options(clean=("structured",)), ContentSequence=content())
    assert [child.ValueType for child in data.ContentSequence] == ["NUM", "CONTAINER"]
    assert data.ContentSequence[0].MeasuredValueSequence[0].NumericValue == 3
    assert "Doe" not in str(data)


def test_endless_nesting_ends() -> None:
    data = item(CodeValue="1")
    for _ in range(60):
        data = item(AnatomicRegionSequence=[data])
    with quiet():
        made, depth = Cleaner(KEY).clean(data), 0
    while "AnatomicRegionSequence" in made:
        made, depth = made.AnatomicRegionSequence[0], depth + 1
    assert depth == 32


def test_two_patients_differ_and_one_stays_the_same() -> None:
    cleaner = Cleaner(KEY)
    first, second = (cleaner.subject(item(PatientID=name)) for name in ("a", "b"))
    assert cleaner.pseudonym(first) != cleaner.pseudonym(second)
    assert cleaner.subject(item(PatientID="a", StudyInstanceUID="1.2")) == first
    assert cleaner.subject(item(StudyInstanceUID="1.2")) == "1.2"
    assert -3650 <= cleaner.shift_days(first) <= -1
