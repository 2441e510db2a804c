"""What is BiomedCLIP's own: a context that reaches the end of a caption, and words that stay whole."""

import numpy as np
import torch

from polyclinic.cli.show import parameter_count
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import biomedclip
from polyclinic.systems.biomedclip import PRESETS, Config, Model, as_figure

STUDIES = [as_figure(study) for i in range(5) for study in Phantom("chest", 3, Dials(size=64)).studies(i)]


def made(config: Config) -> Model:
    """A fresh model."""
    torch.manual_seed(0)
    return Model.from_studies(config, STUDIES).eval()


def changed_at_the_end(model: Model) -> float:
    """How far a caption's vector moves when only its last sentence is another one."""
    caption = STUDIES[0].captions[0]
    one, other = model.embed_texts([f"{caption} Large left pneumothorax.", f"{caption} No abnormality at all."])
    return float(np.abs(one - other).max())


def test_only_a_long_context_reads_to_the_end() -> None:
    assert changed_at_the_end(made(PRESETS["nano"])) > 1e-5
    assert changed_at_the_end(made(PRESETS["short-context"])) == 0


def test_what_captions_say_first_fills_the_short_context() -> None:
    """So the claim's arms differ in whether findings are read at all."""
    tokens = made(PRESETS["nano"]).tokens
    before = [len(tokens.batch([study.captions[0].partition(" read it.")[0]], 500).ids_BL[0]) for study in STUDIES]
    assert min(before) >= PRESETS["short-context"].longest
    whole = [len(tokens.batch([study.captions[0]], 500).ids_BL[0]) for study in STUDIES]
    assert np.mean(whole) < PRESETS["nano"].longest


def test_coarse_words_take_more_tokens() -> None:
    lengths = [
        made(PRESETS[name]).tokens.batch(["Moderate pleural thickening with cardiomegaly"], 99).mask_BL.sum().item()
        for name in ("nano", "coarse-words")
    ]
    assert lengths[1] > 2 * lengths[0]


def test_the_paper_preset_has_the_published_size() -> None:
    """ViT-B/16 and BERT base without its pooler, as the public checkpoint holds them, and their heads."""
    heads = 768 * 512 + 768 * 640 + 640 * 512
    bert = 30_522 * 768 + 512 * 768 + 4 * 768 + 12 * (4 * (768 * 768 + 768) + 2 * 768 * 3072 + 3072 + 768 + 4 * 768)
    count = parameter_count(biomedclip, PRESETS["paper"])
    assert count is not None
    assert count == 85_798_656 + bert + heads + 1
