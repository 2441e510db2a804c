"""The chain of a TIFF's pages, walked once with an end in sight: libraries follow one that loops for hours."""

from __future__ import annotations

import struct
from pathlib import Path

from polyclinic.errors import ReadError

MOST_PAGES = 1_000_000
BIG = 43


def check_pages(path: Path) -> None:
    """Refuse a chain that comes back to a page or has too many; what is broken otherwise is left to the reader.

    Source:
        TIFF 6.0 section 2 (image file directory); BigTIFF has eight-byte counts and places.

    Raises:
        ReadError: the chain loops or does not end.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16).ljust(16, b"\0")
        order = "<" if head.startswith(b"II") else ">"
        big = struct.unpack_from(f"{order}H", head, 2)[0] == BIG
        count, place, entry = (f"{order}Q", f"{order}Q", 20) if big else (f"{order}H", f"{order}I", 12)
        at = struct.unpack_from(place, head, 8 if big else 4)[0]
        seen: set[int] = set()
        while 0 < at < size:
            if at in seen or len(seen) == MOST_PAGES:
                raise ReadError(f"{path} is damaged: its chain of pages does not end", hint="copy it again")
            seen.add(at)
            file.seek(at)
            (entries,) = struct.unpack(count, file.read(struct.calcsize(count)).ljust(struct.calcsize(count), b"\0"))
            file.seek(min(entries * entry, size), 1)
            (at,) = struct.unpack(place, file.read(struct.calcsize(place)).ljust(struct.calcsize(place), b"\0"))
