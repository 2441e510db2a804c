"""Heads that are written: the layers by hand, what they are written from, sizes."""

import torch
from torch.nn import functional as F

from polyclinic.parts.decoders.written import WrittenHeads, drawn


def heads(axes: int = 2) -> WrittenHeads:
    """Small heads."""
    torch.manual_seed(0)
    return WrittenHeads(width_image=8, width_text=5, width_map=4, common=6, narrow=3, groups=2, axes=axes)


def test_the_layers_of_one_class_are_convolutions_of_one_pixel() -> None:
    torch.manual_seed(0)
    x, written = torch.randn(2, 8, 4, 5), torch.randn(2, 3, 153)
    logits = drawn(x, written, 8)
    assert logits.shape == (2, 3, 4, 5)
    own = written[1, 2]
    first = F.conv2d(x[1:], own[:64].reshape(8, 8, 1, 1), own[136:144]).relu()
    second = F.conv2d(first, own[64:128].reshape(8, 8, 1, 1), own[144:152]).relu()
    last = F.conv2d(second, own[128:136].reshape(1, 8, 1, 1), own[152:])
    torch.testing.assert_close(logits[1, 2], last[0, 0], atol=1e-4, rtol=1e-5)


def test_gradients_are_those_of_the_convolutions() -> None:
    torch.manual_seed(0)
    written = torch.randn(1, 1, 153, requires_grad=True)
    plain = written.detach().clone().requires_grad_()
    x = torch.randn(1, 8, 3, 3)
    drawn(x, written, 8).square().sum().backward()
    own = plain[0, 0]
    y = F.conv2d(x, own[:64].reshape(8, 8, 1, 1), own[136:144]).relu()
    y = F.conv2d(y, own[64:128].reshape(8, 8, 1, 1), own[144:152]).relu()
    F.conv2d(y, own[128:136].reshape(1, 8, 1, 1), own[152:]).square().sum().backward()
    torch.testing.assert_close(written.grad, plain.grad, atol=1e-3, rtol=1e-4)


def test_each_class_is_drawn_by_its_own_vector_and_by_the_image() -> None:
    made, coarse, fine = heads(3), torch.randn(2, 8, 1, 2, 2), torch.randn(2, 4, 2, 4, 4)
    classes = torch.randn(2, 3, 5)
    logits = made(coarse, fine, classes)
    assert logits.shape == (2, 3, 2, 4, 4)
    other = classes.clone()
    other[:, 1] += 1
    changed = (made(coarse, fine, other) - logits).abs().amax((2, 3, 4)) > 1e-6
    assert changed.tolist() == [[False, True, False]] * 2
    brighter = coarse.clone()
    brighter[1] = torch.randn(8, 1, 2, 2)
    changed = (made(brighter, fine, classes) - logits).abs().amax((1, 2, 3, 4)) > 1e-6
    assert changed.tolist() == [False, True]
    logits.square().sum().backward()
    assert not [name for name, p in made.named_parameters() if p.grad is None]


def test_a_class_takes_153_numbers_as_published() -> None:
    with torch.device("meta"):
        made = WrittenHeads(width_image=768, width_text=512, width_map=48, common=256, narrow=8, groups=16, axes=3)
    assert (made.write.in_features, made.write.out_features) == (512, 153)
