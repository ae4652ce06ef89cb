"""`train.optimizer`: how gradients become steps. Which weights are stepped by what is said in optimizers.py.

An optimizer of each kind has settings of its own beside those that all share. All decay weights apart from the
gradient: per step by `weight_decay` times the learning rate.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from aurl_core.section import Section
from aurl_core.training.optimization.clipping_params import ClipParams, NormClip
from aurl_core.training.optimization.schedule_params import ScheduleParams, TrapezoidSchedule

Beta = Annotated[float, Field(ge=0, lt=1)]
"""How much of a running mean each step keeps."""
Betas = tuple[Beta, Beta]
ThreeBetas = tuple[Beta, Beta, Beta]


class GroupParams(Section):
    """How some weights differ from the matrices inside the blocks."""

    learning_rate_factor: float = Field(default=1.0, ge=0)
    """Their learning rate, as a multiple of the others'; at 0 they stay as they are."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Their decay, per unit of learning rate; 0 is off."""


class SharedParams(Section):
    """What all optimizers are told."""

    learning_rate: float = Field(gt=0)
    """Peak learning rate."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Decay of the matrices inside the blocks, per unit of learning rate; 0 is off."""
    embeddings: GroupParams = GroupParams()
    """Tables of vectors: that of the tokens, which also scores them, and those of places and intervals."""
    vectors: GroupParams = GroupParams()
    """Norms, biases and whatever else is no matrix."""
    clip: ClipParams = NormClip()
    """What is done about large gradients."""
    schedule: ScheduleParams = TrapezoidSchedule()
    """How the learning rate moves."""


class MuonParams(SharedParams):
    """Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/) for the matrices inside the blocks, AdamW
    for the rest. Muon's updates are scaled to the size of AdamW's, so that one learning rate serves both."""

    kind: Literal["muon"] = "muon"
    """The optimizer."""
    momentum: Beta = 0.95
    """Of Muon's running mean of gradients."""
    betas: Betas = (0.9, 0.95)
    """Of AdamW's running means of gradients and of their squares."""
    eps: float = Field(default=1e-8, gt=0)
    """Added to AdamW's divisors."""


class AdamWParams(SharedParams):
    """AdamW (Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101)."""

    kind: Literal["adamw"]
    """The optimizer."""
    betas: Betas = (0.9, 0.95)
    """Of the running means of gradients and of their squares."""
    eps: float = Field(default=1e-8, gt=0)
    """Added to divisors."""


class LionParams(SharedParams):
    """Lion (Chen et al. 2023, https://arxiv.org/abs/2302.06675): only the sign of a momentum. It wants a third to a
    tenth of AdamW's learning rate and as many times its decay."""

    kind: Literal["lion"]
    """The optimizer."""
    betas: Betas = (0.9, 0.99)
    """Of the momentum as it steps, and as it is remembered."""


class AdanParams(SharedParams):
    """Adan (Xie et al. 2022, https://arxiv.org/abs/2208.06677): Nesterov momentum on differences of gradients."""

    kind: Literal["adan"]
    """The optimizer."""
    betas: ThreeBetas = (0.98, 0.92, 0.99)
    """Of the running means of gradients, of their differences and of the squares."""
    eps: float = Field(default=1e-8, gt=0)
    """Added to divisors."""


class LambParams(SharedParams):
    """LAMB (You et al. 2020, https://arxiv.org/abs/1904.00962): each matrix steps in proportion to its norm, for very
    large batches."""

    kind: Literal["lamb"]
    """The optimizer."""
    betas: Betas = (0.9, 0.999)
    """Of the running means of gradients and of their squares."""
    eps: float = Field(default=1e-6, gt=0)
    """Added to divisors."""


class AdafactorParams(SharedParams):
    """Adafactor (Shazeer and Stern 2018, https://arxiv.org/abs/1804.04235), at a given rate: of the squares of a matrix
    it remembers the means of rows and columns alone, and no momentum."""

    kind: Literal["adafactor"]
    """The optimizer."""
    decay_rate: float = Field(default=-0.8, lt=0)
    """Exponent of the step in how fast squares are forgotten."""


