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
    assert len(names) == len(set(names)) > 600
    kept = [name for option in table()["options"].values() for name in (*option["keep"], *option.get("clean", ()))]
    safe = [name for group in table()["safe"].values() for name in group]
    assert [name for name in (*names, *kept, *safe) if tag_for_keyword(name) is None] == []
    assert set(safe) & set(names) == set()


# What Table E.1-1 of PS3.15 says of some attributes, and what becomes of a value of theirs here.
GONE, EMPTY, DUMMY, MAPPED, KEPT = "gone", "empty", "dummy", "mapped", "kept"
SAMPLE = [
    ("AccessionNumber", "Z", "7", EMPTY),
    ("GPSLatitude", "X", "48.2", GONE),
    ("GPSLatitudeRef", "X", "N", GONE),
    ("ReasonForVisit", "X", "Jane", GONE),
    ("PatientAge", "X", "061Y", GONE),
    ("InstanceOriginStatus", "X", "LOCAL", GONE),
    ("LensSpecification", "X", [1, 2, 3, 4], GONE),
    ("ROIName", "Z", "GTV Jane", EMPTY),
    ("StructureSetLabel", "D", "Jane", DUMMY),
    ("RTPlanLabel", "D", "Jane", DUMMY),
    ("XRayDetectorID", "D", "77", DUMMY),
    ("VerificationDateTime", "D", "20200101", DUMMY),
    ("ClinicalTrialSubjectID", "D", "77", DUMMY),
    ("StationName", "X/Z/D", "S", DUMMY),
    ("AcquisitionDate", "X/Z", "20200101", EMPTY),
    ("SeriesDate", "X/D", "20200101", GONE),
    ("DetectorID", "X/D", "77", GONE),
    ("DimensionOrganizationUID", "U", "1.2.3", MAPPED),
    ("FrameOfReferenceUID", "U", "1.2.3", MAPPED),
    ("TrackingUID", "U", "1.2.3", MAPPED),
    ("SliceThickness", "not in the table", "2.5", KEPT),
]


@pytest.mark.parametrize(("name", "code", "value", "becomes"), SAMPLE, ids=[row[0] for row in SAMPLE])
def test_attributes_go_as_the_standard_says(name: str, code: str, value: Any, becomes: str) -> None:
    data, before = cleaned(**{name: value}), item(**{name: value})
    if becomes == GONE:
        assert name not in data
        return
    found = data[name].value
    assert {
        EMPTY: not found,
        DUMMY: bool(found) and found != before[name].value,
        MAPPED: str(found).startswith("2.25."),
        KEPT: found == before[name].value,
    }[becomes]


OF_SOMEBODY = ["OtherPatientIDsSequence", "ReferencedPatientPhotoSequence", "UDISequence"]
OF_SOMEBODY += ["EthnicGroupCodeSequence", "WaveformAnnotationSequence"]  # of edition 2026c
OF_SOMEBODY += ["HumanPerformerCodeSequence", "EquipmentAdministratorSequence"]  # of no edition
OF_SOMEBODY += ["GroupOfPatientsIdentificationSequence", "PatientBreedCodeSequence"]  # of group 0010, and not named


@pytest.mark.parametrize("name", OF_SOMEBODY)
def test_sequences_of_persons_and_machines_are_removed(name: str) -> None:
    assert name not in cleaned(None, **{name: [item(CodeMeaning="Doe")]})


def test_what_a_body_is_like_stays_only_with_its_option() -> None:
    told: dict[str, Any] = {"PatientBodyMassIndex": 24.5, "EthnicGroupCodeSequence": [item(CodeValue="1")]}
    assert len(cleaned(**told)) == 0
    data = cleaned(Options(retain=("patient",)), **told)
    assert (data.PatientBodyMassIndex, data.EthnicGroupCodeSequence[0].CodeValue) == (24.5, "1")


def test_sequences_that_must_be_there_are_emptied() -> None:
    data = cleaned(SpecimenPreparationSequence=[item(CodeMeaning="Doe")])
    assert len(data.SpecimenPreparationSequence) == 0


def test_images_that_are_referred_to_stay_with_mapped_uids() -> None:
    data = cleaned(ReferencedImageSequence=[item(ReferencedSOPInstanceUID="1.2.3")])
    assert data.ReferencedImageSequence[0].ReferencedSOPInstanceUID.startswith("2.25.")


def test_uids_without_an_entry_in_the_column_of_uids_are_mapped_even_so() -> None:
    data = cleaned(Options(retain=("uids",)), UID="1.2.3", TrackingUID="1.2.4")
    assert (data.UID.startswith("2.25."), data.TrackingUID) == (True, "1.2.4")


def test_what_may_be_said_of_a_patient_goes_by_known_words() -> None:
    data = cleaned(Options(retain=("patient",)), SpecialNeeds="head of Jane Doe", PatientSex="F")
    assert (data.SpecialNeeds, data.PatientSex) == ("head", "F")


def test_a_label_that_must_be_there_gets_a_dummy_where_no_word_is_known() -> None:
    data = cleaned(Options(clean=("descriptors",)), RTPlanLabel="Jane", StructureSetLabel="lung left " * 9)
    assert data.RTPlanLabel == "REMOVED"
    assert len(data.StructureSetLabel) <= 16


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
    assert data.ImageComments == "T1"
    assert "ImageComments" not in cleaned(ImageComments="T1")
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
