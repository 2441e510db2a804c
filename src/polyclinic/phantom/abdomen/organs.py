"""The organs of the abdomen, painted one over another, with a label for each."""

from __future__ import annotations

import numpy as np

from polyclinic.phantom.abdomen.places import (
    ADRENALS,
    BLADDER,
    COLON,
    KIDNEYS,
    LIVER,
    PANCREAS,
    SPLEEN,
    STOMACH,
)
from polyclinic.phantom.abdomen.tissues import TISSUES
from polyclinic.phantom.primitives import Matrix, Vector, rotation
from polyclinic.phantom.solids import UPRIGHT, Floats, Grid, Mask, fill, mist, ripples, slope, solid

NAMES = (
    "liver",
    "spleen",
    "stomach",
    "pancreas",
    "right kidney",
    "left kidney",
    "right adrenal",
    "left adrenal",
    "colon",
    "bladder",
    "gallbladder",
)
GAS_SHARE = 0.3


class Organs:
    """Paints into a volume; `structures` then gives the masks, none of which overlap."""

    def __init__(
        self, grid: Grid, volume: Floats, room: Floats, look: int, rng: np.random.Generator, vary: list[float]
    ) -> None:
        self.grid, self.volume, self.room, self.look, self.rng, self.vary = grid, volume, room, look, rng, vary
        self.labels = np.zeros(grid.shape, np.uint8)
        self.grain = mist(rng, grid, 30)

    def structures(self) -> dict[str, Mask]:
        """The masks by the organ's name."""
        return {name: self.labels == number for number, name in enumerate(NAMES, start=1)}

    def paint(self) -> None:
        """All organs, what lies before last."""
        for side in (-1.0, 1.0):
            self._lay((side * 78.0, 2.0, 182.0), (66.0, 84.0, 78.0), "lung")
            self._lay((side * 38.0, 54.0, -62.0), (17.0, 20.0, 78.0), "muscle")
            self._pelvis(side)
        self._bowel()
        self._colon()
        self._solid_organs()
        self._kidneys()
        self._stomach()
        self._bladder()

    def _lay(
        self,
        centre: Vector,
        radii: Vector,
        tissue: str,
        name: str = "",
        turn: Matrix = UPRIGHT,
        grown: float = 1.0,
        wobble: float = 0.0,
    ) -> None:
        """A round body within the wall, with its label where it has a name."""
        size = (radii[0] * grown, radii[1] * grown, radii[2] * grown)
        body = solid(self.grid, centre, size, turn, ripples(self.rng, wobble) if wobble else None)
        held = body.cover() * self.room[body.box]
        fill(self.volume[None], held, (TISSUES[tissue][self.look],), body.box)
        if name:
            self.labels[body.box][held > 0.5] = 1 + NAMES.index(name)

    def _pelvis(self, side: float) -> None:
        turn = rotation(about_y=side * -18.0, about_z=side * 52.0)
        self._lay((side * 92.0, 38.0, -136.0), (46.0, 9.0, 52.0), "bone", turn=turn)
        self._lay((side * 92.0, 38.0, -136.0), (43.0, 6.0, 49.0), "marrow", turn=turn)

    def _bowel(self) -> None:
        """Loops of the small bowel, as smooth noise has them, in the fat of the mesentery."""
        x, y, z = self.grid.at
        level = np.sqrt((x / 92.0) ** 2 + ((y + 32.0) / 54.0) ** 2 + ((z + 58.0) / 78.0) ** 2)
        loops = slope(np.abs(mist(self.rng, self.grid, 20)) - 0.3, 0.4)
        cover = slope((1.0 - level) * 60.0, 12.0) * self.room * loops
        fill(self.volume[None], cover, (TISSUES["bowel"][self.look],))

    def _colon(self) -> None:
        """A frame of bowel around the loops, with stool and gas."""
        parts: list[tuple[Vector, Vector]] = [
            (COLON["right"], (23.0, 25.0, 76.0)),
            (COLON["left"], (18.0, 19.0, 88.0)),
            ((0.0, -66.0, -22.0), (100.0, 17.0, 19.0)),
            ((40.0, 22.0, -134.0), (40.0, 17.0, 17.0)),
        ]
        for centre, radii in parts:
            self._lay(centre, radii, "wall", "colon", wobble=0.12)
            inner = solid(self.grid, centre, (radii[0] - 5.0, radii[1] - 5.0, radii[2] - 5.0))
            held = inner.cover() * self.room[inner.box]
            fill(self.volume[None], held, (TISSUES["stool"][self.look],), inner.box)
            gas = held * slope(self.grain[inner.box] - 1.0 + GAS_SHARE, 0.5)
            fill(self.volume[None], gas, (TISSUES["gas"][self.look],), inner.box)

    def _solid_organs(self) -> None:
        big = 1.0 + 0.05 * self.vary[3]
        self._lay(SPLEEN, (27.0, 48.0, 46.0), "spleen", "spleen", rotation(about_z=-24.0), 1.0 + 0.08 * self.vary[4])
        self._lay(LIVER["right"], (76.0, 81.0, 73.0), "liver", "liver", rotation(about_y=12.0), big, 0.05)
        self._lay(LIVER["left"], (74.0, 34.0, 36.0), "liver", "liver", rotation(about_z=8.0), big, 0.05)
        for start, end in (((-46.0, 6.0, 70.0), 34.0), ((-62.0, -26.0, 84.0), 38.0), ((-84.0, 16.0, 96.0), 30.0)):
            self._lay(start, (4.0, end, 5.0), "venous blood", turn=rotation(about_z=40.0))
        self._lay((-52.0, -58.0, 36.0), (13.0, 22.0, 19.0), "fluid", "gallbladder")
        self._lay(PANCREAS["head"], (17.0, 14.0, 22.0), "pancreas", "pancreas", wobble=0.08)
        self._lay(PANCREAS["body"], (34.0, 11.0, 12.0), "pancreas", "pancreas", rotation(about_z=-4.0), wobble=0.08)
        self._lay(PANCREAS["tail"], (34.0, 11.0, 12.0), "pancreas", "pancreas", rotation(about_z=34.0), wobble=0.08)

    def _kidneys(self) -> None:
        """Cortex around marrow, and at the hilum fat and the renal pelvis; the adrenal above each."""
        grown = 1.0 + 0.05 * self.vary[5]
        for side, (x, y, z) in KIDNEYS.items():
            inward = 1.0 if side == "right" else -1.0
            name, turn = f"{side} kidney", rotation(about_y=inward * 8.0, about_z=inward * 30.0)
            self._lay((x, y, z), (25.0, 29.0, 55.0), "renal cortex", name, turn, grown)
            self._lay((x, y, z), (17.0, 21.0, 46.0), "renal marrow", turn=turn, grown=grown)
            self._lay((x + inward * 15.0, y - 8.0, z), (13.0, 11.0, 20.0), "fat")
            self._lay((x + inward * 14.0, y - 8.0, z), (6.0, 6.0, 11.0), "fluid")
            self._lay(ADRENALS[side], (5.0, 15.0, 13.0), "adrenal", f"{side} adrenal", turn)

    def _stomach(self) -> None:
        """A wall, the meal, and above it, which is in front of a patient on the back, gas."""
        turn = rotation(about_y=14.0)
        self._lay(STOMACH, (42.0, 40.0, 54.0), "wall", "stomach", turn, wobble=0.06)
        inner = solid(self.grid, STOMACH, (36.0, 34.0, 48.0), turn)
        held = inner.cover() * self.room[inner.box]
        fill(self.volume[None], held, (TISSUES["meal"][self.look],), inner.box)
        surface = np.float32(STOMACH[1] - 12.0 + 8.0 * self.vary[6])
        front = slope(surface - self.grid.at[1][:, inner.box[1], inner.box[2]], self.grid.spacing_mm[1])
        fill(self.volume[None], held * front, (TISSUES["gas"][self.look],), inner.box)

    def _bladder(self) -> None:
        grown = 1.0 + 0.08 * self.vary[7]
        self._lay(BLADDER, (46.0, 36.0, 28.0), "wall", "bladder", grown=grown)
        self._lay(BLADDER, (42.0, 32.0, 24.0), "fluid", grown=grown)
