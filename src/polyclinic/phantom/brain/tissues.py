"""How bright each tissue of the head is in each sequence, from 0 to 1.

The order of brightness is that of spin echo sequences at 1.5 T: fluid is dark in T1 and bright in T2, FLAIR leaves it
dark; contrast agent brightens in T1 what has no barrier to the blood.
"""

from __future__ import annotations

# The first is in every study; regions lie on it.
SEQUENCES = ("FLAIR", "T1c", "T1", "T2")
PROTOCOLS = {
    "complete": SEQUENCES,
    "no_t1": ("FLAIR", "T1c", "T2"),
    "no_t2": ("FLAIR", "T1c", "T1"),
    "short": ("FLAIR", "T1c"),
}
Signals = tuple[float, float, float, float]
TISSUES: dict[str, Signals] = {
    "air": (0.0, 0.0, 0.0, 0.0),
    "scalp": (0.55, 0.82, 0.82, 0.58),
    "skull": (0.06, 0.08, 0.07, 0.05),
    "marrow": (0.22, 0.34, 0.32, 0.24),
    "muscle": (0.32, 0.34, 0.30, 0.26),
    "fluid": (0.09, 0.14, 0.13, 0.96),
    "grey": (0.55, 0.44, 0.42, 0.62),
    "deep grey": (0.50, 0.50, 0.48, 0.54),
    "white": (0.44, 0.62, 0.60, 0.44),
    "sinus": (0.16, 0.95, 0.25, 0.12),
    "necrosis": (0.36, 0.20, 0.22, 0.88),
    "rim": (0.72, 0.95, 0.44, 0.66),
    "patchy tumour": (0.80, 0.68, 0.38, 0.78),
    "dim tumour": (0.86, 0.37, 0.36, 0.84),
    "oedema": (0.80, 0.41, 0.40, 0.80),
    "dural tumour": (0.74, 0.93, 0.46, 0.66),
    "infarct": (0.90, 0.34, 0.33, 0.88),
    "plaque": (0.95, 0.45, 0.42, 0.86),
    "blood": (0.20, 0.82, 0.80, 0.22),
}
