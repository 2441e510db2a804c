"""With open_clip's weights this package's parts give the same vectors; skipped where it is not installed."""

import importlib.util
from pathlib import Path

import pytest
import torch
from peer_clip import Clip, open_clip, renamed
from torch.nn import functional as F

from polyclinic.parts.text.bytepairs import BytePairs

TEXTS = ["A chest film, PA: small effusion (left).", "no nodule", "3 mm"]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("open_clip") is None, reason="open_clip, a library to compare with, is not installed"
)


def test_embeddings_agree() -> None:
    torch.manual_seed(0)
    peer = open_clip().create_model("ViT-B-16", pretrained=None).eval()
    ours = Clip().eval()
    ours.load_state_dict(renamed(peer.state_dict()))
    pictures, ids = torch.randn(2, 3, 224, 224), open_clip().tokenize(TEXTS[:2])
    texts = tokenizer().batch(TEXTS[:2], 77)
    with torch.inference_mode():
        image, text = ours(pictures, texts)
        torch.testing.assert_close(image, F.normalize(peer.encode_image(pictures), dim=-1), rtol=0, atol=1e-4)
        torch.testing.assert_close(text, F.normalize(peer.encode_text(ids), dim=-1), rtol=0, atol=1e-4)


def test_tokens_agree() -> None:
    expected = open_clip().tokenize(TEXTS)
    batch = tokenizer().batch(TEXTS, 77)
    assert batch.ids_BL[batch.mask_BL].tolist() == expected[expected > 0].tolist()


def tokenizer() -> BytePairs:
    """CLIP's own."""
    return BytePairs.from_merges(Path(open_clip().__file__).parent / "bpe_simple_vocab_16e6.txt.gz")
