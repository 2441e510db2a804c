"""Names asked for in other words."""

from typing import Any

import numpy as np

from polyclinic.bodies.segmenter.calling import called
from polyclinic.metrics.masks import mean_dice
from polyclinic.study import Region

from .conftest import region, study


def test_what_is_drawn_comes_back_under_its_own_name() -> None:
    mask = np.zeros((8, 8), bool)
    mask[:4] = True
    made = study(
        np.zeros((1, 8, 8)), (region("liver", mask), region("spleen", ~mask), Region("boxed", box=(0, 0, 1, 1)))
    )
    asked: list[Any] = []

    class Copy:
        """Draws what is meant."""

        def segment(self, studies: Any, prompts: Any) -> Any:
            asked.extend(prompts)
            meant = {"the liver of s": mask, "the spleen of s": ~mask}
            return [[region(text, meant[text]) for text in texts] for texts in prompts]

    drawn = called(Copy(), [made], lambda each, name: f"the {name} of {each.id}")
    assert asked == [["the liver of s", "the spleen of s"]]
    assert [found.name for found in drawn[0]] == ["liver", "spleen"]
    assert mean_dice([made], drawn) == 1
