"""What is UniMed-CLIP's own: labels told in many ways, averaged prompts, captions to disk, the public weights."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from polyclinic.bodies.dual_encoder import Outlook
from polyclinic.cli.show import parameter_count
from polyclinic.curate.captions import MOST, captions_of
from polyclinic.errors import CheckpointError
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.attention import QuickGELU
from polyclinic.parts.vision.vit import ViTBlock, ViTEncoder
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.store.collection import open_collection
from polyclinic.study import Finding, Image, MaskFile, Region, Study, Turn
from polyclinic.systems import unimed_clip
from polyclinic.systems.unimed_clip import PRESETS, Config, Model, from_public, mostly_labels

WRITTEN = [study for i in range(6) for study in Phantom("skin", 3, Dials(size=64, prevalence=0.4)).studies(i)]
LABELLED = [dataclasses.replace(study, report=None, captions=()) for study in WRITTEN]
DRAWS = 60


def made(config: Config, studies: list[Study]) -> Model:
    """A fresh model."""
    torch.manual_seed(0)
    return Model.from_studies(config, studies).eval()


def said(preset: str, study: Study) -> set[str]:
    """Texts of many draws."""
    view = made(PRESETS[preset], WRITTEN).view([study])
    return {view.sample(0, np.random.default_rng(i))["text"] for i in range(DRAWS)}


def test_a_label_is_told_in_ten_ways_or_always_in_one() -> None:
    assert said("nano", LABELLED[0]) == set(captions_of(LABELLED[0]))
    assert len(said("nano", LABELLED[0])) == MOST
    assert said("one-template", LABELLED[0]) == {captions_of(LABELLED[0])[0]}


def test_without_captions_labels_teach_nothing() -> None:
    both = [*LABELLED[:3], *WRITTEN[3:]]
    assert len(made(PRESETS["nano"], both).view(both)) == len(both)
    assert len(made(PRESETS["captions-only"], both).view(both)) == len(both) - 3


def test_a_text_of_its_own_is_kept() -> None:
    told = made(PRESETS["nano"], WRITTEN).captioned(WRITTEN[0])
    assert told is WRITTEN[0]
    assert not said("nano", WRITTEN[0]) & set(captions_of(WRITTEN[0]))


def test_prompts_are_worded_unlike_any_caption() -> None:
    model = made(PRESETS["nano"], WRITTEN)
    prompts = model.prompts("naevus").present
    assert len(prompts) == len(set(prompts)) == 3
    known = Study("s", "p", domain="skin", findings=(Finding("naevus", True),))
    assert not {prompt.lower() for prompt in prompts} & {caption.lower().rstrip(".") for caption in captions_of(known)}


def test_classes_are_compared_by_the_mean_of_their_prompts() -> None:
    model = made(PRESETS["nano"], WRITTEN)
    names, scale = ["naevus", "melanoma"], float(model.log_scale.detach().exp())
    means = [model.embed_texts(model.prompts(name).present).mean(0) for name in names]
    logits = scale * model.embed_images(WRITTEN[:1])[0] @ np.stack([mean / np.linalg.norm(mean) for mean in means]).T
    expected = np.exp(logits[0]) / np.exp(logits).sum()
    assert model.classify(WRITTEN[:1], names)[0]["naevus"] == pytest.approx(expected, abs=1e-5)


def test_some_subjects_keep_their_texts() -> None:
    told = mostly_labels(WRITTEN)
    kept = {study.subject for study in told if study.report or study.captions}
    assert len(kept) == round(0.3 * len({study.subject for study in WRITTEN}))
    assert not kept & {study.subject for study in told if not (study.report or study.captions)}
    assert [study.findings for study in told] == [study.findings for study in WRITTEN]


def test_a_curated_collection_opens_again(tmp_path: Path) -> None:
    model = made(PRESETS["nano"], WRITTEN)
    counts = model.curate(iter([*LABELLED[:2], *WRITTEN[2:4]]), tmp_path)
    assert counts == {"written": 4}
    back = open_collection(tmp_path).studies
    assert [study.captions for study in back[:2]] == [tuple(captions_of(study)) for study in LABELLED[:2]]
    assert [(study.report, study.captions) for study in back[2:]] == [(s.report, s.captions) for s in WRITTEN[2:4]]
    for study, source in zip(back, WRITTEN, strict=False):
        assert study.subject == source.subject
        np.testing.assert_array_equal(study.images[0].pixels, source.images[0].pixels)
    assert len(model.view(back)) == 4


def hostile() -> Iterator[Study]:
    """Names that are paths, templates and lines of their own, and what points at other files."""
    pixels = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)
    region = Region("x", mask=MaskFile("../mask.png"))
    for name in ("../../a", "/etc/b", "c\n\u2028{image}", "{0}%s", '"d"', "胸"):
        yield Study(
            name,
            name,
            images=(Image(f"../{name}.nii", slice=2, load=lambda: np.repeat(pixels[:, None], 4, 1)),),
            findings=(Finding(name, True, region),),
            regions=(region,),
            turns=(Turn("Where?", "there", evidence=(region,)),),
            signals={"ecg": "../ecg.csv"},
        )


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    asked = list(hostile())
    counts = made(PRESETS["nano"], WRITTEN).curate(asked, tmp_path / "sink")
    assert counts == {"written": len(asked)}
    assert {path.name for path in tmp_path.iterdir()} == {"sink"}
    assert {path.name for path in (tmp_path / "sink").iterdir()} == {"images", "studies.jsonl", "collection.json"}
    for study, source in zip(open_collection(tmp_path / "sink"), asked, strict=True):
        assert (study.id, study.captions) == (source.id, tuple(captions_of(source)))
        assert (study.regions, study.turns, study.signals, study.findings[0].region) == ((), (), {}, None)
        np.testing.assert_array_equal(study.images[0].pixels, source.images[0].pixels)


def test_what_is_dropped_is_counted_by_reason(tmp_path: Path) -> None:
    volume = Image.from_array(np.zeros((1, 4, 8, 8), np.uint8))
    dropped = [
        dataclasses.replace(LABELLED[0], id="a", images=()),
        dataclasses.replace(LABELLED[0], id="b", findings=()),
        dataclasses.replace(LABELLED[0], id="c", findings=(Finding("naevus", None),)),
        dataclasses.replace(LABELLED[0], id="d", images=(Image("gone.png"),)),
        dataclasses.replace(LABELLED[0], id="e", images=(volume,)),
    ]
    counts = made(PRESETS["nano"], WRITTEN).curate([*dropped, LABELLED[1]], tmp_path)
    assert counts == {"no image": 1, "no label and no text": 2, "unreadable image": 2, "written": 1}
    assert [study.id for study in open_collection(tmp_path)] == [LABELLED[1].id]
    assert len(list((tmp_path / "images").iterdir())) == 1


def test_the_paper_preset_has_the_papers_parts() -> None:
    """CLIP's ViT-B/16 without its projection, BERT base without its pooler, and their heads."""
    bert = 30_522 * 768 + 512 * 768 + 4 * 768 + 12 * (4 * (768 * 768 + 768) + 2 * 768 * 3072 + 3072 + 768 + 4 * 768)
    heads = 768 * 512 + 768 * 640 + 640 * 512
    clip = 768 * 3 * 256 + 197 * 768 + 768 + 4 * 768 + 12 * (4 * (768 * 768 + 768) + 2 * 768 * 3072 + 3840 + 4 * 768)
    assert parameter_count(unimed_clip, PRESETS["paper"]) == clip + bert + heads + 1


