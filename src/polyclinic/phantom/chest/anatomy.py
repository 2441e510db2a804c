"""From a patient at a visit to a scene: normal anatomy, with room made for the findings."""

from __future__ import annotations

import math

from polyclinic.phantom.chest.body import APEX_MM, SIGN, Body
from polyclinic.phantom.chest.latents import Side
from polyclinic.phantom.chest.scene import AIR, LUNG, SOFT, Cavity, Part
from polyclinic.phantom.primitives import FAR, Ellipsoid, Slab, Vector, rotation, spindle, turned

RIB, VERTEBRA, CLAVICLE, SCAPULA = 1.2, 0.7, 1.0, 0.55
RIBS, VERTEBRAE = 10, 15


def torso(body: Body) -> tuple[Part, ...]:
    """Trunk, shoulders, neck and breasts: everything soft, filled."""
    half, depth, wall, j = body.half, body.depth, body.wall, body.jitter
    trunk = Ellipsoid((0.0, 0.0, -70.0), (half + wall + 6.0, depth + wall, 360.0))
    parts = [Part("body", SOFT, (trunk,))]
    neck = Ellipsoid((0.0, 14.0, 215.0), (56.0 + 4.0 * j[18], 56.0, 90.0))
    parts.append(Part("body", SOFT, (neck,), (trunk,)))
    for s in (-1.0, 1.0):
        centre = (s * (half + 18.0), 6.0, 120.0 + 8.0 * j[19])
        shoulder = turned(centre, (92.0, 58.0, 50.0 + 8.0 * body.habitus.build), rotation(about_y=s * 28.0))
        parts.append(Part("arms", SOFT, (shoulder,), (trunk, neck)))
        if body.habitus.sex == "F":
            size = 50.0 + 16.0 * body.habitus.build + 6.0 * j[20]
            low = -62.0 - 16.0 * body.habitus.build + 8.0 * j[22]
            place = (s * (0.56 * half + 4.0 * j[21]), 0.32 * size - depth - wall, low)
            parts.append(Part("body", SOFT, (Ellipsoid(place, (size, 0.75 * size, 0.95 * size)),), (trunk,)))
    return tuple(parts)


def skeleton(body: Body) -> tuple[tuple[Part, ...], tuple[Ellipsoid, ...]]:
    """Ribs, spine, clavicles and shoulder blades, and the vertebrae from the lowest up."""
    vertebrae = spine(body)
    bodies = tuple(Part("spine", VERTEBRA, (item,), slender=True) for item in vertebrae)
    return (*_ribs(body), *bodies, *_girdle(body)), vertebrae


def spine(body: Body) -> tuple[Ellipsoid, ...]:
    """A chain of vertebral bodies that follows the bow of the spine."""
    width = 17.0 + 1.0 * body.jitter[23]
    heights = [-190.0 + 27.0 * i + 3.0 * body.jitter[24] for i in range(VERTEBRAE)]
    return tuple(Ellipsoid((body.spine_at(z), 0.72 * body.depth, z), (width, 15.0, 13.2)) for z in heights)


def _ribs(body: Body) -> list[Part]:
    """The chest wall's bony shell cut by tilted slabs: posterior ends high, anterior ends low.

    What lies in front of a plane is cartilage, which does not show.
    """
    half, depth, j = body.half, body.depth, body.jitter
    centre = (0.0, 0.0, -42.0)
    inner = Ellipsoid(centre, (half, depth, 186.0))
    outer = Ellipsoid(centre, (half + 7.0, depth + 7.0, 193.0))
    bony = Slab((0.0, 1.0, 0.0), -0.84 * depth, FAR)
    slope = 0.5 + 0.05 * j[25]
    step = 26.0 + 0.8 * j[26]
    parts = []
    for level in range(RIBS):
        tilt = slope + 0.02 * level
        normal = (0.02 * j[27], -tilt, 1.0)
        middle = 92.0 - step * level + 3.0 * j[28] + 1.2 * j[29 + level]
        cut = Slab(normal, middle - 5.4, middle + 5.4)
        parts.append(Part("ribs", RIB, (cut, outer, bony), (inner,)))
    return parts


def _girdle(body: Body) -> list[Part]:
    half, depth, j = body.half, body.depth, body.jitter
    blade_x = half - (6.0 if body.habitus.view == "AP" else -2.0)
    parts = []
    for s in (-1.0, 1.0):
        start = (s * 16.0, -0.72 * depth, 100.0 + 4.0 * j[40])
        end = (s * (half - 4.0), -0.2 * depth, 122.0 + 7.0 * j[41])
        parts.append(Part("clavicles", CLAVICLE, (spindle(start, end, 6.6),)))
        blade = turned(
            (s * (blade_x + 2.0 * j[42]), 0.85 * depth, 58.0),
            (24.0, 5.0, 62.0),
            rotation(about_y=s * (16.0 + 4.0 * j[43])),
        )
        parts.append(Part("scapulae", SCAPULA, (blade,)))
    return parts


