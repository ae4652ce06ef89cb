"""Learning to encode and to predict: a VAE's losses, with the weight of its latents' divergence moved by a schedule.

What all ways of training share lives in learner.py.
"""

from __future__ import annotations

from statistics import fmean

import torch
from torch import Tensor

from aurl_core.losses.divergence import kl, kl_prior
from aurl_core.losses.outputs import LatentOutput, Outputs, TokenOutput
from aurl_core.losses.outputs import Posterior as LevelOutput
from aurl_core.models.latent import Latents, Posteriors
from aurl_core.models.latent_params import LatentConfig
from aurl_core.models.likelihood import IGNORED, Batch
from aurl_core.models.vae import VAE
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.agreement import WEIGHED_BY_BETA
from aurl_core.training.beta import Beta
from aurl_core.training.learner import Learner
from aurl_core.training.objective import Objective
from aurl_core.training.optimization.accumulation import Tally
from aurl_core.training.params import TrainParams
from aurl_core.training.schedules import Schedule


class VariationalLearner(Learner):
    """For an autoencoder of segments.

    Its `validation_nats` and `test_nats` are the negative evidence lower bound of the split, by one sample of the
    latents a segment: reconstruction and divergence, an upper bound on the nats of the segments, each alone.
    """

    def __init__(self, model: VAE, params: TrainParams, schedule: Schedule, *, traits: TokenTraits, seed: int) -> None:
        super().__init__(model, params, schedule, traits=traits, seed=seed)
        self.vae = model
        self.objective = Objective(params.losses, ["tokens", "latents"])
        self._carried = list[float]()
        self.beta = Beta(params.variational.beta, num_steps=schedule.num_steps)

    def loss(self, batch: Batch, step: int) -> tuple[Tensor, TokenOutput]:
        outputs = self.autoencode(batch)
        assert outputs.tokens is not None
        return self.bound(outputs, step), outputs.tokens

    def learn(self, batch: Batch, step: int) -> Tally:
        self._carried.clear()
        predicted = super().learn(batch, step)
        self.beta.hear(fmean(self._carried))
        return predicted

    def bound(self, outputs: Outputs, step: int) -> Tensor:
        """() what an autoencoder minimises at a step; what its latents carry is remembered until the step's end."""
        assert outputs.latents is not None
        loss: Tensor = self.objective(outputs, step=step, factors=dict.fromkeys(WEIGHED_BY_BETA, self.beta(step)))
        self._carried.append(segment_nats(outputs.latents))
        return loss

    def autoencode(self, batch: Batch) -> Outputs:
        """Encode segments, draw their latents and predict their tokens given those."""
        posteriors = self.vae.encode(batch.token_ids_BT)
        latents = {level: posterior.draw() for level, posterior in posteriors.items()}
        logits_BTV = self.vae.decode(batch.token_ids_BT, latents)
        num_targets = (batch.targets_BT != IGNORED).sum()
        return Outputs(
            tokens=TokenOutput(logits_BTV, batch.targets_BT, self.table, is_phrase_end_BT=batch.is_phrase_end_BT),
            latents=latent_output(self.vae, posteriors, latents, num_targets),
        )

    def nats(self, batch: Batch) -> Tensor:
        outputs = self.autoencode(batch)
        assert outputs.tokens is not None and outputs.latents is not None
        return outputs.tokens.nats_BT.sum() + divergence(outputs.latents, self.vae.config.latent)


def latent_output(vae: VAE, posteriors: Posteriors, latents: Latents, num_targets: Tensor) -> LatentOutput:
    """What the losses look at: the posteriors, the latents drawn, and what the prior thinks of them unless it is the
    standard normal."""
    is_normal = vae.config.latent.prior.kind == "normal"
    nats = {} if is_normal else vae.prior.nats(latents)
    levels = {
        level: LevelOutput(one.mean_BLZ, one.log_variance_BLZ, latents[level], one.is_real_BL, nats.get(level))
        for level, one in posteriors.items()
    }
    return LatentOutput(levels, num_targets)


def divergence(latents: LatentOutput, config: LatentConfig) -> Tensor:
    """() KL(q || p) of a batch, nats: in closed form for the standard normal prior, by one sample for others."""
    per_target = kl(latents) if config.prior.kind == "normal" else kl_prior(latents)
    return per_target * latents.num_targets


@torch.no_grad()
def segment_nats(latents: LatentOutput) -> float:
    """What the latents of a segment are found to carry on average: KL(q || N(0, 1)), nats."""
    return float(kl(latents) * latents.num_targets) / len(latents.levels["piece"].mean_BLZ)
