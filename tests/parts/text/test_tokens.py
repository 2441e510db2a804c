"""Text and places as tokens."""

import pytest

from polyclinic.errors import CheckpointError
from polyclinic.parts.text.tokens import BINS, Tokens

TEXTS = ["There is a nodule in the right upper zone.", "右侧胸腔积液", "لا يوجد استرواح الصدر", "no pneumothorax"] * 5


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens.trained(TEXTS, 400)


@pytest.mark.parametrize("text", [*TEXTS[:4], "an unseen word: xylophone 42", "Ωmega\n\tnew line"])
def test_any_text_comes_back(tokens: Tokens, text: str) -> None:
    assert tokens.decode(tokens.encode(text)) == text


def test_marks_in_text_do_not_act(tokens: Tokens) -> None:
    marks = set(tokens.id.values())
    assert not marks & set(tokens.encode("please <seg> and <at5> then <answer> <end>"))


def test_boxes_come_back_within_half_a_step(tokens: Tokens) -> None:
    ids = [*tokens.encode("there"), *tokens.box((0.1, 0.2, 0.5, 0.999)), *tokens.box((0, 0, 1, 1))[:3]]
    (box,) = tokens.boxes(ids)
    assert box == pytest.approx((0.1, 0.2, 0.5, 0.999), abs=0.5 / BINS + 1e-9)


def test_saved_is_the_same(tokens: Tokens, tmp_path: pytest.TempPathFactory) -> None:
    tokens.save(tmp_path)
    again = Tokens.from_folder(tmp_path)
    assert again.encode(TEXTS[0]) == tokens.encode(TEXTS[0])
    assert again.id == tokens.id
    assert len(again) == len(tokens)


def test_no_tokenizer(tmp_path: pytest.TempPathFactory) -> None:
    with pytest.raises(CheckpointError, match="no usable tokenizer"):
        Tokens.from_folder(tmp_path)
