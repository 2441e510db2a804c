"""A folder of DICOM files to one that names nobody: attributes, file names, preambles; pixels are flagged, not cleaned.

Files go to `OUT/<subject>/<study>/<series>/<instance>.dcm`, all named by keyed hashes. What may show text in its
pixels is withheld. Nothing that this module says, in errors or in its account, quotes a file, its name or its folder:
files are counted, and told by their number in sorted order.
"""

from __future__ import annotations

import math
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from polyclinic.curate.codestreams import strip_frames
from polyclinic.curate.confidentiality import Cleaner, Options
from polyclinic.errors import PolyclinicError, UsageError
from polyclinic.readers.dicom.heads import DIRECTORY_CLASS, is_dicom
from polyclinic.readers.dicom.opening import open_dataset, reading_dicom
from polyclinic.readers.dicom.series import below

BurntIn = Literal["withhold", "keep"]
KEY_BYTES = 32
SHOWN = 10
METHOD = "Polyclinic, DICOM PS3.15 E.1"
# Classes and modalities whose pixels often carry the patient's name, unless the file says that they do not.
CAPTURES = "1.2.840.10008.5.1.4.1.1.7"
SPEAKING = ("US", "IVUS", "XC", "ES", "GM", "OT", "SC", "DOC")
DOCUMENTS = "1.2.840.10008.5.1.4.1.1.104"
HTJ2K = tuple(f"1.2.840.10008.1.2.4.{number}" for number in (201, 202, 203))
VIDEOS = tuple(f"1.2.840.10008.1.2.4.{number}" for number in (*range(100, 109), "100.1", "101.1"))
HEADS = ("HEAD", "BRAIN", "SKULL", "FACE", "HEADNECK")


@dataclass(frozen=True)
class Account:
    """What was done.

    Args:
        written: files written.
        foreign: files that are no DICOM, and DICOMDIR files; they are not copied.
        withheld: reason to the numbers of the files, counted from 1 in sorted order.
        attributes: what was done (removed, emptied, replaced, mapped ...) to how many of which attributes.
        not_cleaned: what may still tell of a person.
        codes: of the profile and its options.
    """

    written: int
    foreign: int
    withheld: Mapping[str, tuple[int, ...]]
    attributes: Mapping[str, Mapping[str, int]]
    not_cleaned: tuple[str, ...]
    codes: Mapping[str, str]


@dataclass
class _Tally:
    written: int = 0
    foreign: int = 0
    withheld: dict[str, list[int]] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)


def deidentify(
    root: Path,
    out: Path,
    options: Options | None = None,
    *,
    key: bytes | None = None,
    burnt_in: BurntIn = "withhold",
) -> Account:
    """Write the folder's DICOM files without what names their patients.

    Args:
        out: a new folder.
        key: the same key gives the same pseudonyms, UIDs and shifts of dates again; None takes one that nobody
            keeps, so that nothing can be linked later.
        burnt_in: what becomes of files whose pixels may show text.

    Raises:
        UsageError: no folder, or `out` is there already or lies inside of it.
    """
    if not root.is_dir():
        raise UsageError("the input is no folder", hint="give the folder that holds the DICOM files")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError("the output is there already", hint="give a new folder")
    if out.resolve().is_relative_to(root.resolve()):
        raise UsageError("the output lies inside of the input", hint="give a folder elsewhere")
    cleaner, tally = Cleaner(key or secrets.token_bytes(KEY_BYTES), options or Options()), _Tally()
    for number, path in enumerate(below(root), start=1):
        if path.is_symlink() or not path.is_file() or not is_dicom(path):
            tally.foreign += 1
            continue
        try:
            reason = _one(path, out, cleaner, burnt_in, tally)
        except (PolyclinicError, OSError):
            reason = "cannot be read"
        if reason is not None:
            tally.withheld.setdefault(reason, []).append(number)
    return _account(cleaner, tally)


def lines(account: Account) -> list[str]:
    """The account for people."""
    counts = {done: sum(names.values()) for done, names in account.attributes.items()}
    told = ", ".join(f"{count} {done}" for done, count in counts.items())
    return [
        f"{account.written} files written, {account.foreign} are no DICOM images",
        f"attributes: {told or 'none'}",
        *(
            f"withheld: {reason}: {len(numbers)} files, number {', '.join(map(str, numbers[:SHOWN]))}"
            + (" ..." if len(numbers) > SHOWN else "")
            for reason, numbers in account.withheld.items()
        ),
        *(f"not cleaned: {line}" for line in account.not_cleaned),
    ]


def key_from(path: Path) -> bytes:
    """A key kept in a file.

    Raises:
        UsageError: it cannot be read, or is shorter than 16 bytes.
    """
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise UsageError(f"cannot read the key {path}: {error.strerror}") from error
    if len(key) < KEY_BYTES // 2:
        raise UsageError(f"the key {path} has {len(key)} bytes", hint="make one: openssl rand -hex 32 > KEY")
    return key


