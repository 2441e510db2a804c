"""Packed turns see the image and themselves, and nothing else."""

import torch

from polyclinic.bodies.assistant.packing import Segment, attention_mask, pack


def test_rows_are_laid_out() -> None:
    packed = pack([[Segment((5, 6, 7), 1), Segment((8,), 1)], [Segment((9, 9), 0)]])
    assert packed.ids_BL.tolist() == [[5, 6, 7, 8], [9, 9, 0, 0]]
    assert packed.turn_BL.tolist() == [[1, 1, 1, 2], [1, 1, 0, 0]]
    assert packed.position_BL.tolist() == [[0, 1, 2, 0], [0, 1, 0, 0]]
    assert packed.label_BL.tolist() == [[-100, 6, 7, -100], [9, 9, -100, -100]]
    assert packed.spans == [(0, 0, 3), (0, 3, 4), (1, 0, 2)]


def test_region_tokens_are_found() -> None:
    box = (0.1, 0.2, 0.3, 0.4)
    packed = pack([[Segment((1, 2), 2), Segment((3, 4, 5), 3, places=((1, box),))]])
    assert packed.place_at.tolist() == [[0, 3]]
    torch.testing.assert_close(packed.place_P4, torch.tensor([box]))


def test_who_sees_whom() -> None:
    packed = pack([[Segment((1, 2), 2), Segment((3, 4), 2, sees_image=False)]])
    mask = attention_mask(torch.tensor([[True, False]]), packed)[0, 0].int()
    assert mask.tolist() == [
        [1, 0, 0, 0, 0, 0],  # an image token
        [1, 1, 0, 0, 0, 0],  # one that is not there sees itself only to keep the softmax finite
        [1, 0, 1, 0, 0, 0],  # first turn: the image and itself
        [1, 0, 1, 1, 0, 0],
        [0, 0, 0, 0, 1, 0],  # second turn: a text read on its own
        [0, 0, 0, 0, 1, 1],
    ]


def test_no_turns_at_all() -> None:
    packed = pack([[], []])
    assert packed.ids_BL.shape == (2, 1)
    assert packed.spans == []
    assert packed.place_at.shape == (0, 2)
