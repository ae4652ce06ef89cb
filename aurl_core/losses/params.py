"""The `losses` section: which components are on, and how much each weighs. Their formulas live in the other modules.

The names stand here, so that a wrong one is an error at load, without torch; `registry.py` knows their functions.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal, Self, TypeAlias, get_args

from pydantic import Field, model_validator

from aurl_core.section import Section

Family: TypeAlias = Literal["tokens", "latents", "features", "generator", "critic"]
"""What a component is computed from, by the field of `outputs.Outputs`; `critic` alone teaches the discriminator."""

NAMES: Final[dict[Family, tuple[str, ...]]] = {
    "tokens": (
        "token_cross_entropy",
        "plain_cross_entropy",
        "smoothed_cross_entropy",
        "focal",
        "repetition_unlikelihood",
        "logit_normalizer",
        "confidence_penalty",
        "note_cross_entropy",
        "time_cross_entropy",
        "velocity_cross_entropy",
        "phrase_end_cross_entropy",
        "distillation",
        "pitch_histogram",
        "pitch_class_histogram",
        "pitch_distance",
        "pitch_earth_mover",
        "time_earth_mover",
        "velocity_earth_mover",
        "harmony_consistency",
        "voice_leading",
        "pitch_range",
        "pitch_class_entropy",
        "dissonance",
        "tonal_tension",
        "grammar_mass",
        "note_density",
        "rhythm_regularity",
        "syncopation",
        "velocity_smoothness",
    ),
    "latents": (
        "kl",
        "kl_piece",
        "kl_phrase",
        "kl_bar",
        "kl_free_bits",
        "kl_capacity",
        "kl_prior",
        "kernel_discrepancy",
        "aggregate_moments",
        "orthogonality",
        "total_correlation",
        "information_shortfall",
    ),
    "features": ("feature_distance", "feature_cosine", "feature_gram"),
    "generator": (
        "hinge_generator",
        "non_saturating_generator",
        "least_squares_generator",
        "wasserstein_generator",
        "relativistic_generator",
        "feature_matching",
    ),
    "critic": (
        "hinge_critic",
        "non_saturating_critic",
        "least_squares_critic",
        "wasserstein_critic",
        "relativistic_critic",
        "gradient_penalty_real",
        "gradient_penalty_fake",
        "gradient_penalty_between",
    ),
}
"""Every component, by what it is computed from."""

FAMILY_OF: Final[dict[str, Family]] = {name: family for family, names in NAMES.items() for name in names}


class TokenWeights(Section):
    """How much a target counts in `token_cross_entropy`, by its kind; only ratios matter."""

    note: float = Field(default=3.0, gt=0)
    """What begins or ends a note."""
    time: float = Field(default=2.0, gt=0)
    """What says when, or how long."""
    velocity: float = Field(default=1.5, gt=0)
    """What says how loud."""
    other: float = Field(default=1.0, gt=0)
    """All else."""


class PlayersParams(Section):
    """Who of generator and discriminator learns: a band in which the discriminator's accuracy is kept."""

    lowest_accuracy: float = Field(default=0.55, ge=0, lt=1)
    """Below this the discriminator guesses: the generator waits. A share of logits on the right side."""
    highest_accuracy: float = Field(default=0.85, gt=0, le=1)
    """Above this the discriminator is too sure: it waits."""
    memory: float = Field(default=0.9, ge=0, lt=1)
    """How much of the running accuracy a step keeps."""

    @model_validator(mode="after")
    def _band_is_open(self) -> Self:
        if self.lowest_accuracy >= self.highest_accuracy:
            raise ValueError(
                f"losses.players.lowest_accuracy {self.lowest_accuracy} must be below highest_accuracy "
                f"{self.highest_accuracy}: inside the band both learn"
            )
        return self