def mediastinum(body: Body) -> Ellipsoid:
    """What lies between the lungs above the heart."""
    width = 20.0 + 4.0 * body.habitus.build + 2.0 * body.jitter[44]
    return Ellipsoid((2.0, 5.0, 25.0), (width, 0.75 * body.depth, 175.0))


def cavity(body: Body, side: Side, heart: tuple[Ellipsoid, ...], middle: Ellipsoid, raised_mm: float) -> Cavity:
    """One pleural space, without fluid or free air."""
    lung = body.lung(side)
    dome = body.hemidiaphragm(side, raised_mm)
    floor = Slab((0.0, 0.0, 1.0), body.floor(side), FAR)
    whole = (lung, floor)
    return Cavity(lung, floor, dome, whole, whole, (dome, *heart, middle))


def lung_parts(body: Body, side: Side, space: Cavity, middle: Ellipsoid) -> tuple[Part, ...]:
    """Aerated lung with its hilum and vessels; the vessels end where fluid or free air begins."""
    density = LUNG + 0.025 * body.jitter[88 if side == "right" else 89]
    aerated = Part(f"{side} lung", density - SOFT, space.whole, space.drop)
    hilum = turned(body.hilum(side), (11.0, 11.0, 19.0), rotation(about_y=SIGN[side] * 12.0))
    root = Part("hila", 0.75 * (SOFT - LUNG), (hilum, *space.aired), (middle,))
    strength = (0.95 * (SOFT - LUNG), 0.85 * (SOFT - LUNG))
    vessels = (
        Part("vessels", strength[order], (item, *space.aired), slender=True) for order, item in _vessels(body, side)
    )
    return (aerated, root, *vessels)


def _vessels(body: Body, side: Side) -> list[tuple[int, Ellipsoid]]:
    """Branches that fan out from the hilum, each forking once: order 0 and 1."""
    s, j = SIGN[side], body.jitter
    x, y, z = body.hilum(side)
    first = 46 if s < 0 else 64
    branches = []
    for i in range(8):
        angle = math.radians(-66.0 + 19.0 * i + 6.0 * j[first + i])
        length = (0.62 + 0.1 * j[first + 8 + i]) * body.half * (0.62 + 0.3 * abs(math.sin(angle)))
        deep = y + (14.0 if i % 2 else -10.0)
        fork = (x + s * 0.55 * length * math.cos(angle), deep, z + 0.55 * length * math.sin(angle))
        branches.append((0, spindle((x, y, z), fork, 4.6)))
        for turn in (-0.32, 0.3):
            tip: Vector = (
                fork[0] + s * 0.6 * length * math.cos(angle + turn),
                deep + 8.0 * j[first + i],
                fork[2] + 0.6 * length * math.sin(angle + turn),
            )
            branches.append((1, spindle(fork, tip, 3.0)))
    return branches


def midline(body: Body, left: Cavity, middle: Ellipsoid) -> tuple[Part, ...]:
    """Trachea, aortic arch and descending aorta where they border the left lung, and the stomach's bubble."""
    aorta, j = body.habitus.aorta, body.jitter
    trachea = spindle((1.0, 18.0, 40.0), (0.0, 12.0, APEX_MM + 90.0), 8.5 + 0.8 * j[82])
    knob = Ellipsoid((15.0 + 10.0 * aorta, 16.0, 58.0 + 3.0 * j[83]), (17.0 + 7.0 * aorta,) * 3)
    x = body.spine_at(-20.0)
    descending = spindle((x + 16.0 + 9.0 * aorta, 48.0, 70.0), (x + 11.0, 55.0, -150.0), 13.0 + 2.0 * aorta)
    bubble = Ellipsoid(
        (62.0 + 6.0 * j[84], -12.0, left.dome.centre[2] + left.dome.radii[2] - 26.0),
        (22.0 + 5.0 * j[85], 22.0, 11.0 + 2.5 * j[86]),
    )
    return (
        Part("trachea", AIR - SOFT, (trachea,)),
        Part("aorta", SOFT - LUNG, (knob, *left.whole), (middle,)),
        Part("aorta", SOFT - LUNG, (descending, *left.whole), (knob, *left.drop[1:])),
        Part("stomach", AIR - SOFT, (bubble, left.dome)),
    )