class CAMEParams(SharedParams):
    """CAME (Luo et al. 2023, https://arxiv.org/abs/2307.02047): Adafactor's memory, with momentum and a measure of how
    far it can be trusted."""

    kind: Literal["came"]
    """The optimizer."""
    betas: ThreeBetas = (0.9, 0.999, 0.9999)
    """Of the running means of updates, of squares and of distrust."""


class AdEMAMixParams(SharedParams):
    """AdEMAMix (Pagliardini et al. 2024, https://arxiv.org/abs/2409.03137): AdamW with a second, slow momentum."""

    kind: Literal["ademamix"]
    """The optimizer."""
    betas: ThreeBetas = (0.9, 0.999, 0.9999)
    """Of the fast momentum, of the squares and of the slow momentum."""
    alpha: float = Field(default=5.0, ge=0)
    """How much the slow momentum weighs beside the fast one."""
    eps: float = Field(default=1e-8, gt=0)
    """Added to divisors."""


class AdoptParams(SharedParams):
    """ADOPT (Taniguchi et al. 2024, https://arxiv.org/abs/2411.02853): Adam that converges with any second beta."""

    kind: Literal["adopt"]
    """The optimizer."""
    betas: Betas = (0.9, 0.9999)
    """Of the running means of gradients and of their squares."""
    eps: float = Field(default=1e-6, gt=0)
    """The least divisor."""


class SOAPParams(SharedParams):
    """SOAP (Vyas et al. 2024, https://arxiv.org/abs/2409.11321): Adam in the directions that Shampoo finds."""

    kind: Literal["soap"]
    """The optimizer."""
    betas: Betas = (0.95, 0.95)
    """Of the running means of gradients and of their squares."""
    turn_every: int = Field(default=10, ge=1)
    """Steps after which the directions are found anew."""
    eps: float = Field(default=1e-8, gt=0)
    """Added to divisors."""


class ProdigyParams(SharedParams):
    """Prodigy (Mishchenko and Defazio 2023, https://arxiv.org/abs/2306.06101): Adam that finds its rate by itself; its
    `learning_rate` multiplies that, and 1 is usual."""

    kind: Literal["prodigy"]
    """The optimizer."""
    betas: Betas = (0.9, 0.99)
    """Of the running means of gradients and of their squares."""
    first_guess: float = Field(default=1e-5, gt=0)
    """The rate from which it starts to look."""
    eps: float = Field(default=1e-8, gt=0)
    """Added to divisors."""


class ScheduleFreeParams(SharedParams):
    """Schedule-free AdamW (Defazio et al. 2024, https://arxiv.org/abs/2405.15682): gradients are taken between the fast
    weights and their mean, and the mean is what is measured and kept."""

    kind: Literal["schedule_free"]
    """The optimizer."""
    betas: tuple[Annotated[float, Field(gt=0, lt=1)], Beta] = (0.9, 0.999)
    """How near to the mean gradients are taken, and of the running mean of their squares."""
    eps: float = Field(default=1e-8, gt=0)
    """Added to divisors."""
    schedule: ScheduleParams
    """`constant`, which is what it is for."""

    @model_validator(mode="before")
    @classmethod
    def _constant_unless_told(cls, settings: object) -> object:
        return {"schedule": {"kind": "constant"}} | settings if isinstance(settings, dict) else settings

    @model_validator(mode="after")
    def _needs_no_schedule(self) -> Self:
        if self.schedule.kind != "constant":
            raise ValueError(
                f"train.optimizer.schedule.kind {self.schedule.kind!r} moves a rate that kind schedule_free wants "
                "level; take constant, or leave the schedule out"
            )
        return self


OptimizerParams = Annotated[
    MuonParams
    | AdamWParams
    | LionParams
    | AdanParams
    | LambParams
    | AdafactorParams
    | CAMEParams
    | AdEMAMixParams
    | AdoptParams
    | SOAPParams
    | ProdigyParams
    | ScheduleFreeParams,
    Field(discriminator="kind"),
]
"""How gradients become steps, told apart by `kind`."""
