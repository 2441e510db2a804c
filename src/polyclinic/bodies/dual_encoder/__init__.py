"""Two encoders, one for images and one for texts, whose vectors meet in one space."""

from polyclinic.bodies.dual_encoder.core import (
    CLIP_PIXELS,
    GREY,
    IMAGENET_PIXELS,
    DualEncoder,
    PixelScale,
    Prompts,
    projection,
)
from polyclinic.bodies.dual_encoder.outlook import Outlook, corpus, derive_outlook, presence, texts_of
from polyclinic.bodies.dual_encoder.view import PairView

__all__ = [
    "CLIP_PIXELS",
    "GREY",
    "IMAGENET_PIXELS",
    "DualEncoder",
    "Outlook",
    "PairView",
    "PixelScale",
    "Prompts",
    "corpus",
    "derive_outlook",
    "presence",
    "projection",
    "texts_of",
]
