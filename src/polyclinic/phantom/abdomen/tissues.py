"""How each tissue of the abdomen looks: Hounsfield units on CT in the portal phase, brightness on T2-weighted MR.

The order is that of the clinic: on CT air, fat, fluid, soft tissue, what takes up contrast agent, bone; on MR fluid
and fat are bright, muscle and flowing blood dark.
"""

from __future__ import annotations

MODALITIES = ("ct", "mr")
Look = tuple[float, float]
TISSUES: dict[str, Look] = {
    "air": (-1000.0, 0.0),
    "gas": (-900.0, 0.03),
    "lung": (-830.0, 0.05),
    "skin": (20.0, 0.35),
    "fat": (-105.0, 0.72),
    "muscle": (58.0, 0.2),
    "bone": (420.0, 0.16),
    "marrow": (190.0, 0.48),
    "disc": (85.0, 0.6),
    "canal": (25.0, 0.92),
    "blood": (172.0, 0.05),
    "venous blood": (150.0, 0.09),
    "liver": (112.0, 0.31),
    "spleen": (128.0, 0.56),
    "renal cortex": (190.0, 0.56),
    "renal marrow": (150.0, 0.74),
    "pancreas": (98.0, 0.42),
    "adrenal": (78.0, 0.38),
    "wall": (72.0, 0.28),
    "meal": (28.0, 0.8),
    "stool": (-10.0, 0.34),
    "bowel": (48.0, 0.5),
    "fluid": (7.0, 0.97),
}
# A tumour that is dark for its organ and one that is bright.
TUMOURS: dict[str, dict[str, Look]] = {
    "liver tumour": {"low": (52.0, 0.13), "high": (178.0, 0.64)},
    "pancreas tumour": {"low": (45.0, 0.2), "high": (168.0, 0.74)},
    "kidney tumour": {"low": (82.0, 0.3), "high": (255.0, 0.92)},
    "colon tumour": {"low": (56.0, 0.2), "high": (132.0, 0.62)},
    "stomach tumour": {"low": (66.0, 0.24), "high": (142.0, 0.58)},
    "spleen tumour": {"low": (58.0, 0.25), "high": (198.0, 0.86)},
    "bladder tumour": {"low": (52.0, 0.2), "high": (125.0, 0.55)},
    "adrenal tumour": {"low": (14.0, 0.28), "high": (115.0, 0.62)},
}
