"""Frames that pydicom's own plugins cannot unpack: JPEG of 12 bits, lossless JPEG, JPEG 2000 and HTJ2K.

A decoder plugin in pydicom's sense over imagecodecs, which is optional. It is asked last, so whatever
pydicom can do by itself stays pydicom's.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from typing import Any

from pydicom import uid

from polyclinic.readers.codestreams import claimed_size

LABEL = "imagecodecs"
NEEDS = ("numpy", "imagecodecs")
CODECS: dict[str, str] = {
    uid.JPEGBaseline8Bit: "jpeg8_decode",
    uid.JPEGExtended12Bit: "jpeg8_decode",
    uid.JPEGLossless: "jpegsof3_decode",
    uid.JPEGLosslessSV1: "jpegsof3_decode",
    uid.JPEGLSLossless: "jpegls_decode",
    uid.JPEGLSNearLossless: "jpegls_decode",
    uid.JPEG2000Lossless: "jpeg2k_decode",
    uid.JPEG2000: "jpeg2k_decode",
    uid.HTJ2KLossless: "jpeg2k_decode",
    uid.HTJ2KLosslessRPCL: "jpeg2k_decode",
    uid.HTJ2K: "jpeg2k_decode",
}
TURNED_TO_RGB = ("YBR_RCT", "YBR_ICT", "YBR_FULL", "YBR_FULL_422")
KEEPS_COLOURS = ("jpegsof3_decode", "jpegls_decode")
DECODER_DEPENDENCIES = dict.fromkeys(CODECS, NEEDS)


def is_available(syntax: str) -> bool:
    """Whether the library is there and this transfer syntax is one of `CODECS` (pydicom asks this).

    JPEG-LS only where pyjpegls is not: both are CharLS, which on some damaged streams takes seconds to say no.
    """
    if CODECS.get(syntax) == "jpegls_decode" and importlib.util.find_spec("jpeg_ls") is not None:
        return False
    return syntax in CODECS and importlib.util.find_spec("imagecodecs") is not None


def decode_frame(source: bytes, runner: Any) -> bytes:
    """One frame's pixels, colour by pixel (pydicom calls this).

    Raises:
        ValueError: the codestream's size is not the header's; pydicom then goes on or gives up.
    """
    name = CODECS[runner.transfer_syntax]
    wanted = (runner.rows, runner.columns, *([runner.samples_per_pixel] if runner.samples_per_pixel > 1 else []))
    if (claimed := claimed_size(source)) != wanted[:2]:
        raise ValueError(f"the codestream claims {claimed}, the header says {wanted}")
    array = getattr(importlib.import_module("imagecodecs"), name)(source)
    if array.shape != wanted:
        raise ValueError(f"the codestream holds {array.shape}, the header says {wanted}")
    runner.set_option("bits_allocated", array.dtype.itemsize * 8)
    if array.ndim == 3:
        runner.set_option("planar_configuration", 0)
        if name not in KEEPS_COLOURS and runner.photometric_interpretation in TURNED_TO_RGB:
            runner.set_option("photometric_interpretation", "RGB")
    return array.tobytes()


@cache
def add_codecs() -> None:
    """Offer this plugin to pydicom's decoders; doing so again changes nothing."""
    from pydicom.pixels.decoders.base import get_decoder

    for syntax in CODECS:
        decoder = get_decoder(uid.UID(syntax))
        if LABEL not in (*decoder.available_plugins, *decoder.missing_dependencies):
            decoder.add_plugin(LABEL, (__name__, "decode_frame"))
