"""`Observation`: what a discriminator is shown of tokens. Who judges it is discriminator.py.

Real tokens come as ids and made ones as distributions over all tokens, one-hot or soft; both take the same way, a
product with the same tables, so that nothing tells them apart but what they say, and gradients reach the distributions.

Shapes: B batch, T time, V vocabulary, K traits, D model.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aurl_core.models.discriminator_params import DiscriminatorConfig
from aurl_core.tokens.traits import VELOCITY, TokenTraits

_NUM_KINDS: Final = 4
_NUM_PITCH_CLASSES: Final = 12
_MIDDLE_PITCH: Final = 60
_BEATS_IN_A_CYCLE: Final = (1.0, 4.0)
_ENOUGH: Final = 1e-3
"""Added to the mass that a mean is taken over, so that it is 0 where there is none."""

_COLUMNS: Final = {
    "kinds": _NUM_KINDS,
    "bar": 1,
    "clock": 2 * len(_BEATS_IN_A_CYCLE) + 2,
    "pitch_classes": _NUM_PITCH_CLASSES,
    "is_note": 1,
    "octaves": 1,
    "is_loud": 1,
    "loudness": 1,
}
"""What is known of each token beforehand, and how many numbers say it."""
_NUM_AROUND: Final = _NUM_KINDS + 1 + _NUM_PITCH_CLASSES + 1
_NUM_MUSICAL: Final = sum(_COLUMNS.values()) + _NUM_AROUND + 1


class Observation(nn.Module):
    """A learnt row for each token, and beside it what can be heard there and around it."""

    traits_VK: Tensor

    def __init__(self, config: DiscriminatorConfig, traits: TokenTraits) -> None:
        super().__init__()
        self.window = config.local_window
        self.has_music = config.musical_features
        self.table = nn.Parameter(torch.randn(traits.vocab_size, config.dim))
        self.register_buffer("traits_VK", _columns(traits))

    @property
    def dim(self) -> int:
        """Numbers shown at each time."""
        return self.table.shape[1] + _NUM_MUSICAL * self.has_music

    def forward(self, tokens: Tensor, is_real_BT: Tensor) -> Tensor:
        """Ids (B, T) or distributions (B, T, V) -> shown_BTD, 0 where nothing is real."""
        shown_BTD = look_up(tokens, self.table)
        if self.has_music:
            traits_BTK = look_up(tokens, self.traits_VK) * is_real_BT[..., None]
            shown_BTD = torch.cat([shown_BTD, musical_features(traits_BTK, is_real_BT, window=self.window)], -1)
        return shown_BTD * is_real_BT[..., None]


def look_up(tokens: Tensor, table_VK: Tensor) -> Tensor:
    """The rows of ids (B, T), or their mean under distributions (B, T, V)."""
    return tokens @ table_VK if tokens.is_floating_point() else table_VK[tokens]


def musical_features(traits_BTK: Tensor, is_real_BT: Tensor, *, window: int) -> Tensor:
    """The traits of each token with what `window` tokens around it say together: (B, T, features).

    Rhythm: kinds, bar lines and the clock of each token, and how thick they come. Harmony: the pitch-class profile
    around. Melody: the expected pitch in octaves from middle C and its motion from the note before, whichever voice had
    it. Dynamics: loudness, and that around.
    """
    part = dict(zip(_COLUMNS, torch.split(traits_BTK, list(_COLUMNS.values()), -1), strict=True))
    real_BT1 = is_real_BT[..., None].to(traits_BTK.dtype)
    around = (
        _mean_around(torch.cat([part["kinds"], part["bar"]], -1), real_BT1, window=window),
        _mean_around(part["pitch_classes"], part["is_note"], window=window),
        _mean_around(part["loudness"], part["is_loud"], window=window),
    )
    return torch.cat([traits_BTK, *around, _motion(part["octaves"], part["is_note"])], -1)


def _mean_around(x_BTK: Tensor, weight_BT1: Tensor, *, window: int) -> Tensor:
    """sum x / sum weight over the tokens around each, as many before as after; near 0 where there is no weight."""
    both_BKT = torch.cat([x_BTK, weight_BT1], -1).transpose(1, 2)
    sums_BTK = F.avg_pool1d(both_BKT, window, stride=1, padding=window // 2)[..., : x_BTK.shape[1]].transpose(1, 2)
    return sums_BTK[..., :-1] / (sums_BTK[..., -1:] + _ENOUGH)


def _motion(octaves_BT1: Tensor, is_note_BT1: Tensor) -> Tensor:
    """Octaves from the note before to each note; 0 where there is none. What counts as a note is no matter of degree:
    gradients reach the two pitches."""
    time_T1 = torch.arange(octaves_BT1.shape[1], device=octaves_BT1.device)[:, None]
    last_BT1 = torch.where(is_note_BT1 > 0.5, time_T1, -1).cummax(1).values
    before_BT1 = F.pad(last_BT1, (0, 0, 1, 0), value=-1)[:, :-1]
    moved_BT1 = octaves_BT1 - octaves_BT1.gather(1, before_BT1.clamp(min=0))
    return moved_BT1 * (before_BT1 >= 0) * (is_note_BT1 > 0.5)


def _columns(traits: TokenTraits) -> Tensor:
    """(V, K) the columns that `_COLUMNS` lists; each is 0 for tokens that do not say it."""
    is_note_V, has_moment_V = traits.pitch_V >= 0, traits.position_beats_V >= 0
    is_loud_V = traits.kind_V == VELOCITY
    angles = [2 * math.pi * traits.position_beats_V / cycle for cycle in _BEATS_IN_A_CYCLE]
    waves = [wave(angle) * has_moment_V for angle in angles for wave in (np.cos, np.sin)]
    columns = [
        *(traits.kind_V == kind for kind in range(_NUM_KINDS)),
        traits.is_bar_V,
        *waves,
        traits.position_beats_V * has_moment_V,
        traits.shift_beats_V,
        *(
            is_note_V & (traits.pitch_V % _NUM_PITCH_CLASSES == pitch_class)
            for pitch_class in range(_NUM_PITCH_CLASSES)
        ),
        is_note_V,
        is_note_V * (traits.pitch_V - _MIDDLE_PITCH) / _NUM_PITCH_CLASSES,
        is_loud_V,
        is_loud_V * np.cumsum(is_loud_V) / max(1, is_loud_V.sum()),
    ]
    return torch.from_numpy(np.stack(columns, axis=-1).astype(np.float32))
