"""Learning to predict the next token: maximum likelihood, and what else of the losses is on.

What all ways of training share lives in learner.py. Shapes: B batch, T time, D model, V vocabulary.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from aurl_core.losses.outputs import Outputs, TokenOutput
from aurl_core.models.likelihood import Batch, nats
from aurl_core.models.transformer import Transformer
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.learner import Learner
from aurl_core.training.objective import Objective
from aurl_core.training.params import TrainParams
from aurl_core.training.protocol.perturbation import norms, push
from aurl_core.training.protocol.teacher import Teacher
from aurl_core.training.schedules import Schedule


class LikelihoodLearner(Learner):
    """For a network from token ids to logits, with or without a teacher beside the music."""

    def __init__(
        self,
        model: Transformer,
        params: TrainParams,
        schedule: Schedule,
        *,
        traits: TokenTraits,
        seed: int,
        teacher: Teacher | None = None,
    ) -> None:
        super().__init__(model, params, schedule, traits=traits, seed=seed)
        self.objective = Objective(params.losses, ["tokens"])
        self.teacher = teacher

    def loss(self, batch: Batch, step: int) -> tuple[Tensor, TokenOutput]:
        taught_BTV = self.teacher(batch.token_ids_BT) if self.teacher else None
        is_pushed = self.params.protocol.perturbation.epsilon > 0
        nowhere_BTD = self._nowhere(batch) if is_pushed else None
        predicted = self._predicted(batch, taught_BTV, nowhere_BTD)
        loss = self.objective(Outputs(tokens=predicted), step=step)
        if nowhere_BTD is not None:
            loss = self._disturbed(loss, batch, taught_BTV, nowhere_BTD, step)
        return loss, predicted

    def nats(self, batch: Batch) -> Tensor:
        return nats(self.model(batch.token_ids_BT), batch.targets_BT)

    def _predicted(self, batch: Batch, taught_BTV: Tensor | None, push_BTD: Tensor | None) -> TokenOutput:
        told_BTD = () if push_BTD is None else (push_BTD,)
        logits_BTV = self.model(batch.token_ids_BT, told_BTD=told_BTD)
        return TokenOutput(
            logits_BTV, batch.targets_BT, self.table, taught_BTV=taught_BTV, is_phrase_end_BT=batch.is_phrase_end_BT
        )

    def _nowhere(self, batch: Batch) -> Tensor:
        """No push of any token."""
        shape = *batch.token_ids_BT.shape, self.model.config.model_dim
        return torch.zeros(shape, device=batch.token_ids_BT.device, requires_grad=True)

    def _disturbed(
        self, clean: Tensor, batch: Batch, taught_BTV: Tensor | None, nowhere_BTD: Tensor, step: int
    ) -> Tensor:
        """() the loss that `train.protocol.perturbation` makes of the clean one and the one under the worst push."""

        def loss_at(push_BTD: Tensor) -> Tensor:
            loss: Tensor = self.objective(Outputs(tokens=self._predicted(batch, taught_BTV, push_BTD)), step=None)
            return loss

        params = self.params.protocol.perturbation
        embedded_BTD = cast(Transformer, self.model).embedding(batch.token_ids_BT)
        length_B = params.epsilon * norms(embedded_BTD.detach())
        worst = loss_at(push(loss_at, clean, nowhere_BTD, length_B=length_B, steps=params.steps))
        self.history.record(step, {"perturbed": worst.detach()})
        return torch.lerp(clean, worst, params.share)
