"""What is done with each attribute of a DICOM object so that it names nobody: DICOM PS3.15 E.1 as a table.

`confidentiality.toml` holds the profile's actions and options. An attribute that it does not name goes by its
value representation: names, free text, unknown binary and private attributes are removed, and the patient's sequences;
dates follow the dates' option, UIDs are mapped, codes and numbers stay. Sequences are walked to their end.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

from polyclinic.errors import UsageError

Dates = Literal["removed", "shifted", "kept"]
RETAINABLE = ("uids", "device", "institution", "patient")
CLEANABLE = ("descriptors", "structured")
DATES: tuple[Dates, ...] = ("removed", "shifted", "kept")
BASIC = {"113100": "Basic Application Confidentiality Profile"}
LONGEST_SHIFT_DAYS, DEEPEST = 3650, 32
SHORT, LONG = 16, 64  # signs that fit into SH, and into LO
STRUCTURED = ("ContentSequence", "AcquisitionContextSequence", "SpecimenPreparationSequence")
UNDATED = ("GPSTimeStamp",)  # has no entry in the columns of dates
ALWAYS_MAPPED = ("UID", "DigitalSignatureUID")  # have none in the column of UIDs
PATIENT_GROUP = 0x0010
STANDARD = "1.2.840.10008."
DUMMY: dict[str, str] = {"DA": "19000101", "TM": "000000", "DT": "19000101000000", "PN": "Anonymous", "AS": "000Y"}
TEXTS = frozenset(("LO", "LT", "SH", "ST", "UC", "UT", "UR", "AE"))
NUMBERS = frozenset(("DS", "IS", "FD", "FL", "SS", "US", "SL", "UL", "SV", "UV", "AT"))
PLAIN: dict[str, re.Pattern[str]] = {
    "CS": re.compile(r"[A-Z0-9 _]{0,16}"),
    "AS": re.compile(r"\d{3}[DWMY]"),
    "DA": re.compile(r"\d{8}"),
    "TM": re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?"),
    "DT": re.compile(r"\d{8}(\d{2}){0,3}(\.\d{1,6})?([+-]\d{4})?"),
    "UI": re.compile(r"[0-9.]{1,64}"),
}
NAMED_ITEMS = ("TEXT", "PNAME", "DATE", "TIME", "DATETIME", "COMPOSITE")


@dataclass(frozen=True)
class Options:
    """What is kept or cleaned beyond the basic profile.

    Args:
        retain: of `RETAINABLE`.
        dates: emptied, moved by the same number of days for all of a patient's, or kept.
        clean: of `CLEANABLE`: descriptors keep known words, structured content keeps codes and numbers.
    """

    retain: tuple[str, ...] = ()
    dates: Dates = "removed"
    clean: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for given, known in ((self.retain, RETAINABLE), (self.clean, CLEANABLE), ((self.dates,), DATES)):
            if unknown := [name for name in given if name not in known]:
                raise UsageError(f"unknown option {unknown[0]!r}", hint="known are " + ", ".join(known))

    @property
    def names(self) -> tuple[str, ...]:
        """The table's options that hold."""
        dated = () if self.dates == "removed" else (f"dates-{self.dates}",)
        return (*self.retain, *self.clean, *dated)

    @property
    def codes(self) -> dict[str, str]:
        """The codes that the object states of how it was cleaned, with their meanings."""
        return BASIC | {table()["options"][name]["code"]: table()["options"][name]["meaning"] for name in self.names}


@cache
def table() -> Mapping[str, Any]:
    """The table of attributes."""
    held: dict[str, Any] = tomllib.loads((resources.files(__package__) / "confidentiality.toml").read_text("utf-8"))
    held["actions"] = {name: action for action, names in held["basic"].items() for name in names}
    held["safe"] = {kind: frozenset(names) for kind, names in held["safe"].items()}
    held["words"] = frozenset(held["words"]["known"].split())
    return held


