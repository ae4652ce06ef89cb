"""What a network hands to the losses: one frozen value a family, of tensors. The formulas live in the other modules.

Shapes: B batch, T time, V vocabulary, L places of a level (1 piece, its phrases, its bars), Z latent, D features;
N, M and C: see each. What several components need is computed once, in fp32 at least.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple, Self, TypeAlias

import numpy as np
import torch
from torch import Tensor

from aurl_core.losses.choice import Choice, choose
from aurl_core.tokens.traits import VELOCITY, TokenTraits

IGNORED: Final = -100
"""Stands in targets where nothing is to be predicted, as in torch's own losses."""

Level: TypeAlias = Literal["piece", "phrase", "bar"]


def wide(tensor: Tensor) -> Tensor:
    """The tensor in fp32 if it was in half precision; as it is otherwise."""
    return tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor


class TokenTable(NamedTuple):
    """What the losses know of each token, V of each: made once of a vocabulary, on the network's device."""

    kind_V: Tensor
    """`OTHER`, `NOTE`, `TIME` or `VELOCITY` of tokens/traits.py."""
    pitch_V: Tensor
    """MIDI pitch of the note that the token begins; -1: none."""
    beats_V: Tensor
    """The moment to which the token sets the clock, in quarter notes from the last bar line, or from the clock as it
    stands where time `is_relative`; -1: none."""
    loudness_V: Tensor
    """Velocity from 0 to 1; -1: none."""
    is_relative: bool
    """Do the tokens say how far the clock goes on, rather than which moment of the bar comes?"""

    @classmethod
    def of(cls, traits: TokenTraits, *, device: torch.device | str = "cpu") -> Self:
        """The table of a vocabulary's traits; velocities are evenly spaced in the order of their ids."""
        is_velocity_V = traits.kind_V == VELOCITY
        steps_V = np.cumsum(is_velocity_V) - 1
        loudness_V = np.where(is_velocity_V, steps_V / max(1, is_velocity_V.sum() - 1), -1)
        is_relative = not (traits.position_beats_V >= 0).any()
        shift_V = np.where(traits.shift_beats_V > 0, traits.shift_beats_V, -1)
        beats_V = shift_V if is_relative else traits.position_beats_V
        return cls(
            torch.as_tensor(traits.kind_V.astype(np.int64), device=device),
            torch.as_tensor(traits.pitch_V.astype(np.int64), device=device),
            torch.as_tensor(beats_V, dtype=torch.float32, device=device),
            torch.as_tensor(loudness_V, dtype=torch.float32, device=device),
            is_relative,
        )


@dataclass(frozen=True, eq=False)
class TokenOutput:
    """What a decoder said of each next token, and what came."""

    logits_BTV: Tensor
    targets_BT: Tensor
    """Ids, `IGNORED` where nothing is to be predicted."""
    table: TokenTable
    legal_BTV: Tensor | None = None
    """bool: what the grammar allows at each place; `grammar_mass` alone needs it."""
    taught_BTV: Tensor | None = None
    """A teacher's logits of the same tokens; `distillation` alone needs them."""
    is_phrase_end_BT: Tensor | None = None
    """bool: which targets are in the last beats of a phrase; `phrase_end_cross_entropy` alone needs it."""

    @cached_property
    def is_scored_BT(self) -> Tensor:
        """bool: where something is to be predicted."""
        return self.targets_BT != IGNORED

    @cached_property
    def known_BT(self) -> Tensor:
        """The targets, 0 where they are ignored, so that they can be looked up."""
        return self.targets_BT.clamp(min=0)

    @cached_property
    def log_probabilities_BTV(self) -> Tensor:
        """Of each token at each place, nats."""
        return wide(self.logits_BTV).log_softmax(-1)

    @cached_property
    def probabilities_BTV(self) -> Tensor:
        """Of each token at each place."""
        return self.log_probabilities_BTV.exp()

    @cached_property
    def nats_BT(self) -> Tensor:
        """The surprise at each target, 0 where it is ignored."""
        found_BT = self.log_probabilities_BTV.gather(-1, self.known_BT[..., None])[..., 0]
        return -found_BT * self.is_scored_BT

    @cached_property
    def pitches(self) -> Choice:
        """The choice among pitches where a note begins; values are MIDI pitches."""
        return choose(self.logits_BTV, self.known_BT, self.is_scored_BT, self.table.pitch_V)

    @cached_property
    def loudnesses(self) -> Choice:
        """The choice among velocities where one is said; values go from 0 to 1."""
        return choose(self.logits_BTV, self.known_BT, self.is_scored_BT, self.table.loudness_V)

    @cached_property
    def moments(self) -> Choice:
        """The choice among moments where the clock is set; values are quarter notes, as in `TokenTable.beats_V`."""
        return choose(self.logits_BTV, self.known_BT, self.is_scored_BT, self.table.beats_V)

    @cached_property
    def moment_BT(self) -> Tensor:
        """How often the clock has been set up to each place: equal numbers are one moment."""
        return self._beats_BT.ge(0).cumsum(1)

    @cached_property
    def clock_BT(self) -> Tensor:
        """Quarter notes from which the moments at each place are counted: 0 where they are counted from bar lines."""
        shift_BT = self._beats_BT.clamp(min=0) * self.table.is_relative
        return shift_BT.cumsum(1) - shift_BT

    @cached_property
    def onset_NC(self) -> Tensor:
        """The moments that may come at each place where the clock is set, in quarter notes."""
        moments = self.moments
        return self.clock_BT[moments.sequence_N, moments.time_N, None] + moments.value_C

    @cached_property
    def onset_N(self) -> Tensor:
        """The moments that came, in quarter notes."""
        moments = self.moments
        return self.clock_BT[moments.sequence_N, moments.time_N] + moments.target_N

    @cached_property
    def _beats_BT(self) -> Tensor:
        beats_V = self.table.beats_V.to(self.log_probabilities_BTV.dtype)
        return beats_V[self.known_BT].where(self.is_scored_BT, -1)


