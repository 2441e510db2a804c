"""The assistant body: vision tower -> connector -> language model -> text, box and mask tokens."""

from polyclinic.bodies.assistant.core import Widths
from polyclinic.bodies.assistant.reading import Reading, derive_reading
from polyclinic.bodies.assistant.verbs import Assistant
from polyclinic.bodies.assistant.view import AssistantView, Diet

__all__ = ["Assistant", "AssistantView", "Diet", "Reading", "Widths", "derive_reading"]