def _one(path: Path, out: Path, cleaner: Cleaner, burnt_in: BurntIn, tally: _Tally) -> str | None:
    """Clean one file; why it was withheld, None where it was written or counted otherwise."""
    with reading_dicom(path):
        data = open_dataset(path, pixels=True)
        meta = getattr(data, "file_meta", {})
        if meta.get("MediaStorageSOPClassUID") == DIRECTORY_CLASS:
            tally.foreign += 1
            return None
        if (reason := _reason(data, meta, burnt_in)) is not None:
            return reason
        made = _stamped(cleaner.clean(data), data, meta, cleaner)
        if "PixelData" in made and not _trimmed(made):
            return "has compressed pixels that are not understood"
        place = out.joinpath(*_names(data, cleaner)).with_suffix(".dcm")
        if place.exists():
            return "the same instance is there twice"
        _note(data, meta, tally.notes)
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(".part")
        try:
            made.save_as(part, enforce_file_format=True)
            part.replace(place)
        finally:
            part.unlink(missing_ok=True)
    tally.written += 1
    return None


def _reason(data: Any, meta: Mapping[str, Any], burnt_in: BurntIn) -> str | None:
    """Why a file cannot be cleaned; None where it can."""
    if meta.get("TransferSyntaxUID") is None:
        return "names no transfer syntax"
    if not all(data.get(name) for name in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")):
        return "is no complete DICOM object"
    if str(data.SOPClassUID).startswith(DOCUMENTS):
        return "is a document"
    if burnt_in == "withhold" and "Rows" in data and _may_show_text(data):
        return "may show text in its pixels"
    return None


def _may_show_text(data: Any) -> bool:
    told = str(data.get("BurnedInAnnotation") or "").upper()
    speaking = str(data.get("SOPClassUID")).startswith(CAPTURES) or data.get("Modality") in SPEAKING
    return told == "YES" or (speaking and told != "NO")


def _stamped(made: Any, data: Any, meta: Mapping[str, Any], cleaner: Cleaner) -> Any:
    """The cleaned data set with a clean file header, an empty preamble, and what was done to it."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import PYDICOM_IMPLEMENTATION_UID

    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = meta["TransferSyntaxUID"].value
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.file_meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    made.preamble = b"\0" * 128
    made.PatientIdentityRemoved, made.DeidentificationMethod = "YES", METHOD
    steps = []
    for code, meaning in cleaner.options.codes.items():
        step = Dataset()
        step.CodeValue, step.CodingSchemeDesignator, step.CodeMeaning = code, "DCM", meaning
        steps.append(step)
    made.DeidentificationMethodCodeSequence = steps
    dates = {"removed": "REMOVED", "shifted": "MODIFIED", "kept": "UNMODIFIED"}
    made.LongitudinalTemporalInformationModified = dates[cleaner.options.dates]
    return made


def _trimmed(made: Any) -> bool:
    """Leave nothing in the pixel data but pixels; False where its codestreams are not understood."""
    from pydicom.encaps import encapsulate, generate_frames
    from pydicom.uid import JPEG2000TransferSyntaxes, JPEGLSTransferSyntaxes, JPEGTransferSyntaxes

    syntax = made.file_meta.TransferSyntaxUID
    frames = int(made.get("NumberOfFrames") or 1)
    if not syntax.is_encapsulated:
        sides = [int(made.get(name) or 1) for name in ("Rows", "Columns", "SamplesPerPixel")]
        half = made.get("PhotometricInterpretation") == "YBR_FULL_422"  # two of three samples are stored
        bits = math.prod(sides) * frames * int(made.BitsAllocated)
        size = -(-(bits * 2 // 3 if half else bits) // 8)
        made.PixelData = made.PixelData[:size] + b"\0" * (size % 2)
        return True
    if syntax not in (*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes, *HTJ2K):
        return True
    clean = strip_frames(generate_frames(made.PixelData, number_of_frames=frames))
    if clean is None:
        return False
    for name in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        made.pop(name, None)  # they speak of the lengths before
    made.PixelData = encapsulate(clean)
    made["PixelData"].is_undefined_length = True
    return True


def _names(data: Any, cleaner: Cleaner) -> list[str]:
    """The new file's folders and name."""
    uids = (("study", data.StudyInstanceUID), ("series", data.SeriesInstanceUID), ("instance", data.SOPInstanceUID))
    return [
        cleaner.pseudonym(cleaner.subject(data)),
        *(f"{kind}-{cleaner.hashed(kind, str(uid))[:16]}" for kind, uid in uids),
    ]


def _note(data: Any, meta: Mapping[str, Any], notes: Counter[str]) -> None:
    """Count what stays in a written file and may still tell of a person."""
    notes["files: codes and numbers were kept as they are"] += 1
    if "Rows" not in data:
        return
    notes["images: their pixels were not looked at; only the header told whether they show text"] += 1
    if _may_show_text(data):
        notes["images that may show text in their pixels were kept as asked"] += 1
    face = str(data.get("BodyPartExamined") or "").upper() in HEADS or data.get("RecognizableVisualFeatures") == "YES"
    if face:
        notes["images of a head, in which a face may be recognised"] += 1
    if meta["TransferSyntaxUID"].value in VIDEOS:
        notes["videos: what their streams hold besides pictures was not looked for"] += 1


def _account(cleaner: Cleaner, tally: _Tally) -> Account:
    return Account(
        tally.written,
        tally.foreign,
        {reason: tuple(numbers) for reason, numbers in sorted(tally.withheld.items())},
        {done: dict(sorted(names.items())) for done, names in sorted(cleaner.done.items())},
        tuple(f"{count} {what}" for what, count in sorted(tally.notes.items())),
        cleaner.options.codes,
    )
