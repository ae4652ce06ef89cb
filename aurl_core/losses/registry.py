"""Which function each name stands for, and what is computed in a step. Adding a component is a function and two lines:
its name in params.py, and here.

A function takes the output of its family, and by keyword the settings it needs, named as in `LossParams`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Final, get_args

import torch
from torch import Tensor

from aurl_core.losses import adversarial, divergence, musical, perceptual, reconstruction
from aurl_core.losses.outputs import Outputs
from aurl_core.losses.params import FAMILY_OF, Family, LossParams

Loss = Callable[..., Tensor]

_FUNCTIONS: Final[tuple[Loss, ...]] = (
    reconstruction.plain_cross_entropy,
    reconstruction.token_cross_entropy,
    reconstruction.smoothed_cross_entropy,
    reconstruction.focal,
    reconstruction.repetition_unlikelihood,
    reconstruction.logit_normalizer,
    reconstruction.confidence_penalty,
    reconstruction.note_cross_entropy,
    reconstruction.time_cross_entropy,
    reconstruction.velocity_cross_entropy,
    reconstruction.phrase_end_cross_entropy,
    reconstruction.distillation,
    reconstruction.pitch_histogram,
    reconstruction.pitch_class_histogram,
    reconstruction.pitch_distance,
    reconstruction.pitch_earth_mover,
    reconstruction.time_earth_mover,
    reconstruction.velocity_earth_mover,
    musical.voice_leading,
    musical.pitch_range,
    musical.harmony_consistency,
    musical.pitch_class_entropy,
    musical.tonal_tension,
    musical.dissonance,
    musical.grammar_mass,
    musical.note_density,
    musical.rhythm_regularity,
    musical.syncopation,
    musical.velocity_smoothness,
    divergence.kl,
    divergence.kl_piece,
    divergence.kl_phrase,
    divergence.kl_bar,
    divergence.kl_free_bits,
    divergence.kl_capacity,
    divergence.kl_prior,
    divergence.kernel_discrepancy,
    divergence.aggregate_moments,
    divergence.orthogonality,
    divergence.total_correlation,
    divergence.information_shortfall,
    perceptual.feature_distance,
    perceptual.feature_cosine,
    perceptual.feature_gram,
    adversarial.hinge_critic,
    adversarial.hinge_generator,
    adversarial.non_saturating_critic,
    adversarial.non_saturating_generator,
    adversarial.least_squares_critic,
    adversarial.least_squares_generator,
    adversarial.wasserstein_critic,
    adversarial.wasserstein_generator,
    adversarial.relativistic_critic,
    adversarial.relativistic_generator,
    adversarial.feature_matching,
    adversarial.gradient_penalty_real,
    adversarial.gradient_penalty_fake,
    adversarial.gradient_penalty_between,
)
COMPONENTS: Final[Mapping[str, Loss]] = {loss.__name__: loss for loss in _FUNCTIONS}
"""Every component by its name, which is its function's."""


def measure(outputs: Outputs, params: LossParams) -> dict[str, Tensor]:
    """The components that are on and whose family the step made, unweighted, by name: one number each, fp32 at least.

    All are means over targets or places, so that they do not depend on the size of the batch.
    """
    made = {family: output for family in get_args(Family) if (output := getattr(outputs, family)) is not None}
    with torch.autocast("cpu", enabled=False), torch.autocast("cuda", enabled=False):
        return {name: _value(name, made[FAMILY_OF[name]], params) for name in params.names_on(tuple(made))}


def _value(name: str, output: object, params: LossParams) -> Tensor:
    loss = COMPONENTS[name]
    return loss(output, **{setting: getattr(params, setting) for setting in settings_of(loss)})


def settings_of(loss: Loss) -> list[str]:
    """The settings a component needs: the names of its keyword arguments."""
    return [name for name, one in inspect.signature(loss).parameters.items() if one.kind is one.KEYWORD_ONLY]
