"""The autoencoder: sizes, what a checkpoint in the public layout gives, and what its latents are."""

import math

import torch
from torch.nn import functional as F

from polyclinic.parts.vision.autoencoder import STABLE_DIFFUSION, Autoencoder
from polyclinic.parts.vision.keys import load_public

Weights = dict[str, torch.Tensor]


def small() -> Autoencoder:
    """Of two levels and one block each."""
    torch.manual_seed(0)
    return Autoencoder(channels=3, width=4, multiples=(1, 2), depth=1, latent=2, groups=2).eval()


def public() -> Weights:
    """A checkpoint of that size in the layout of latent diffusion, written out."""
    torch.manual_seed(1)
    weights: Weights = {}

    def conv(name: str, width_in: int, width_out: int, side: int = 3) -> None:
        weights[f"{name}.weight"] = torch.randn(width_out, width_in, side, side) * 0.3
        weights[f"{name}.bias"] = torch.randn(width_out)

    def norm(name: str, width: int) -> None:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = torch.rand(width) + 0.5, torch.randn(width)

    def block(name: str, width_in: int, width_out: int) -> None:
        norm(f"{name}.norm1", width_in)
        conv(f"{name}.conv1", width_in, width_out)
        norm(f"{name}.norm2", width_out)
        conv(f"{name}.conv2", width_out, width_out)
        if width_in != width_out:
            conv(f"{name}.nin_shortcut", width_in, width_out, 1)

    def middle(name: str) -> None:
        block(f"{name}.block_1", 8, 8)
        block(f"{name}.block_2", 8, 8)
        norm(f"{name}.attn_1.norm", 8)
        for part in ("q", "k", "v", "proj_out"):
            conv(f"{name}.attn_1.{part}", 8, 8, 1)

    conv("encoder.conv_in", 3, 4)
    block("encoder.down.0.block.0", 4, 4)
    conv("encoder.down.0.downsample.conv", 4, 4)
    block("encoder.down.1.block.0", 4, 8)
    middle("encoder.mid")
    norm("encoder.norm_out", 8)
    conv("encoder.conv_out", 8, 4)
    conv("quant_conv", 4, 4, 1)
    conv("post_quant_conv", 2, 2, 1)
    conv("decoder.conv_in", 2, 8)
    middle("decoder.mid")
    block("decoder.up.1.block.0", 8, 8)
    block("decoder.up.1.block.1", 8, 8)
    conv("decoder.up.1.upsample.conv", 8, 8)
    block("decoder.up.0.block.0", 8, 4)
    block("decoder.up.0.block.1", 4, 4)
    norm("decoder.norm_out", 4)
    conv("decoder.conv_out", 4, 3)
    return weights


class Plainly:
    """What the public tensors do, layer by layer."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights

    def conv(self, name: str, x: torch.Tensor, stride: int = 1) -> torch.Tensor:
        weight = self.weights[f"{name}.weight"]
        padding = weight.shape[-1] // 2 if stride == 1 else 0
        return F.conv2d(x, weight, self.weights[f"{name}.bias"], stride, padding)

    def norm(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return F.group_norm(x, 2, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], 1e-6)

    def block(self, name: str, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(f"{name}.conv1", F.silu(self.norm(f"{name}.norm1", x)))
        y = self.conv(f"{name}.conv2", F.silu(self.norm(f"{name}.norm2", y)))
        return y + (self.conv(f"{name}.nin_shortcut", x) if f"{name}.nin_shortcut.weight" in self.weights else x)

    def middle(self, name: str, x: torch.Tensor) -> torch.Tensor:
        x = self.block(f"{name}.block_1", x)
        normed = self.norm(f"{name}.attn_1.norm", x)
        q, k, v = (self.conv(f"{name}.attn_1.{part}", normed).flatten(2) for part in "qkv")
        weight = (q.transpose(1, 2) @ k / math.sqrt(8)).softmax(2)
        x = x + self.conv(f"{name}.attn_1.proj_out", (v @ weight.transpose(1, 2)).reshape(x.shape))
        return self.block(f"{name}.block_2", x)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        x = self.block("encoder.down.0.block.0", self.conv("encoder.conv_in", x))
        x = self.conv("encoder.down.0.downsample.conv", F.pad(x, (0, 1, 0, 1)), 2)
        x = self.middle("encoder.mid", self.block("encoder.down.1.block.0", x))
        return self.conv("quant_conv", self.conv("encoder.conv_out", F.silu(self.norm("encoder.norm_out", x))))

    def decode(self, x: torch.Tensor) -> torch.Tensor:
        x = self.middle("decoder.mid", self.conv("decoder.conv_in", self.conv("post_quant_conv", x)))
        x = self.block("decoder.up.1.block.1", self.block("decoder.up.1.block.0", x))
        x = self.conv("decoder.up.1.upsample.conv", x.repeat_interleave(2, 2).repeat_interleave(2, 3))
        x = self.block("decoder.up.0.block.1", self.block("decoder.up.0.block.0", x))
        return self.conv("decoder.conv_out", F.silu(self.norm("decoder.norm_out", x)))


def test_a_public_checkpoint_gives_what_its_tensors_say() -> None:
    """Also where it lies inside a whole diffusion model's file."""
    weights, coder = public(), small()
    whole = {f"first_stage_model.{name}": tensor for name, tensor in weights.items()}
    load_public(coder, {**whole, "model.diffusion_model.out.2.bias": torch.zeros(4)}, STABLE_DIFFUSION)
    image = torch.randn(2, 3, 8, 12)
    mean, log_variance = coder.encode(image)
    torch.testing.assert_close(torch.cat([mean, log_variance], 1), Plainly(weights).encode(image), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(coder.decode(mean), Plainly(weights).decode(mean), atol=1e-4, rtol=1e-4)
    alone = small()
    load_public(alone, weights, STABLE_DIFFUSION)
    torch.testing.assert_close(alone.encode(image)[0], mean)


def test_the_public_size() -> None:
    """Stable Diffusion's has 83,653,863 parameters, and an eighth of the image's sides."""
    with torch.device("meta"):
        coder = Autoencoder(channels=3, width=128, multiples=(1, 2, 4, 4), depth=2, latent=4, groups=32)
    assert sum(p.numel() for p in coder.parameters()) == 83_653_863
    assert coder.factor == 8


def test_a_latent_is_drawn_and_told_of() -> None:
    """The divergence from a standard normal, by hand: mean 1 and variance e give (1 + e - 1 - 1) / 2."""
    coder = small()
    torch.nn.init.zeros_(coder.moments.weight)
    with torch.no_grad():
        assert coder.moments.bias is not None
        coder.moments.bias.copy_(torch.ones(4))
    image = torch.randn(1, 3, 8, 8)
    first, told = coder(image)
    torch.testing.assert_close(told, torch.tensor((math.e - 1) / 2))
    assert not torch.equal(first, coder(image)[0])
    assert first.shape == image.shape
