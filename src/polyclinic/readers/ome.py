"""OME-XML, the description inside OME-TIFF: channel names, physical sizes, the step in time.

It is parsed here, without document types or entities, before the TIFF library may look at it, because that library
opens every file that the description names: only files beside the image may be named, and only as many planes as a
file can have.

Source:
    OME Data Model 2016-06, openmicroscopy.org/Schemas.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from polyclinic.errors import ReadError
from polyclinic.readers.stacks import StackFacts, named
from polyclinic.readers.units import millimetres, seconds
from polyclinic.readers.voxels import beside

MOST_LETTERS = 2**26
MOST_PLANES = 2**20
COUNTS = ("IFD", "PlaneCount", "NumPlanes", "FirstC", "FirstZ", "FirstT", "SizeC", "SizeZ", "SizeT")


def stack_facts(path: Path, xml: str) -> StackFacts:
    """What the description says of the first image.

    Raises:
        ReadError: no XML, with entities, absurd counts, or data in files that are not beside it.
    """
    root = checked(path, xml)
    pixels = next(_called(root, "Pixels"), None)
    if pixels is None:
        return StackFacts()
    channels: list[str | None] = []
    for channel in _called(pixels, "Channel"):
        samples = int(channel.get("SamplesPerPixel", 1))
        channels += [channel.get("Name") or channel.get("Fluor")] * samples
    steps = {axis: _length(pixels, f"PhysicalSize{axis}") for axis in "XYZ"}
    return StackFacts(
        named(channels),
        {axis: step for axis, step in steps.items() if step is not None},
        _positive(pixels.get("TimeIncrement"), seconds(pixels.get("TimeIncrementUnit", "s"))),
    )


def checked(path: Path, xml: str) -> Any:
    """The parsed description, after its claims were held against the folder.

    Raises:
        ReadError: as `stack_facts`.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if len(xml) > MOST_LETTERS:
        raise ReadError(f"{path} has a description of {len(xml)} letters; the most is {MOST_LETTERS}")
    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise ReadError(f"{path}: its OME-XML cannot be read: {error}", hint="save it again as OME-TIFF") from error
    for element in root.iter():
        for name in COUNTS:
            if not 0 <= int(element.get(name, 0)) <= MOST_PLANES:
                raise ReadError(f"{path}: its OME-XML claims {name}={element.get(name)}")
    _others(path, root)
    return root


def files(path: Path, xml: str) -> tuple[Path, ...]:
    """The file, and those beside it that hold more of the same image.

    Raises:
        ReadError: as `stack_facts`.
    """
    return tuple(dict.fromkeys((path, *_others(path, checked(path, xml)))))


def _others(path: Path, root: Any) -> list[Path]:
    own = root.get("UUID")
    named = [(element.text, element.get("FileName", "")) for element in _called(root, "UUID")]
    others = [name for uuid, name in named if uuid != own and (own is not None or name.lower() != path.name.lower())]
    others += [element.get("MetadataFile", "") for element in _called(root, "BinaryOnly")]
    return [beside(path, name) for name in dict.fromkeys(others)]


def _called(root: Any, name: str) -> Iterator[Any]:
    """The elements of a name in whatever version's namespace."""
    return (element for element in root.iter() if str(element.tag).rpartition("}")[2] == name)


def _length(pixels: Any, name: str) -> float | None:
    return _positive(pixels.get(name), millimetres(pixels.get(f"{name}Unit", "um")))


def _positive(text: str | None, factor: float | None) -> float | None:
    if text is None or factor is None:
        return None
    value = float(text) * factor
    return value if math.isfinite(value) and value > 0 else None
