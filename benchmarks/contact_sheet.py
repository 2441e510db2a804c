"""One picture with a row of visits for each domain of the phantom, to judge by eye.

Run: python benchmarks/contact_sheet.py OUT.png [DOMAIN ...]
"""

import sys

import numpy as np
import PIL.Image

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import domain_names
from polyclinic.phantom.world import Phantom

SIZE, COLUMNS = 192, 8
# Colours that channels of no colour of their own are shown in.
CHANNELS = np.array(
    [(0.3, 0.4, 1), (0.1, 1, 0.2), (1, 0.2, 0.1), (1, 0.9, 0.1), (1, 0.1, 1), (0.1, 1, 1), (0.7, 0.7, 0.7), (1, 0.5, 0)]
)


def main() -> None:
    """Write the sheet."""
    out, *domains = sys.argv[1:]
    rows = [np.concatenate([shown(domain, i) for i in range(COLUMNS)], 1) for domain in domains or domain_names()]
    PIL.Image.fromarray(np.concatenate(rows)).save(out)


def shown(domain, index):
    """The last visit of a patient as (y, x, colour)."""
    pixels = Phantom(domain, 1, Dials(size=SIZE)).studies(index)[-1].images[0].pixels
    if pixels.ndim == 4:
        pixels = pixels[:, pixels.shape[1] // 2]
    if pixels.dtype == np.uint8 and len(pixels) in (1, 3):
        return np.broadcast_to(pixels, (3, *pixels.shape[1:])).transpose(1, 2, 0)
    low, high = (np.percentile(pixels, share, axis=(1, 2), keepdims=True) for share in (2.0, 99.6))
    light = np.clip((pixels - low) / np.maximum(high - low, 1e-6), 0.0, 1.0)
    colours = np.ones((1, 3)) if len(light) == 1 else CHANNELS[: len(light)]
    return (255 * np.clip(np.einsum("cyx,ck->yxk", light, colours), 0.0, 1.0)).astype(np.uint8)


if __name__ == "__main__":
    main()
