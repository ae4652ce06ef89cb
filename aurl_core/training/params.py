"""The `train` section: how a model is trained. Which model it is stands in the `model` section."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from aurl_core.losses.params import LossParams
from aurl_core.section import Section
from aurl_core.training.adversarial_params import AdversarialParams
from aurl_core.training.checkpoints.params import CheckpointParams
from aurl_core.training.distributed.params import StrategyParams
from aurl_core.training.health.params import HealthParams, StoppingParams
from aurl_core.training.loading.params import ALL_AT_ONCE, IN_ORDER, BatchingConfig, CurriculumParams, SequenceParams
from aurl_core.training.optimization.averaging_params import AveragingParams, NoAveraging
from aurl_core.training.optimization.loss_scale_params import LossScaleParams
from aurl_core.training.optimization.params import OptimizerParams
from aurl_core.training.protocol.params import ProtocolParams
from aurl_core.training.variational_params import VariationalParams


class TrainParams(Section):
    """Budget, batches and precision of a training run."""

    budget_tokens: int = Field(ge=1)
    """How many tokens the model learns to predict, repetitions counted; gradient steps follow from it."""
    batch_size: int = Field(ge=1)
    """Windows of `model.context_length` tokens in a gradient step."""
    validate_every_tokens: int = Field(ge=1)
    """After so many tokens the model is measured and sampled; rounded so that it divides the budget."""
    checkpoints: CheckpointParams = CheckpointParams()
    optimizer: OptimizerParams
    averaging: AveragingParams = NoAveraging()
    """Which weights are measured and kept: those that learn, or a mean of them."""
    losses: LossParams = LossParams(weights={"plain_cross_entropy": 1.0})
    variational: VariationalParams = VariationalParams()
    """Of `model.mode` vae and vae_gan alone."""
    adversarial: AdversarialParams = AdversarialParams()
    """Of `model.mode` vae_gan alone."""
    sequences: SequenceParams = SequenceParams()
    """How pieces become windows; a VAE learns from segments of whole bars instead."""
    batching: BatchingConfig = IN_ORDER
    """Which windows make a batch."""
    curriculum: CurriculumParams = ALL_AT_ONCE
    protocol: ProtocolParams = ProtocolParams()
    """What is begun from, which weights move, who teaches, in which stages."""
    health: HealthParams = HealthParams()
    """What is done when a training goes wrong."""
    strategy: StrategyParams = StrategyParams()
    """In how many processes."""
    stopping: StoppingParams = StoppingParams()
    """When to stop before the budget is spent."""
    accumulate: int = Field(default=1, ge=1)
    """Parts in which a batch is learnt from, one after the other, for less memory and the same gradient; 1 is all at
    once."""
    precision: Literal["auto", "bf16", "fp16", "fp32"]
    """Arithmetic inside the network while training; weights, sums and the final figures are fp32 in any case. auto is
    bf16 where the device computes in it, else fp32; fp16 scales the loss."""
    loss_scale: LossScaleParams = LossScaleParams()
    """Of precision fp16 alone."""
    accelerator: Literal["auto", "cpu", "cuda", "mps"]
    """Where to train; auto takes CUDA or MPS if there is one."""
    num_threads: int = Field(ge=0)
    """CPU threads; part of what makes a result reproducible. 0 is one a core."""
    landscape_points: int = Field(default=0, ge=0)
    """At the end, the loss is surveyed at this number of places, squared, on a plane through the weights; 0 is off."""
    num_samples: int = Field(default=0, ge=0)
    """Pieces sampled at each validation, for the ear and for `sample_quality`; 0 is off."""

    @model_validator(mode="after")
    def _one_mean(self) -> Self:
        if self.optimizer.kind == "schedule_free" and self.averaging.kind != "none":
            raise ValueError(
                f"train.averaging.kind {self.averaging.kind!r} averages weights, of which train.optimizer.kind "
                "schedule_free forms a mean of its own; take averaging none or another optimizer"
            )
        return self

    @model_validator(mode="after")
    def _rules_have_samples(self) -> Self:
        if self.stopping.samples_looked_at and not self.num_samples:
            raise ValueError(
                f"train.stopping.rules look at {', '.join(self.stopping.samples_looked_at)}, but nothing is sampled "
                "(train.num_samples is 0); put the number of pieces to sample at each validation there"
            )
        if self.checkpoints.score.quality and not self.num_samples:
            raise ValueError(
                f"train.checkpoints.score.quality {self.checkpoints.score.quality} weighs samples, but nothing is "
                "sampled (train.num_samples is 0); put the number of pieces to sample each time there, or quality 0"
            )
        return self
