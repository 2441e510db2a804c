"""A patient's own measures and landmarks: what stays theirs from visit to visit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from polyclinic.phantom.chest.latents import Habitus, Side, Zone
from polyclinic.phantom.chest.patients import chest_width_mm
from polyclinic.phantom.primitives import Ellipsoid, Vector, rotation, turned

APEX_MM, HIGHEST_DOME_MM = 122.0, -30.0
RECESS_MM, RECESS_VARIES_MM = 39.0, 10.0
SIGN: dict[Side, float] = {"right": -1.0, "left": 1.0}


@dataclass(frozen=True)
class Body:
    """Measures in millimetres.

    Args:
        half: half the inner width of the chest.
        depth: half its inner depth.
        wall: thickness of the chest wall.
        dome: height of the top of each hemidiaphragm.
        heart: width of the heart without cardiomegaly.
        jitter: the patient's own small deviations, standard normal, used in a fixed order.
    """

    habitus: Habitus
    half: float
    depth: float
    wall: float
    dome: dict[Side, float]
    heart: float
    jitter: tuple[float, ...]

    @classmethod
    def of(cls, habitus: Habitus, rng: np.random.Generator, variety: float = 1.0) -> Body:
        """Measures from the habitus and the patient's own variety.

        Args:
            variety: 0 (nobody deviates from their habitus) to 1.
        """
        jitter = tuple((variety * np.clip(rng.standard_normal(96), -2.2, 2.2)).tolist())
        half = chest_width_mm(habitus) / 2
        right = -54.0 - 40.0 * habitus.inspiration + 8.0 * jitter[0]
        left = right - 11.0 + 9.0 * jitter[3]
        return cls(
            habitus=habitus,
            half=half,
            depth=half * (0.66 + 0.04 * jitter[1]),
            wall=20.0 + 24.0 * habitus.build + 3.0 * jitter[2],
            dome={
                "right": min(right + _eventration(jitter[92]), HIGHEST_DOME_MM),
                "left": min(left + _eventration(jitter[93]), HIGHEST_DOME_MM),
            },
            heart=habitus.cardiothoracic_ratio * 2 * half,
            jitter=jitter,
        )

    def lung(self, side: Side) -> Ellipsoid:
        """The lung's ellipsoid: leaning so that the apex lies nearer the middle."""
        s, j = SIGN[side], self.jitter
        lean = 8.0 + 1.2 * j[4 + int(s > 0)]
        rz = 168.0 + 5.0 * j[6]
        rx = (self.half - 10.0) / 2 * (1.0 + 0.02 * j[7 + int(s > 0)]) - 3.0
        centre = (s * (self.half - rx - 6.0), 2.0, APEX_MM - rz * math.cos(math.radians(lean)))
        return turned(centre, (rx, self.depth * 0.93, rz), rotation(about_y=-s * lean))

    def floor(self, side: Side) -> float:
        """Height of the lowest recess between chest wall and diaphragm."""
        return self.dome[side] - RECESS_MM - RECESS_VARIES_MM * self.jitter[90 + int(side == "left")]

    def hemidiaphragm(self, side: Side, raised_mm: float) -> Ellipsoid:
        """The dome of one side, `raised_mm` above where it usually stands."""
        s, j = SIGN[side], self.jitter
        top = self.dome[side] + raised_mm
        rx = (self.half - 12.0) / 2 * (0.98 + 0.03 * j[9 + int(s > 0)])
        rz = 62.0 + 6.0 * j[11 + int(s > 0)]
        return Ellipsoid((s * (rx + 12.0), 0.0, top - rz), (rx, 0.84 * self.depth, rz))

    def heart_shape(self, width_mm: float) -> tuple[Ellipsoid, Ellipsoid]:
        """Ventricles and right atrium, together `width_mm` across."""
        w, j = width_mm, self.jitter
        tilt = 30.0 + 4.0 * j[13]
        across = math.hypot(0.52 * math.cos(math.radians(tilt)), 0.37 * math.sin(math.radians(tilt)))
        z = min(self.dome["left"], self.dome["right"] - 11.0) + 0.27 * w + 5.0 + 3.0 * j[14]
        shift = 4.0 * j[15]
        ventricles = turned(
            (shift + (0.64 - across) * w, -0.36 * self.depth, z),
            (0.52 * w, min(0.4 * w, 0.56 * self.depth), 0.37 * w),
            rotation(about_y=tilt),
        )
        atrium = Ellipsoid((shift - 0.14 * w, -0.28 * self.depth, z + 0.08 * w), (0.22 * w, 0.26 * w, 0.29 * w))
        return ventricles, atrium

    def zone_height(self, side: Side, zone: Zone, place: float) -> float:
        """A height in one third of the lung.

        Args:
            place: 0 (lowest) to 1 (highest) within the third.
        """
        low, high = self.dome[side] + 6.0, APEX_MM - 18.0
        start = {"lower": 0.0, "middle": 1 / 3, "upper": 2 / 3}[zone]
        return low + (high - low) * (start + place / 3)

    def hilum(self, side: Side) -> Vector:
        """Where the vessels enter the lung."""
        s, j = SIGN[side], self.jitter
        return s * (30.0 + 3.0 * j[16]), 14.0, 12.0 + 4.0 * j[17] + 6.0 * s

    def spine_at(self, z: float) -> float:
        """How far to the patient's left the spine lies at a height."""
        return self.habitus.scoliosis_mm * math.cos(math.pi * (z + 20.0) / 330.0)


def _eventration(deviation: float) -> float:
    """How much higher a hemidiaphragm stands that has always stood high, as three in ten do."""
    return 24.0 * max(deviation - 0.5, 0.0)