@dataclass
class Cleaner:
    """Cleans the objects of many patients alike: one key gives the same pseudonyms, UIDs and shifts every time.

    Args:
        key: secret; without it nobody can link what comes out to what went in.
        done: how often each attribute was removed, emptied, replaced ...; private ones together.
    """

    key: bytes
    options: Options = field(default_factory=Options)
    done: dict[str, Counter[str]] = field(default_factory=dict)

    def clean(self, data: Any) -> Any:
        """A new data set with what may stay; file meta information is the caller's.

        Args:
            data: as pydicom read it; its values are converted here, so call this within `quiet`.
        """
        from pydicom.dataset import Dataset

        subject = self.subject(data)
        return self._cleaned(data, Dataset(), subject, 0)

    def subject(self, data: Any) -> str:
        """What a patient is known by: id, else name and birth date, else the study."""
        for names in (("PatientID", "IssuerOfPatientID"), ("PatientName", "PatientBirthDate"), ("StudyInstanceUID",)):
            told = "|".join(str(data.get(name) or "") for name in names)
            if told.strip("| "):
                return told
        return ""

    def pseudonym(self, subject: str) -> str:
        """The subject's new name."""
        return f"anon-{self.hashed('subject', subject)[:12]}"

    def uid(self, old: str) -> str:
        """The UID that stands for another: 2.25 and 128 bits of its keyed hash."""
        return f"2.25.{int(self.hashed('uid', old)[:32], 16)}"

    def shift_days(self, subject: str) -> int:
        """By how many days a patient's dates are moved back."""
        return -1 - int(self.hashed("dates", subject)[:8], 16) % LONGEST_SHIFT_DAYS

    def hashed(self, purpose: str, text: str) -> str:
        """A keyed hash as hexadecimal digits."""
        return hmac.new(self.key, f"{purpose}\0{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def _cleaned(self, data: Any, made: Any, subject: str, depth: int) -> Any:
        for tag in sorted(data.keys()):
            if tag.is_private or tag.group in (0x0002, 0x0004):
                self._count("removed", "private attributes")
                continue
            try:
                element = data[tag]
                kept = self._kept(element, subject, depth)
            except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError, OverflowError):
                self._count("removed", "unreadable values")
                continue
            if kept is not None:
                made.add(kept)
        return made

    def _kept(self, element: Any, subject: str, depth: int) -> Any:
        """The element as it may stay; None where it may not."""
        from pydicom.sequence import Sequence

        action = self._action(element)
        name = element.keyword or f"({element.tag.group:04x},{element.tag.element:04x})"
        if action == "X":
            self._count("removed", name)
            return None
        if element.VR == "SQ" and action in ("Z", "D"):
            self._count("emptied", name)
            return _element(element, Sequence([]))
        if element.VR == "SQ":
            return self._walked(element, name, subject, depth)
        value = self._value(element, action, subject)
        if value is None:
            self._count("removed", name)
            return None
        if action != "K":
            words = {"Z": "emptied", "D": "replaced", "P": "replaced", "U": "mapped", "C": "cleaned", "S": "shifted"}
            self._count(words[action], name)
        return _element(element, value)

    def _walked(self, element: Any, name: str, subject: str, depth: int) -> Any:
        from pydicom.dataset import Dataset
        from pydicom.sequence import Sequence

        if depth >= DEEPEST:
            self._count("removed", name)
            return None
        items = [item for item in element.value if not _names_somebody(item)]
        if lost := len(element.value) - len(items):
            self._count("removed", "content items", lost)
        return _element(element, Sequence([self._cleaned(item, Dataset(), subject, depth + 1) for item in items]))

    def _action(self, element: Any) -> str:
        """D Z X K C U of the standard; P a pseudonym, S a date to shift."""
        name, vr, group = element.keyword, element.VR, element.tag.group
        if 0x5000 <= group <= 0x501E or 0x6000 <= group <= 0x60FF or not name:
            return "X"  # curves and overlays, and what the dictionary does not know
        options = [table()["options"][option] for option in self.options.names]
        if any(name in option["keep"] for option in options):
            return "K"
        if any(name in option.get("clean", ()) for option in options):
            return "C"
        if name in STRUCTURED and "structured" in self.options.clean:
            return "K"
        if vr in ("DA", "TM", "DT") and self.options.dates != "removed" and not ("Birth" in name or name in UNDATED):
            return "K" if self.options.dates == "kept" or vr == "TM" else "S"
        action: str = table()["actions"].get(name) or self._by_kind(name, vr, group)
        return "K" if action == "U" and "uids" in self.options.retain and name not in ALWAYS_MAPPED else action

    def _by_kind(self, name: str, vr: str, group: int) -> str:
        safe = table()["safe"]
        if vr == "SQ" and group == PATIENT_GROUP:
            return "X"
        if vr == "UI":
            return "K" if name in safe["uids"] else "U"
        if vr in ("SQ", "CS") or vr in NUMBERS:
            return "K"
        if vr in TEXTS:
            return "K" if name in safe["text"] else "X"
        return "K" if name in safe["binary"] else "X"

    def _value(self, element: Any, action: str, subject: str) -> Any:
        """The value that an action leaves; None where none can be left."""
        vr, value = element.VR, element.value
        if action == "Z":
            return ""
        if action == "D":
            return DUMMY.get(vr, "REMOVED")
        if action == "P":
            return self.pseudonym(subject)
        if action == "C":
            words = known_words(_joined(value), SHORT if vr == "SH" else LONG)
            return words or (DUMMY.get(vr, "REMOVED") if table()["actions"].get(element.keyword) == "D" else "")
        if vr in PLAIN:
            texts = [str(text).strip() for text in _several(value)]
            if not all(PLAIN[vr].fullmatch(text) for text in texts if text):
                return None
            if action in ("U", "S"):
                turn = self.uid if action == "U" else lambda old: self._shifted(old, subject)
                texts = [text if not text or text.startswith(STANDARD) else turn(text) for text in texts]
            return texts if len(texts) != 1 else texts[0]
        if vr in ("DS", "IS"):
            _ = [float(number) for number in _several(value) if number not in (None, "")]
        return value

    def _shifted(self, text: str, subject: str) -> str:
        """A date, or the date that a moment starts with, moved."""
        day = datetime.datetime.strptime(text[:8], "%Y%m%d").replace(tzinfo=datetime.UTC).date()
        return (day + datetime.timedelta(days=self.shift_days(subject))).strftime("%Y%m%d") + text[8:]

    def _count(self, done: str, name: str, times: int = 1) -> None:
        self.done.setdefault(done, Counter())[name] += times


def known_words(text: str, longest: int = LONG) -> str:
    """The words of a description that are known to name nobody, and short numbers; no more than so many signs.

    Example:
        >>> known_words("AX T1 POST Mrs. Doe 12345")
        'AX T1 POST'
    """
    words = re.findall(r"[A-Za-z0-9]+", text)
    kept = [word for word in words if word.lower() in table()["words"] or re.fullmatch(r"\d{1,2}", word)]
    return " ".join(kept)[:longest].strip()


def _names_somebody(item: Any) -> bool:
    return str(item.get("ValueType") or "") in NAMED_ITEMS


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if not isinstance(value, str | bytes) and hasattr(value, "__iter__") else [value]


def _joined(value: Any) -> str:
    return " ".join(str(part) for part in _several(value))


def _element(old: Any, value: Any) -> Any:
    """The element with another value, and whether its length was stored as undefined (encapsulated pixels)."""
    from pydicom.dataelem import DataElement

    made = DataElement(old.tag, old.VR, value)
    made.is_undefined_length = old.is_undefined_length
    return made
