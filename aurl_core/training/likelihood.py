"""Learning to predict the next token: maximum likelihood, and what else of the losses is on.

What all ways of training share lives in learner.py.
"""

from __future__ import annotations

from torch import Tensor

from aurl_core.losses.outputs import Outputs, TokenOutput
from aurl_core.models.likelihood import Batch, nats
from aurl_core.models.transformer import Transformer
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.learner import Learner
from aurl_core.training.objective import Objective
from aurl_core.training.params import TrainParams
from aurl_core.training.schedules import Schedule


class LikelihoodLearner(Learner):
    """For a network from token ids to logits."""

    def __init__(
        self, model: Transformer, params: TrainParams, schedule: Schedule, *, traits: TokenTraits, seed: int
    ) -> None:
        super().__init__(model, params, schedule, traits=traits, seed=seed)
        self.objective = Objective(params.losses, ["tokens"])

    def learn(self, batch: Batch, step: int) -> TokenOutput:
        predicted = TokenOutput(self.model(batch.token_ids_BT), batch.targets_BT, self.table)
        self.descend(self.objective(Outputs(tokens=predicted), step=step), self, self.all_optimizers(), step)
        return predicted

    def nats(self, batch: Batch) -> Tensor:
        return nats(self.model(batch.token_ids_BT), batch.targets_BT)
