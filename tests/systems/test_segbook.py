"""What is SegBook's own: weights that fit any plan, taken over but for the outputs, and the reading of gains."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from polyclinic.bodies.segmenter import plan_of_size
from polyclinic.cli.show import parameter_count
from polyclinic.curate.showing import showing
from polyclinic.errors import CheckpointError, LayoutError
from polyclinic.parts.vision.keys import load_public
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import segbook
from polyclinic.systems.segbook import (
    CARD,
    PRESETS,
    STU_NET,
    Config,
    Model,
    Result,
    STUNet,
    Trunk,
    cookbook,
    from_public,
    read_results,
)

SMALL = Config(patch=32, dimensions=3, width=2)


def made(config: Config = SMALL, *, channels: int = 1, classes: int = 2, **changes: Any) -> Model:
    """A model of a plan without data."""
    plan = plan_of_size(channels=channels, classes=classes, wanted=Model.wanted(config))
    return Model(config, dataclasses.replace(plan, **changes)).eval()


def published() -> dict[str, torch.Tensor]:
    """A checkpoint of three classes in the published layout, written out, of the sizes of `SMALL`."""
    torch.manual_seed(1)
    dims = [2, 4, 8, 16, 32, 32]
    weights: dict[str, torch.Tensor] = {}

    def conv(name: str, width_in: int, width_out: int, side: int) -> None:
        weights[f"{name}.weight"] = torch.randn(width_out, width_in, side, side, side) / width_in
        weights[f"{name}.bias"] = torch.randn(width_out)

    def block(name: str, width_in: int, width_out: int) -> None:
        conv(f"{name}.conv1", width_in, width_out, 3)
        conv(f"{name}.conv2", width_out, width_out, 3)
        conv(f"{name}.conv3", width_in, width_out, 1)
        for norm in ("norm1", "norm2"):
            weights[f"{name}.{norm}.weight"], weights[f"{name}.{norm}.bias"] = torch.rand(2, width_out)

    for stage, (before, after) in enumerate(zip([1, *dims], dims, strict=False)):
        block(f"conv_blocks_context.{stage}.0", before, after)
    for step, (coarse, fine) in enumerate(zip(dims[::-1], dims[-2::-1], strict=False)):
        conv(f"upsample_layers.{step}.conv", coarse, fine, 1)
        block(f"conv_blocks_localization.{step}.0", 2 * fine, fine)
        conv(f"seg_outputs.{step}", fine, 3, 1)
    return weights


def drawn(weights: dict[str, torch.Tensor], image: torch.Tensor, strides: list[tuple[int, ...]]) -> torch.Tensor:
    """The finest decoder map, from the published tensors alone."""

    def block(name: str, x: torch.Tensor, stride: tuple[int, ...]) -> torch.Tensor:
        def conv(part: str, x: torch.Tensor, stride: Any, padding: int) -> torch.Tensor:
            return F.conv3d(x, weights[f"{name}.{part}.weight"], weights[f"{name}.{part}.bias"], stride, padding)

        def norm(part: str, x: torch.Tensor) -> torch.Tensor:
            return F.instance_norm(x, weight=weights[f"{name}.{part}.weight"], bias=weights[f"{name}.{part}.bias"])

        y = F.leaky_relu(norm("norm1", conv("conv1", x, stride, 1)))
        return F.leaky_relu(norm("norm2", conv("conv2", y, 1, 1)) + conv("conv3", x, stride, 0))

    maps = []
    for stage, stride in enumerate([(1, 1, 1), *strides]):
        image = block(f"conv_blocks_context.{stage}.0", image, stride)
        maps.append(image)
    x = maps.pop()
    for step, stride in enumerate(strides[::-1]):
        x = x.repeat_interleave(stride[0], 2).repeat_interleave(stride[1], 3).repeat_interleave(stride[2], 4)
        name = f"upsample_layers.{step}.conv"
        x = torch.cat([F.conv3d(x, weights[f"{name}.weight"], weights[f"{name}.bias"]), maps.pop()], 1)
        x = block(f"conv_blocks_localization.{step}.0", x, (1, 1, 1))
    return x


@pytest.mark.parametrize(
    "strides", [[(2, 2, 2)] * 4 + [(1, 1, 1)], [(1, 2, 2), (2, 2, 2), (1, 2, 2)] + [(1, 1, 1)] * 2]
)
def test_a_published_checkpoint_gives_what_its_tensors_say_whatever_the_strides(strides: list[tuple[int, ...]]) -> None:
    weights = published()
    trunk = Trunk(channels=1, width=2, depth=1, strides=[(1, 1, 1), *strides])
    load_public(trunk, weights, STU_NET)
    image = torch.randn(1, 1, 16, 32, 32)
    torch.testing.assert_close(trunk(image)[-1], drawn(weights, image, strides), atol=1e-4, rtol=1e-4)


def test_a_published_file_starts_a_model_of_other_classes_spacing_and_channels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRESETS, "tiny", SMALL)
    weights = published()
    save_file({f"module.{name}": tensor for name, tensor in weights.items()}, tmp_path / "file.safetensors")
    source = from_public(tmp_path / "file.safetensors", "tiny")
    source.save_pretrained(tmp_path / "start")
    target = made(channels=2, classes=5, pooling=((1, 2, 2), (2, 2, 2)), patch=(16, 32, 32))
    network: Any = target.network
    outputs = [output.weight.clone() for output in network.outputs]
    with torch.no_grad():
        target.load_compatible(tmp_path / "start")
    first = network.trunk.down[0][0]
    for kernel, name in ((first.first[0], "conv1"), (first.shortcut, "conv3")):
        theirs = weights[f"conv_blocks_context.0.0.{name}.weight"]
        torch.testing.assert_close(kernel.weight, torch.cat([theirs, theirs], 1))  # repeated, and not halved
    own, given = target.state_dict(), source.state_dict()
    taken = [name for name in own if "trunk" in name and not name.endswith(segbook.FIRST)]
    assert taken
    assert all(torch.equal(own[name], given[name]) for name in taken)
    assert all(torch.equal(a, b.weight) for a, b in zip(outputs, network.outputs, strict=True))
    logits = network(torch.randn(1, 2, 16, 32, 32))
    assert logits[0].shape == (1, 5, 16, 32, 32)
    assert [tuple(each.shape[2:]) for each in logits[1:3]] == [(16, 16, 16), (8, 8, 8)]


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    made().save_pretrained(tmp_path / "a")
    for other in (made(dataclasses.replace(SMALL, width=4)), made(dataclasses.replace(SMALL, dimensions=2))):
        with pytest.raises(CheckpointError, match=r"do not fit: down.0.0.first.0.weight is .*, expected"):
            other.load_compatible(tmp_path / "a")
    with pytest.raises(CheckpointError, match=r"down\.0\.1"):
        made(dataclasses.replace(SMALL, depth=2)).load_compatible(tmp_path / "a")
    made(channels=3).save_pretrained(tmp_path / "b")
    with pytest.raises(CheckpointError, match=r"is \(2, 3, 3, 3, 3\), expected \(2, 2"):
        made(channels=2).load_compatible(tmp_path / "b")
    with pytest.raises(CheckpointError, match="cannot be read"):
        made().load_compatible(tmp_path)


def test_volumes_are_learned_from_and_drawn_whole() -> None:
    studies = showing(Phantom("abdomen", 3, Dials(size=32)).studies(0), ("liver", "spleen"))
    model = Model.from_studies(dataclasses.replace(SMALL, patch=16), studies)
    assert model.sees_volumes(model.config)
    view = model.view(studies)
    losses = model(view.collate([view.sample(0, np.random.default_rng(0))]))
    losses["loss"].backward()
    assert all(p.grad is not None for p in model.parameters())
    (drawn,) = model.eval().segment(studies[:1], [["liver"]])
    assert drawn[0].array.shape == studies[0].images[0].pixels.shape[1:]


def test_there_are_six_stages_whatever_the_plan_and_all_are_supervised() -> None:
    for pooling in ((), ((2, 2, 2),), ((2, 2, 2),) * 5):
        network = made(pooling=pooling).network
        assert isinstance(network, STUNet)
        assert len(network.trunk.down) == 6
        assert len(network.outputs) == 5
        assert all(m.kernel_size[0] in (1, 3) for m in network.modules() if isinstance(m, torch.nn.Conv3d))


@pytest.mark.parametrize(
    ("preset", "key"), [("small", "small"), ("base", "base"), ("paper", "parameters"), ("huge", "huge")]
)
def test_the_four_sizes_are_the_published_ones(preset: str, key: str) -> None:
    assert parameter_count(segbook, PRESETS[preset]) == pytest.approx(CARD.published[key], rel=0.001)


def test_gains_are_read_by_modality_and_number_of_cases(tmp_path: Path) -> None:
    results = [
        Result("CT", 20, 0.5, 0.7),
        Result("CT", 300, 0.6, 0.7),
        Result("MR", 99, 0.8, 0.8),
        Result("PET", 100, 0.4, 0.5),
    ]
    read = cookbook(results)
    assert read["all"].targets == 4
    assert read["CT"].gain == pytest.approx(0.15)
    assert read["MR"].gain == 0
    assert read["other"].gain == pytest.approx(0.1)
    assert {name: each.targets for name, each in read.items() if "cases" in name} == {
        "fewer than 40 cases": 1,
        "40 to 99 cases": 1,
        "100 to 249 cases": 1,
        "250 cases or more": 1,
    }
    assert "MR" not in cookbook(results[:1])
    table = tmp_path / "results.csv"
    rows = [
        "Dataset,Modality,Train cases,Dice base,Dice base_ft",
        "A,CT,20,0.5,0.7",
        'B,"MRI, CT",40,0.25,0.5',
        "C,PET CT,9,0,1",
    ]
    table.write_text("\n".join(rows))
    assert read_results(table, "base") == [
        Result("CT", 20, 0.5, 0.7),
        Result("MR", 40, 0.25, 0.5),
        Result("other", 9, 0.0, 1.0),
    ]
    with pytest.raises(LayoutError, match="Dice huge"):
        read_results(table, "huge")