def small_clip(*, channels: int, image_size: int) -> ViTEncoder:
    """The published image encoder's form, two blocks of it."""
    return ViTEncoder(
        stem=nn.Conv2d(channels, 24, 16, 16, bias=False),
        width=24,
        stride=16,
        image_size=image_size,
        blocks=[ViTBlock(width=24, heads=2, hidden=48, activation=QuickGELU(), eps=1e-5) for _ in range(2)],
        before=nn.LayerNorm(24),
        norm=nn.LayerNorm(24),
        pool=None,
        class_token=True,
        attend=False,
    )


# How open_clip with its own vision transformer names what is named otherwise here.
RENAMED = {
    "image_encoder.stem": "visual.conv1",
    "image_encoder.class_token": "visual.class_embedding",
    "image_encoder.positions_NE": "visual.positional_embedding",
    "image_encoder.before": "visual.ln_pre",
    "image_encoder.norm": "visual.ln_post",
    "image_encoder.blocks": "visual.transformer.resblocks",
    "attention_norm": "ln_1",
    "attention.qkv.": "attn.in_proj_",
    "attention.out.": "attn.out_proj.",
    "mlp_norm": "ln_2",
    "mlp.0": "mlp.c_fc",
    "mlp.2": "mlp.c_proj",
    "image_head.weight": "visual.proj",
    "text_encoder.bert": "text.transformer",
    "text_head": "text.proj",
    "log_scale": "logit_scale",
}


@pytest.mark.parametrize(("before", "hidden"), [("", 20), ("module.", None)])
def test_published_weights_find_their_places(
    before: str, hidden: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a text head of either form, and as training on several devices names them."""
    small = dataclasses.replace(
        PRESETS["paper"], image_size=32, longest=16, positions=20, width=24, depth=2, heads=2, match_width=16
    )
    monkeypatch.setitem(PRESETS, "paper", dataclasses.replace(small, text_hidden=20))
    monkeypatch.setitem(ENCODERS, "vit-b-16-clip", small_clip)
    tokens = WordPieces.trained([study.report.text for study in WRITTEN if study.report], 120)
    model = Model(dataclasses.replace(small, text_hidden=hidden), Outlook(32, 3), tokens).eval()
    weights = {"text.transformer.pooler.dense.bias": torch.zeros(24)}
    for own, tensor in model.state_dict().items():
        name = own
        for ours, theirs in RENAMED.items():
            name = name.replace(ours, theirs)
        weights[name] = tensor.T.contiguous() if name == "visual.proj" else tensor.clone()
    assert weights["visual.proj"].shape == (24, 16)
    assert "visual.transformer.resblocks.1.attn.in_proj_bias" in weights
    save_file({before + name: tensor for name, tensor in weights.items()}, tmp_path / "model.safetensors")
    tokens.save(tmp_path)
    again = from_public(tmp_path)
    assert not again.training
    np.testing.assert_array_equal(again.embed_images(WRITTEN[:2]), model.embed_images(WRITTEN[:2]))
    np.testing.assert_array_equal(again.embed_texts(["a naevus"]), model.embed_texts(["a naevus"]))


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "unimed_clip_vit_b16.pt").write_bytes(b"\x80\x04")
    with pytest.raises(CheckpointError, match="pickled"):
        from_public(tmp_path)