@dataclass(frozen=True, eq=False)
class Posterior:
    """What an encoder said of the latents of one level, and which were drawn."""

    mean_BLZ: Tensor
    log_variance_BLZ: Tensor
    latent_BLZ: Tensor
    is_real_BL: Tensor
    """bool: False where a shorter sequence has no such phrase or bar."""
    prior_nats_BL: Tensor | None = None
    """-log p of the drawn latent under the prior, of any kind; `kl_prior` alone needs it."""

    @cached_property
    def kl_BLZ(self) -> Tensor:
        """KL(q || N(0, 1)) of each dimension, nats; 0 where the place is not real."""
        mean_BLZ, log_variance_BLZ = wide(self.mean_BLZ), wide(self.log_variance_BLZ)
        kl_BLZ = 0.5 * (mean_BLZ.square() + log_variance_BLZ.exp() - 1 - log_variance_BLZ)
        return kl_BLZ * self.is_real_BL[..., None]

    def rows(self) -> tuple[Tensor, Tensor, Tensor]:
        """Means, log-variances and latents of the N real places: (N, Z) each."""
        found = self.mean_BLZ, self.log_variance_BLZ, self.latent_BLZ
        mean_NZ, log_variance_NZ, latent_NZ = (wide(tensor)[self.is_real_BL] for tensor in found)
        return mean_NZ, log_variance_NZ, latent_NZ


@dataclass(frozen=True, eq=False)
class LatentOutput:
    """The latents of a batch of sequences, by level."""

    levels: Mapping[Level, Posterior]
    num_targets: Tensor
    """() how many targets the batch's decoder predicts: divergences are told in nats a target, as reconstruction is."""

    def per_target(self, nats: Tensor) -> Tensor:
        """A sum of nats over the batch, a target."""
        return nats / self.num_targets.clamp(min=1)


@dataclass(frozen=True, eq=False)
class FeatureOutput:
    """A frozen encoder's features of what was decoded and of what should have been, a tensor a layer."""

    decoded: tuple[Tensor, ...]
    """(B, T, D) each, with gradients."""
    targets: tuple[Tensor, ...]
    """(B, T, D) each, without."""
    is_real: tuple[Tensor, ...]
    """(B, T) bool each: False at padding."""


@dataclass(frozen=True, eq=False)
class CriticOutput:
    """What a discriminator said of real and made music, a tensor of logits a scale: above 0 is real.

    The generator's step needs gradients through what is fake, the critic's step none through its input but for the
    gradient penalties, for which the inputs must require gradients and the logits must come of them.
    """

    real_logits: tuple[Tensor, ...]
    fake_logits: tuple[Tensor, ...]
    real_features: tuple[Tensor, ...] = ()
    """Of each layer, any shape; `feature_matching` alone needs them."""
    fake_features: tuple[Tensor, ...] = ()
    real_inputs_BTD: Tensor | None = None
    """What the real logits were computed of; `gradient_penalty_real` alone needs it."""
    fake_inputs_BTD: Tensor | None = None
    """What the fake logits were computed of; `gradient_penalty_fake` alone needs it."""
    mixed_inputs_BTD: Tensor | None = None
    """Between real and fake: see `adversarial.mixed`; `gradient_penalty_between` alone needs them."""
    mixed_logits: tuple[Tensor, ...] = ()


class Outputs(NamedTuple):
    """What a step made; components of families that are absent are not computed in it."""

    tokens: TokenOutput | None = None
    latents: LatentOutput | None = None
    features: FeatureOutput | None = None
    generator: CriticOutput | None = None
    critic: CriticOutput | None = None
