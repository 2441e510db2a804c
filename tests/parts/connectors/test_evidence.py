"""What the connector reports of masks and boxes."""

import pytest
import torch

from polyclinic.parts.connectors.evidence import STATISTICS, EvidenceConnector, statistics
from polyclinic.parts.decoders.boxes import BoxDecoder, BoxMaps
from polyclinic.parts.decoders.masks import MaskDecoder


def test_statistics_say_where_and_how_strongly() -> None:
    mask = torch.full((1, 1, 16, 16), -20.0)
    mask[..., 4:8, 12:16] = 8.0
    boxes = BoxMaps(torch.full((1, 1, 8, 8), -6.0), torch.ones(1, 1, 4, 8, 8))
    boxes.centre_BQYX[0, 0, 2, 6] = 4.0
    found = statistics(mask, boxes)[0, 0]
    assert found.shape == (STATISTICS,)
    assert found[0].item() == pytest.approx(2.0)
    assert found[3].item() > 0.6  # to the right
    assert found[4].item() < -0.1  # above the middle
    assert found[8:12].tolist() == pytest.approx([5.5 / 8, 1.5 / 8, 7.5 / 8, 3.5 / 8])


@pytest.mark.parametrize("concepts", [0, 3])
def test_tokens_for_any_number_of_concepts(concepts: int) -> None:
    masks, boxes = MaskDecoder(width_query=16, width_pixel=8), BoxDecoder(width_query=16, width_pixel=8)
    connector = EvidenceConnector(
        concepts=concepts, width=16, width_coarse=32, grid=2, masks=masks, boxes=boxes, width_pixel=8
    )
    seen = connector(torch.randn(2, 32, 4, 4), torch.randn(2, 8, 16, 16))
    assert seen.patch_BNE.shape == (2, 4, 16)
    assert seen.concept_BKE.shape == (2, concepts, 16)
    assert seen.mask_BKYX.shape == (2, concepts, 32, 32)
    assert seen.rows(torch.tensor([1, 1, 0])).present_BK.shape == (3, concepts)