class LossParams(Section):
    """What is minimised: the weighted sum of the components that are on."""

    weights: dict[str, float] = Field(default_factory=lambda: {"token_cross_entropy": 1.0})
    """Weight of each component that is on, above 0. With `plain_cross_entropy: 1` and `kl: 1` their sum is the negative
    evidence lower bound in nats a token."""
    balance: Literal["fixed", "uncertainty", "equal"] = "fixed"
    """`fixed`: the weights as they stand; `uncertainty`: times a precision learnt for each component; `equal`: divided
    by the component's running magnitude, so that the weights are the shares."""
    players: PlayersParams = PlayersParams()
    token_weights: TokenWeights = TokenWeights()
    label_smoothing: float = Field(default=0.1, gt=0, lt=1)
    """`smoothed_cross_entropy`: the share of the target that is spread over all tokens."""
    focal_gamma: float = Field(default=2.0, ge=0)
    """`focal`: how fast a target counts less the surer the network is of it; 0 is the plain cross-entropy."""
    repetition_window: int = Field(default=16, ge=1)
    """`repetition_unlikelihood`: how many tokens back a token counts as repeated."""
    distillation_temperature: float = Field(default=2.0, gt=0)
    """`distillation`: logits of teacher and student are divided by it; above 1 what the teacher finds unlikely counts
    more."""
    harmony_window: int = Field(default=16, ge=1)
    """`harmony_consistency` and `tonal_tension`: notes whose pitch classes are taken together."""
    leap_semitones: float = Field(default=2.0, ge=0)
    """`voice_leading`: leaps up to this size cost nothing, semitones."""
    nearby_notes: int = Field(default=4, ge=1)
    """`voice_leading`: the leap is from the nearest of so many notes before, which may be other voices'."""
    lowest_pitch: int = Field(default=36, ge=0, le=127)
    """`pitch_range`: MIDI pitch below which a note costs."""
    highest_pitch: int = Field(default=84, ge=0, le=127)
    """`pitch_range`: MIDI pitch above which a note costs."""
    beat_divisions: int = Field(default=4, ge=1)
    """`rhythm_regularity`: onsets at multiples of this fraction of a quarter note cost nothing."""
    free_bits: float = Field(default=0.1, ge=0)
    """`kl_free_bits`: nats a dimension of each place may carry for nothing, on the average of the batch."""
    capacity_nats: float = Field(default=20.0, ge=0)
    """`kl_capacity`: nats of a sequence that its latents shall carry together."""
    information_share: float = Field(default=0.9, gt=0, le=1)
    """`information_shortfall`: of the information by which a batch's latents can tell its places apart, this share."""

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        unknown = sorted(set(self.weights) - set(FAMILY_OF))
        if unknown:
            raise ValueError(
                f"losses.weights {', '.join(unknown)}: no such component; there are {', '.join(FAMILY_OF)}"
            )
        if not self.weights:
            raise ValueError(f"losses.weights is empty: at least one component must be on, of {', '.join(FAMILY_OF)}")
        if any(not 0 < weight < float("inf") for weight in self.weights.values()):
            raise ValueError(f"losses.weights {self.weights}: each must be a number above 0; leave out what is off")
        return self

    @model_validator(mode="after")
    def _range_ascends(self) -> Self:
        if self.lowest_pitch >= self.highest_pitch:
            raise ValueError(
                f"losses.lowest_pitch {self.lowest_pitch} must be below highest_pitch {self.highest_pitch}"
            )
        return self

    def names_on(self, families: Collection[Family] = get_args(Family)) -> tuple[str, ...]:
        """The components that are on and computed from one of these families, in the order of `NAMES`.

        >>> LossParams(weights={"kl": 1, "focal": 0.5}).names_on()
        ('focal', 'kl')
        """
        return tuple(name for name, family in FAMILY_OF.items() if name in self.weights and family in families)

    def check_families(self, made: Collection[Family], *, mode: str) -> None:
        """Raise ValueError if a component is on for which a network of `model.mode` does not make the input.

        >>> LossParams(weights={"kl": 1}).check_families(["tokens"], mode="transformer")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: losses.weights kl: needs latents, which model.mode transformer does not make; ...
        """
        lacking = [name for name in self.names_on() if FAMILY_OF[name] not in made]
        if lacking:
            needed = " and ".join(dict.fromkeys(FAMILY_OF[name] for name in lacking))
            raise ValueError(
                f"losses.weights {', '.join(lacking)}: needs {needed}, which model.mode {mode} does not make; "
                f"it has {', '.join(name for family in made for name in NAMES[family])}"
            )
