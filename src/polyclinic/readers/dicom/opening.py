"""Opening a DICOM file: is it one, would it inflate beyond reason, and has it pixels at all."""

from __future__ import annotations

import contextlib
import logging
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from polyclinic.errors import ReadError
from polyclinic.readers.files import check_size, reading

MARK, MARK_AT = b"DICM", 128
DEFLATED = "1.2.840.10008.1.2.1.99"
GROUP_LENGTH_BYTES = 12
CHATTY = ("pydicom", "highdicom")
FIRST_PIXELS, LAST_PIXELS = 0x7FE00008, 0x7FE00010  # FloatPixelData, PixelData
HOLDERS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextlib.contextmanager
def reading_dicom(path: Path, form: str = "DICOM") -> Iterator[None]:
    """`files.reading`, quietly. Values are converted when first asked for: what is used later is touched within."""
    with quiet(), reading(path, form, private=True):
        yield


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' warnings and loggers still: they quote values, names among them."""
    _hush()
    token = _quiet.set(True)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        _quiet.reset(token)


@cache
def _hush() -> None:
    """Let the libraries' loggers pass nothing on where `quiet` is at work."""
    for name in CHATTY:
        logging.getLogger(name).addFilter(lambda _: not _quiet.get())


def marked(head: bytes) -> bool:
    """Whether the DICOM mark stands behind the preamble."""
    return head[MARK_AT : MARK_AT + 4] == MARK


def open_dataset(path: Path, *, pixels: bool, tags: Sequence[str] | None = None) -> Any:
    """Any DICOM object, with or without pixels; call it within `reading_dicom`.

    Args:
        pixels: read pixel data as well.
        tags: keywords of the only attributes to read; None reads all.

    Raises:
        ReadError: a deflated file that would unpack beyond reason.
    """
    return open_until(path, LAST_PIXELS if pixels else FIRST_PIXELS - 1, tags)[0]


def open_until(path: Path, last: int, tags: Sequence[str] | None) -> tuple[Any, int]:
    """As `open_dataset`, up to a tag; and where in the file the next one begins, unless the file is deflated.

    Raises:
        ReadError: as `open_dataset`.
    """
    from pydicom.filereader import read_partial

    with path.open("rb") as file:
        sure = marked(file.read(MARK_AT + 4))
    if sure:
        _check_inflated(path)
    only = None if tags is None else list(_tags("SpecificCharacterSet", *tags))
    with path.open("rb") as file:
        # a deflated megabyte can hold a hundred million empty elements of group 0, where a data set has none
        data = read_partial(file, lambda tag, *_: tag > last or tag.group == 0, force=not sure, specific_tags=only)
        return data, file.tell()


@cache
def _tags(*names: str) -> tuple[Any, ...]:
    """Keywords as pydicom's tags; looking them up for each file costs as much as reading its header."""
    from pydicom.tag import Tag

    return tuple(map(Tag, names))


def open_image(path: Path, *, pixels: bool) -> Any:
    """A DICOM object that is an image.

    Raises:
        ReadError: it is a report, a plan, a header alone.
    """
    data = open_dataset(path, pixels=pixels)
    if "Rows" not in data or "Columns" not in data:
        raise ReadError(f"{path} is DICOM without pixels", hint="reports, plans and waveforms are no images")
    if pixels and not set(HOLDERS) & set(data.dir()):
        raise ReadError(f"{path} is DICOM without pixels", hint="the header is there, the pixel data is not")
    return data


def whole_number(path: Path, data: Any, name: str, missing: int) -> int:
    """An attribute as a whole number; `missing` where the file leaves it out.

    Raises:
        ReadError: it is there and no number.
    """
    value = data.get(name)
    try:
        return missing if value is None or value == "" else int(value)
    except (TypeError, ValueError) as error:
        raise ReadError(f"{path}: its {name} is no whole number", hint="the header is damaged") from error


def _check_inflated(path: Path) -> None:
    """A deflated file is unpacked whole by the parser: measure first what it would become."""
    from pydicom.filereader import read_file_meta_info

    meta = read_file_meta_info(path)
    if meta.get("TransferSyntaxUID") != DEFLATED:
        return
    unpacker, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    with path.open("rb") as file:
        file.seek(MARK_AT + 4 + GROUP_LENGTH_BYTES + int(meta.FileMetaInformationGroupLength))
        while (packed := unpacker.unconsumed_tail or file.read(2**16)) and not unpacker.eof:
            size += len(unpacker.decompress(packed, 2**20))
            check_size(path, (max(size, 1),), 1)
