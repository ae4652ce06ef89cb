"""`Discriminator`: tells real music from made music at three scales. What it is shown is observation.py's, what is made
of its logits the losses'.

No layer mixes sequences, and padding, which stands at the end, moves nothing. With spectral norm each network is
Lipschitz in what it is shown, with a bound that follows from its shape alone.

Shapes: B batch, T time, W windows, S sections, D model.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from aurl_core.models.discriminator_params import DiscriminatorConfig
from aurl_core.models.observation import Observation
from aurl_core.tokens.traits import TokenTraits

_LEAK = 0.2


class Judgement(NamedTuple):
    """What a discriminator says of a batch."""

    logits: tuple[Tensor, ...]
    """(B, W) of each scale: local, phrase, piece; above 0 is real. Where a sequence has fewer windows than the longest,
    its own come again from the first, so that each sequence counts the same."""
    features: tuple[Tensor, ...]
    """(B, D) of each layer: the mean over the sequence."""


class Discriminator(nn.Module):
    """A local, a phrase and a piece network over one observation of the tokens."""

    def __init__(self, config: DiscriminatorConfig, traits: TokenTraits) -> None:
        super().__init__()
        self.observation = Observation(config, traits)
        num_layers = config.layers_per_scale
        near = 1 + math.ceil((config.local_window - 1) / num_layers)
        far = max(2, math.ceil(config.phrase_window ** (1 / num_layers)))
        shown_dim = self.observation.dim
        self.local = WindowNetwork(config, shown_dim, kernel=near, stride=1)
        self.phrase = WindowNetwork(config, shown_dim, kernel=far, stride=far)
        self.piece = PieceNetwork(config, shown_dim, kernel=far)

    def forward(self, tokens: Tensor, is_real_BT: Tensor) -> Judgement:
        """Of ids (B, T) or distributions (B, T, V), of which those at the end may not be real."""
        return self.judge(self.observation(tokens, is_real_BT), is_real_BT)

    def judge(self, shown_BTD: Tensor, is_real_BT: Tensor) -> Judgement:
        """Of what `observation` made: gradient penalties are taken in it."""
        length_B = is_real_BT.sum(1)
        said = [network(shown_BTD, length_B) for network in (self.local, self.phrase, self.piece)]
        return Judgement(tuple(one.logits[0] for one in said), tuple(f for one in said for f in one.features))


class WindowNetwork(nn.Module):
    """A logit for each window: a stack of convolutions, all of one kernel and stride."""

    def __init__(self, config: DiscriminatorConfig, in_dim: int, *, kernel: int, stride: int) -> None:
        super().__init__()
        self.stack = WindowStack(config, in_dim, kernel=kernel, stride=stride)
        self.head = _bounded(nn.Linear(config.dim, 1), config)

    def forward(self, x_BTD: Tensor, length_B: Tensor) -> Judgement:
        seen = self.stack(x_BTD, length_B)
        logits_BW = self.head(seen.x_BWD)[..., 0]
        window_BW = torch.arange(logits_BW.shape[1], device=logits_BW.device) % seen.length_B[:, None]
        return Judgement((logits_BW.gather(1, window_BW),), seen.features)

    @property
    def lipschitz_bound(self) -> float:
        """No two inputs move a sequence's logits further apart than so many times their own distance, both Euclidean
        (with spectral norm, and for sequences of one length)."""
        return self.stack.lipschitz_bound


class PieceNetwork(nn.Module):
    """One logit: a stack of windows, the mean of each section, and all sections side by side."""

    def __init__(self, config: DiscriminatorConfig, in_dim: int, *, kernel: int) -> None:
        super().__init__()
        self.num_sections = config.num_sections
        self.stack = WindowStack(config, in_dim, kernel=kernel, stride=kernel)
        self.head = _bounded(nn.Linear(config.num_sections * config.dim, 1), config)

    def forward(self, x_BTD: Tensor, length_B: Tensor) -> Judgement:
        seen = self.stack(x_BTD, length_B)
        return Judgement((self.head(self._sections(seen.x_BWD, seen.length_B).flatten(1)),), seen.features)

    def _sections(self, x_BWD: Tensor, length_B: Tensor) -> Tensor:
        """(B, S, D) the mean of the windows that begin in each of S equal parts; 0 where none does."""
        window_W = torch.arange(x_BWD.shape[1], device=x_BWD.device)
        section_BW = torch.where(
            window_W < length_B[:, None], window_W * self.num_sections // length_B[:, None], self.num_sections
        )
        share_BSW = F.one_hot(section_BW, self.num_sections + 1)[..., :-1].transpose(1, 2).to(x_BWD.dtype)
        return share_BSW @ x_BWD / share_BSW.sum(-1, keepdim=True).clamp(min=1)

    @property
    def lipschitz_bound(self) -> float:
        """As in `WindowNetwork`: means bring no two inputs further apart."""
        return self.stack.lipschitz_bound


class Windows(NamedTuple):
    """What a stack has seen."""

    x_BWD: Tensor
    length_B: Tensor
    """How many of the W windows each sequence has, at least one."""
    features: tuple[Tensor, ...]
    """(B, D) the mean over the windows, of each layer."""


class WindowStack(nn.Module):
    """Convolutions one above the other, without padding: a window sees nothing but real tokens, unless it is the first
    of a sequence that is too short for one."""

    def __init__(self, config: DiscriminatorConfig, in_dim: int, *, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        widths = [in_dim] + [config.dim] * config.layers_per_scale
        self.layers = nn.ModuleList(
            _bounded(nn.Conv1d(before, after, kernel, stride), config) for before, after in pairwise(widths)
        )

    def forward(self, x_BTD: Tensor, length_B: Tensor) -> Windows:
        x_BDW, features = x_BTD.transpose(1, 2), []
        for layer in self.layers:
            x_BDW = F.leaky_relu(layer(F.pad(x_BDW, (0, max(0, self.kernel - x_BDW.shape[2])))), _LEAK)
            length_B = ((length_B - self.kernel) // self.stride + 1).clamp(min=1)
            x_BDW = x_BDW * (torch.arange(x_BDW.shape[2], device=x_BDW.device) < length_B[:, None])[:, None]
            features.append(x_BDW.sum(2) / length_B[:, None])
        return Windows(x_BDW.transpose(1, 2), length_B, tuple(features))

    @property
    def lipschitz_bound(self) -> float:
        """Each input is in at most ceil(kernel / stride) windows, whose matrix has the largest singular value 1."""
        return math.sqrt(math.ceil(self.kernel / self.stride) ** len(self.layers))


def _bounded(layer: nn.Module, config: DiscriminatorConfig) -> nn.Module:
    """The layer, its matrix divided by its largest singular value."""
    return spectral_norm(layer) if config.spectral_norm else layer
