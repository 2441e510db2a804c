"""Blocks of sequences: norm, a gated mixer, and the way around them; and how a map goes through one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.sequence.matrix_memory import matrix_memory

TAPS = 4  # tokens that a causal convolution sees
TILE = 4  # channels that a query, key or value is made of


class CausalConv(nn.Module):
    """Each channel of a token becomes a weighted sum of its own and the three before."""

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(width, width, TAPS, groups=width)

    def forward(self, x_BLE: Tensor) -> Tensor:
        """The same shape."""
        return self.conv(F.pad(x_BLE.transpose(1, 2), (TAPS - 1, 0))).transpose(1, 2)


class GatedBlock(nn.Module):
    """A sequence is widened, mixed along itself, gated by a second copy, and added to what came in.

    Args:
        width: of the tokens.
        inner: width that `mixer`, a module from (B, L, inner) to the same, works at.

    Source:
        arXiv 2312.00752, section 3.4 and figure 3.
    """

    def __init__(self, *, width: int, inner: int, mixer: nn.Module) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 2 * inner, bias=False)
        self.conv = CausalConv(width=inner)
        self.mixer = mixer
        self.narrow = nn.Linear(inner, width, bias=False)

    def forward(self, x_BLE: Tensor) -> Tensor:
        """The same shape."""
        y_BLE, gate_BLE = self.widen(self.norm(x_BLE)).chunk(2, -1)
        return x_BLE + self.narrow(self.mixer(F.silu(self.conv(y_BLE))) * F.silu(gate_BLE))


class OffsetNorm(nn.Module):
    """Layer norm of groups of channels whose weights are kept as their distance from one; without a bias."""

    def __init__(self, *, width: int, groups: int = 1) -> None:
        super().__init__()
        self.groups = groups
        self.offset = nn.Parameter(torch.zeros(width))

    def forward(self, x_BLE: Tensor) -> Tensor:
        """The same shape."""
        x_BLGE = x_BLE.reshape(*x_BLE.shape[:-1], self.groups, -1)
        return F.layer_norm(x_BLGE, x_BLGE.shape[-1:]).flatten(-2) * (1 + self.offset)


class TiledLinear(nn.Module):
    """A linear layer whose matrix is blocks of 4 x 4 along the diagonal, of 2 x 2 where the width asks for it."""

    def __init__(self, *, width: int, spread: float) -> None:
        super().__init__()
        tile = TILE if width % TILE == 0 else 2
        self.weight = nn.Parameter(torch.randn(width // tile, tile, tile) * spread)

    def forward(self, x_BLE: Tensor) -> Tensor:
        """The same shape."""
        tiles_BLTE = x_BLE.reshape(*x_BLE.shape[:-1], *self.weight.shape[:2])
        return torch.einsum("blte,tfe->bltf", tiles_BLTE, self.weight).flatten(-2)


class MemoryBlock(nn.Module):
    """A block around a matrix memory of several heads.

    Args:
        width: of the tokens; twice that must be a multiple of `heads`.
        reverse: whether the sequence is read from its end.

    Source:
        arXiv 2406.04303, section 2 and figure 1 (ViL), whose mLSTM is that of arXiv 2405.04517, appendix A; starts
        from the values of its code.
    """

    def __init__(self, *, width: int, heads: int = 4, reverse: bool = False) -> None:
        super().__init__()
        inner, spread = 2 * width, math.sqrt(2 / (5 * width))
        self.heads, self.reverse = heads, reverse
        self.norm = OffsetNorm(width=width)
        self.widen = nn.Linear(width, 2 * inner, bias=False)
        self.conv = CausalConv(width=inner)
        self.query, self.key, self.value = (TiledLinear(width=inner, spread=spread) for _ in range(3))
        self.write = nn.Linear(3 * inner, heads)
        self.keep = nn.Linear(3 * inner, heads)
        self.out_norm = OffsetNorm(width=inner, groups=heads)
        self.skip = nn.Parameter(torch.ones(inner))
        self.narrow = nn.Linear(inner, width, bias=False)
        nn.init.normal_(self.widen.weight, std=spread)
        nn.init.normal_(self.narrow.weight, std=2 / math.sqrt(width))
        for gate in (self.write, self.keep):
            nn.init.zeros_(gate.weight)
        nn.init.normal_(self.write.bias, std=0.1)
        with torch.no_grad():
            self.keep.bias.copy_(torch.linspace(3, 6, heads))

    def forward(self, x_BLE: Tensor) -> Tensor:
        """The same shape."""
        y_BLE = self.norm(x_BLE)
        return x_BLE + (self._mixed(y_BLE.flip(1)).flip(1) if self.reverse else self._mixed(y_BLE))

    def _mixed(self, x_BLE: Tensor) -> Tensor:
        own_BLE, gate_BLE = self.widen(x_BLE).chunk(2, -1)
        near_BLE = F.silu(self.conv(own_BLE))
        terms = self.query(near_BLE), self.key(near_BLE), self.value(own_BLE)
        all_BLE = torch.cat(terms, -1)
        heads = [each.unflatten(-1, (self.heads, -1)).transpose(1, 2) for each in terms]
        write_BHL, keep_BHL = self.write(all_BLE).transpose(1, 2), self.keep(all_BLE).transpose(1, 2)
        read_BHLD = matrix_memory(heads[0], heads[1], heads[2], write_BHL, keep_BHL)
        read_BLE = self.out_norm(read_BHLD.transpose(1, 2).flatten(2))
        return self.narrow((read_BLE + self.skip * near_BLE) * F.silu(gate_BLE))


class SequenceLayer(nn.Module):
    """A map through blocks of sequences, in 32 bits: its places are the tokens, or its channels where these are more.

    Args:
        blocks: of tokens (B, L, E): E is the map's width, or its number of places where `channels` are the tokens.

    Source:
        arXiv 2401.04722, section 2.1; channels as tokens from its code.
    """

    def __init__(self, *, blocks: Sequence[nn.Module], channels: bool = False) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*blocks)
        self.channels = channels

    def forward(self, x_BEX: Tensor) -> Tensor:
        """The same shape."""
        with torch.autocast(x_BEX.device.type, enabled=False):
            x_BEL = x_BEX.float().flatten(2)
            y_BEL = self.blocks(x_BEL) if self.channels else self.blocks(x_BEL.transpose(1, 2)).transpose(1, 2)
            return y_BEL.reshape(x_BEX.shape)
