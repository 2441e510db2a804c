"""What a compressed frame claims of its size, looked at before a decoder believes it.

A codestream of a few bytes can announce 65535 x 65535 pixels, and decoders take the memory, and seconds, at once.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from polyclinic.errors import ReadError

JPEG, SIZE_2000 = b"\xff\xd8", b"\xff\x4f\xff\x51"
FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})  # markers that open a frame; F7 is JPEG-LS
BARE = frozenset({0x01, 0xFF, *range(0xD0, 0xD9)})  # markers without a length


def claimed_size(source: bytes) -> tuple[int, int] | None:
    """Rows and columns that a JPEG, JPEG-LS or JPEG 2000 codestream announces; None where it is another or broken.

    Source:
        ISO/IEC 10918-1 B.2.2 (frame header), 14495-1 C.2.2, 15444-1 A.5.1 (SIZ).
    """
    if (at := source.find(SIZE_2000)) >= 0 and len(source) >= at + 24:
        right, bottom, left, top = struct.unpack(">4I", source[at + 8 : at + 24])
        return bottom - top, right - left
    at = 2
    while source.startswith(JPEG) and at + 9 <= len(source) and source[at] == 0xFF:
        marker = source[at + 1]
        if marker in FRAMES:
            rows, columns = struct.unpack(">2H", source[at + 5 : at + 9])
            return rows, columns
        at += 1 if marker == 0xFF else 2 if marker in BARE else 2 + int.from_bytes(source[at + 2 : at + 4], "big")
    return None


def check_frames(path: Path, data: Any) -> None:
    """Refuse a DICOM object with a frame that announces more pixels than its header.

    Raises:
        ReadError: such a frame; the message has both sizes.
    """
    from pydicom.encaps import generate_frames

    syntax = getattr(getattr(data, "file_meta", None), "TransferSyntaxUID", None)
    if syntax is None or not syntax.is_encapsulated or "PixelData" not in data:
        return
    wanted = int(data.Rows), int(data.Columns)
    for frame in generate_frames(data.PixelData, number_of_frames=int(data.get("NumberOfFrames") or 1)):
        claimed = claimed_size(frame)
        if claimed is not None and claimed[0] * claimed[1] > wanted[0] * wanted[1]:
            raise ReadError(
                f"{path} holds a frame of {claimed[0]} x {claimed[1]}, its header says {wanted[0]} x {wanted[1]}",
                hint="the header or the pixel data is damaged",
            )
