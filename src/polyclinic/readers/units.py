"""Units that image headers write in many ways: lengths to millimetres, times to seconds."""

from __future__ import annotations

_LENGTHS = {
    1e3: ("m", "meter", "metre"),
    10.0: ("cm", "centimeter", "centimetre"),
    1.0: ("mm", "millimeter", "millimetre"),
    1e-3: ("um", "\u00b5m", "\u03bcm", "micron", "micrometer", "micrometre"),
    1e-6: ("nm", "nanometer", "nanometre"),
    1e-7: ("\u00e5", "a\u030a", "angstrom"),
    25.4: ("in", "inch"),
}
_TIMES = {
    1e-6: ("us", "\u00b5s", "\u03bcs", "usec", "microsecond"),
    1e-3: ("ms", "msec", "millisecond"),
    1.0: ("s", "sec", "second"),
    60.0: ("min", "minute"),
    3600.0: ("h", "hour"),
}
MILLIMETRES = {name: factor for factor, names in _LENGTHS.items() for name in names}
SECONDS = {name: factor for factor, names in _TIMES.items() for name in names}


def millimetres(unit: str) -> float | None:
    """Millimetres in one of a unit; None for what is no length (pixels, arbitrary units).

    Example:
        >>> millimetres("Micrometer"), millimetres("pixel")
        (0.001, None)
    """
    return MILLIMETRES.get(unit.strip().lower())


def seconds(unit: str) -> float | None:
    """Seconds in one of a unit; None for what is no time."""
    return SECONDS.get(unit.strip().lower())


def time_names(frames: int, step_s: float | None, start_s: float = 0.0) -> tuple[str, ...]:
    """Names of the frames of a series: by their time where the step is known, else by their number.

    Example:
        >>> time_names(2, 2.5), time_names(2, None)
        (('t=0s', 't=2.5s'), ('t0', 't1'))
    """
    if step_s is None or not 0 < step_s < float("inf"):
        return tuple(f"t{frame}" for frame in range(frames))
    return tuple(f"t={start_s + step_s * frame:g}s" for frame in range(frames))
