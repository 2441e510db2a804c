"""BERT as an encoder."""

from pathlib import Path

import pytest
import torch

from polyclinic.errors import CheckpointError
from polyclinic.parts.features import TokenBatch
from polyclinic.parts.text.bert import BertEncoder, bert_from_folder, small_bert


@pytest.fixture
def encoder() -> BertEncoder:
    torch.manual_seed(0)
    return BertEncoder(bert=small_bert(vocabulary=20, width=8, depth=2, heads=2, longest=6)).eval()


@pytest.fixture
def texts() -> TokenBatch:
    mask = torch.tensor([[True] * 4, [True, True, False, False]])
    return TokenBatch(torch.tensor([[2, 7, 8, 3], [2, 3, 0, 0]]), mask, torch.full((2, 4), -1))


def test_embeddings_of_words_give_what_words_give(encoder: BertEncoder, texts: TokenBatch) -> None:
    words = encoder.bert.embeddings.word_embeddings(texts.ids_BL)
    torch.testing.assert_close(encoder.from_embeddings(words, texts.mask_BL).pooled_BE, encoder(texts).pooled_BE)
    assert not torch.allclose(encoder.from_embeddings(words + 1, texts.mask_BL).pooled_BE, encoder(texts).pooled_BE)


def test_a_text_alone_reads_as_in_a_batch(encoder: BertEncoder, texts: TokenBatch) -> None:
    alone = encoder(TokenBatch(*(part[1:, :2] for part in texts)))
    torch.testing.assert_close(alone.pooled_BE[0], encoder(texts).pooled_BE[1])


def test_attention_is_of_real_tokens_and_sums_to_one(texts: TokenBatch) -> None:
    bert = small_bert(vocabulary=20, width=8, depth=1, heads=2, longest=6, attention=True)
    attention = BertEncoder(bert=bert, attention=True).eval()(texts).attention_BN
    assert attention is not None
    torch.testing.assert_close(attention.sum(1), torch.ones(2))
    assert attention[1, 2:].abs().max() < 1e-6


def test_from_a_folder(encoder: BertEncoder, texts: TokenBatch, tmp_path: Path) -> None:
    encoder.bert.save_pretrained(tmp_path)
    again = BertEncoder(bert=bert_from_folder(tmp_path)).eval()
    torch.testing.assert_close(again(texts).pooled_BE, encoder(texts).pooled_BE)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match="no usable BERT"):
        bert_from_folder(tmp_path)
