"""State spaces that treat all tokens alike: one for each channel as a convolution (S4D), one for all channels (S5)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from polyclinic.parts.sequence.recurrence import log_steps, recurrence


class DiagonalMixer(nn.Module):
    """A state space of N complex states for each channel, with the same step for every token: a long convolution.

    Args:
        width: of the tokens (B, L, E).
        states: N; each stands for itself and its conjugate.

    Source:
        arXiv 2206.11893, sections 3 and 4.3 (zero-order hold, rates -1/2 + i pi n, input weights of one), which is
        S4 (arXiv 2111.00396) without its low-rank term.
    """

    def __init__(self, *, width: int, states: int) -> None:
        super().__init__()
        self.width_out = width
        self.log_step = nn.Parameter(log_steps(width))
        self.log_decay = nn.Parameter(torch.full((width, states), math.log(0.5)))
        self.turn = nn.Parameter(math.pi * torch.arange(states).float().repeat(width, 1))
        self.out = nn.Parameter(torch.randn(width, states, 2) * 0.5**0.5)
        self.skip = nn.Parameter(torch.randn(width))

    def kernel(self, length: int) -> Tensor:
        """What a token leaves behind for each later one, (E, L)."""
        rate_EN = torch.complex(-self.log_decay.exp(), self.turn)
        held_EN = rate_EN * self.log_step.exp()[:, None]
        read_EN = torch.view_as_complex(self.out) * (held_EN.exp() - 1) / rate_EN
        power_ENL = held_EN[..., None] * torch.arange(length, device=held_EN.device)
        return 2 * torch.einsum("en,enl->el", read_EN, power_ENL.exp()).real

    def forward(self, x_BLE: Tensor) -> Tensor:
        """The same shape; the convolution is in 32 bits."""
        length = x_BLE.shape[1]
        x_BEL, kernel_EL = x_BLE.float().transpose(1, 2), self.kernel(length)
        seen_BEF = torch.fft.rfft(x_BEL, 2 * length) * torch.fft.rfft(kernel_EL, 2 * length)
        y_BEL = torch.fft.irfft(seen_BEF, 2 * length)[..., :length] + self.skip[:, None] * x_BEL
        return y_BEL.transpose(1, 2).to(x_BLE.dtype)


class JointMixer(nn.Module):
    """One state space of N complex states that all channels enter and are read from.

    Args:
        width: of the tokens (B, L, E).
        states: N; each stands for itself and its conjugate.

    Source:
        arXiv 2208.04933, section 3 (zero-order hold, a step for each state, a scan instead of a convolution).
        Differs: rates start at -1/2 + i pi n, as in arXiv 2206.11893, not from the eigenvalues of HiPPO-N.
    """

    def __init__(self, *, width: int, states: int) -> None:
        super().__init__()
        self.width_out = width
        self.log_step = nn.Parameter(log_steps(states))
        self.log_decay = nn.Parameter(torch.full((states,), math.log(0.5)))
        self.turn = nn.Parameter(math.pi * torch.arange(states).float())
        self.enter = nn.Parameter(torch.randn(states, width, 2) * (0.5 / width) ** 0.5)
        self.out = nn.Parameter(torch.randn(width, states, 2) * (0.5 / states) ** 0.5)
        self.skip = nn.Parameter(torch.randn(width))

    def forward(self, x_BLE: Tensor) -> Tensor:
        """The same shape; the scan is in 32 bits."""
        rate_N = torch.complex(-self.log_decay.exp(), self.turn)
        decay_N = (rate_N * self.log_step.exp()).exp()
        enter_NE = torch.view_as_complex(self.enter) * ((decay_N - 1) / rate_N)[:, None]
        given_BLN = x_BLE.to(enter_NE.dtype) @ enter_NE.T
        states_BLN = recurrence(decay_N.expand_as(given_BLN), given_BLN)
        y_BLE = 2 * (states_BLN @ torch.view_as_complex(self.out).T).real + self.skip * x_BLE
        return y_BLE.to(x_BLE.dtype)
