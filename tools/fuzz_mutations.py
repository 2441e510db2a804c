"""Ways to damage a file: blind ones that fit any bytes, some that keep a format's sums right, and bombs.

All are pure functions of the bytes and a random generator, so an input is known by target, seed and number.
"""

from __future__ import annotations

import gzip
import random
import struct
import zlib
from collections.abc import Callable

Mutation = Callable[[bytes, random.Random], bytes]
EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
HEADER = 1024  # lying numbers do most harm near the front
PNG, GZIP = b"\x89PNG\r\n\x1a\n", b"\x1f\x8b"
LONGEST = 2**20


def truncated(data: bytes, rng: random.Random) -> bytes:
    """The front of it."""
    return data[: rng.randrange(len(data) + 1)]


def flipped(data: bytes, rng: random.Random) -> bytes:
    """One to eight bits turned."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def lying(data: bytes, rng: random.Random) -> bytes:
    """A number near the front becomes an extreme one."""
    width = rng.choice([1, 2, 4, 8])
    at = rng.randrange(max(min(len(data), HEADER) - width, 1))
    value = rng.choice([*EXTREMES, rng.getrandbits(32)]) & (256**width - 1)
    return data[:at] + value.to_bytes(width, rng.choice(["little", "big"])) + data[at + width :]


def filled(data: bytes, rng: random.Random) -> bytes:
    """A run of bytes becomes zeros, ones or noise."""
    start, stop = _span(data, rng)
    fill = rng.choice([b"\0", b"\xff", rng.randbytes(1)])
    return data[:start] + fill * (stop - start) + data[stop:]


def swapped(data: bytes, rng: random.Random) -> bytes:
    """Two neighbouring chunks change places."""
    start, stop = _span(data, rng)
    middle = rng.randint(start, stop)
    return data[:start] + data[middle:stop] + data[start:middle] + data[stop:]


def repeated(data: bytes, rng: random.Random) -> bytes:
    """A chunk stands there many times."""
    start, stop = _span(data, rng)
    return (data[:stop] + data[start:stop] * rng.choice([1, 2, 50]) + data[stop:])[:LONGEST]


def removed(data: bytes, rng: random.Random) -> bytes:
    """A chunk is gone."""
    start, stop = _span(data, rng)
    return data[:start] + data[stop:]


def texted(data: bytes, rng: random.Random) -> bytes:
    """A number or a word of text becomes another kind of thing."""
    words = [b"-1", b"1e999", b"NaN", b"9" * 5000, b"null", b"[" * 3000, b'"', b"\\u0000", b"..", b"\xff\xfe", b"{}"]
    start, stop = _span(data, rng, longest=6)
    return data[:start] + rng.choice(words) + data[stop:]


BLIND: tuple[Mutation, ...] = (truncated, flipped, lying, filled, swapped, repeated, removed)


def mutate(data: bytes, rng: random.Random) -> bytes:
    """One to three random damages; half of those to PNG and gzip are made inside and sealed again."""
    if rng.random() < 0.5 and data.startswith(PNG):
        return _png(data, rng)
    if rng.random() < 0.5 and data.startswith(GZIP):
        return _inside_gzip(data, rng)
    ways = (*BLIND, texted, texted) if data[:64].isascii() else BLIND
    for _ in range(rng.choice([1, 1, 2, 3])):
        if data:
            data = rng.choice(ways)(data, rng)
    return data


def _span(data: bytes, rng: random.Random, longest: int = 200) -> tuple[int, int]:
    start = rng.randrange(len(data))
    return start, min(start + rng.randint(1, longest), len(data))


def _png(data: bytes, rng: random.Random) -> bytes:
    """Damage one chunk and set its length and sum right, so that the decoder goes on to read it."""
    chunks, at = [], len(PNG)
    while at + 12 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    chosen = rng.randrange(len(chunks))
    kind, body = chunks[chosen]
    if kind == b"IDAT" and rng.random() < 0.5:
        body = zlib.compress(rng.choice(BLIND)(zlib.decompress(body), rng))
    elif body:
        body = rng.choice(BLIND)(body, rng)
    chunks[chosen] = kind, body
    if rng.random() < 0.1:
        rng.shuffle(chunks)
    return PNG + b"".join(png_chunk(kind, body) for kind, body in chunks)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _inside_gzip(data: bytes, rng: random.Random) -> bytes:
    return gzip.compress(rng.choice(BLIND)(gzip.decompress(data), rng), mtime=0)


def png_bomb() -> bytes:
    """A hundred thousand by a hundred thousand pixels that claim to be there."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(2**24))
    return PNG + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def gzip_bomb(data: bytes) -> bytes:
    """A gzipped NIfTI with 128 MiB of zeros behind it."""
    return gzip.compress(gzip.decompress(data), mtime=0) + gzip.compress(bytes(2**27), compresslevel=1, mtime=0)


def nifti_claim(data: bytes) -> bytes:
    """A gzipped NIfTI whose header claims a volume of 32767 voxels a side."""
    plain = bytearray(gzip.decompress(data))
    struct.pack_into("<3h", plain, 42, 32767, 32767, 32767)
    return gzip.compress(bytes(plain), mtime=0)


def nested_dicom(data: bytes, depth: int = 20_000) -> bytes:
    """Sequences in sequences, none of which ends, in an explicit little endian file."""
    start = data.index(b"DICM") + 4
    size = 12 + struct.unpack("<I", data[start + 8 : start + 12])[0]
    sequence = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    return data[: start + size] + (sequence + item) * depth


def deflated_bomb(data: bytes) -> bytes:
    """A deflated DICOM file that goes on for 128 MiB."""
    start = data.index(b"DICM") + 4
    size = 12 + struct.unpack("<I", data[start + 8 : start + 12])[0]
    packer = zlib.compressobj(1, wbits=-15)
    plain = zlib.decompressobj(-15).decompress(data[start + size :])
    return data[: start + size] + packer.compress(plain) + b"".join(packer.compress(bytes(2**26)) for _ in range(2))


def looped_tiff() -> bytes:
    """A TIFF whose page names itself as the next."""
    return b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHII", 256, 3, 1, 16) + struct.pack("<I", 8)


def bombs(seeds: dict[str, bytes]) -> dict[str, bytes]:
    """The bombs that fit a target's seeds, by name."""
    made: dict[str, bytes] = {}
    if "grey.png" in seeds:
        made["bomb.png"] = png_bomb()
        made["claim.jpg"] = seeds["grey.jpg"].replace(struct.pack(">HH", 12, 16), struct.pack(">HH", 65500, 65500))
    if "zipped.nii.gz" in seeds:
        made["bomb.nii.gz"] = gzip_bomb(seeds["zipped.nii.gz"])
        made["claim.nii.gz"] = nifti_claim(seeds["zipped.nii.gz"])
    if "ExplicitVRLittleEndian.dcm" in seeds:
        made["nested.dcm"] = nested_dicom(seeds["ExplicitVRLittleEndian.dcm"])
        made["bomb.dcm"] = deflated_bomb(seeds["DeflatedExplicitVRLittleEndian.dcm"])
    if "strips.tif" in seeds:
        made["loop.tif"] = looped_tiff()
    return made
