"""Compressed frames without what is not the image: comments and application segments of JPEG and JPEG 2000.

Source:
    ISO 10918-1 B.1.1.3 (markers), ISO 15444-1 A.9.2 (COM), ISO 14495-1 C.1.1 (JPEG-LS).
"""

from __future__ import annotations

from collections.abc import Iterable

JPEG, J2K = b"\xff\xd8", b"\xff\x4f"
COMMENT, J2K_COMMENT = 0xFE, 0x64
START_OF_SCAN, START_OF_TILE = 0xDA, 0x90
APPLICATION = range(0xE0, 0xF0)
NEEDED = (0xE0, 0xE8, 0xEE)  # JFIF, SPIFF, Adobe: they say which colours the samples are
JFIF_BYTES, ADOBE_BYTES = 16, 14  # with the two of the length


def stripped(frame: bytes) -> bytes | None:
    r"""The frame without comments; None where it is no codestream that is understood.

    Example:
        >>> stripped(b"\xff\xd8\xff\xfe\x00\x05Doe\xff\xda..")
        b'\xff\xd8\xff\xda..'
    """
    start, dropped = (JPEG, _dropped) if frame.startswith(JPEG) else (J2K, lambda marker, _: marker == J2K_COMMENT)
    if not frame.startswith(start):
        return None
    kept, at = bytearray(start), len(start)
    while at + 4 <= len(frame) and frame[at] == 0xFF:
        marker, length = frame[at + 1], int.from_bytes(frame[at + 2 : at + 4], "big")
        if marker in (START_OF_SCAN, START_OF_TILE):
            scan = _ended(frame[at:])
            later = start == JPEG and bytes((0xFF, COMMENT)) in scan  # no packed data: those stuff a zero bit or byte
            return None if later else bytes(kept) + scan
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if length < 2 or at + 2 + length > len(frame):
            return None
        if not dropped(marker, length):
            kept += frame[at : at + 2 + length]
        at += 2 + length
    return None


def strip_frames(frames: Iterable[bytes]) -> list[bytes] | None:
    """All frames stripped; None where one is not understood."""
    clean = [stripped(frame) for frame in frames]
    return [frame for frame in clean if frame is not None] if None not in clean else None


def _dropped(marker: int, length: int) -> bool:
    if marker in NEEDED:  # those of their plain length: thumbnails and texts make them longer
        return length > max(JFIF_BYTES, ADOBE_BYTES) + (16 if marker == 0xE8 else 0)
    return marker == COMMENT or marker in APPLICATION


def _ended(scan: bytes) -> bytes:
    """What follows up to the end mark: bytes behind it are no image."""
    end = scan.rfind(b"\xff\xd9")
    return scan[: end + 2] if end >= 0 else scan
