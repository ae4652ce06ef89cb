"""Learning to predict the next token in a pipeline: as in likelihood.py, by processes of which each has some blocks."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from aurl_core.losses.outputs import Outputs, TokenOutput
from aurl_core.losses.registry import measure
from aurl_core.models.likelihood import IGNORED, Batch, nats
from aurl_core.models.transformer import Transformer
from aurl_core.training.distributed.pipeline import Pipeline
from aurl_core.training.distributed.sharded import ShardedStrategy
from aurl_core.training.distributed.share import Share
from aurl_core.training.learner import seed_torch
from aurl_core.training.likelihood import LikelihoodLearner
from aurl_core.training.optimization.accumulation import Tally


class PipelineLearner(LikelihoodLearner):
    """For a transformer whose blocks are split among processes. Only the last of them sees what is predicted: it tells
    the others the surprises and the losses."""

    def configure_model(self) -> None:
        """Keep the blocks of this process."""
        if hasattr(self, "pipeline"):
            return
        strategy = self.trainer.strategy
        assert isinstance(strategy, ShardedStrategy)
        self._told: list[tuple[Tensor, Tensor]] = []
        self.pipeline = Pipeline(
            cast(Transformer, self.model),
            rank=strategy.global_rank,
            size=strategy.world_size,
            microbatches=self.params.strategy.microbatches,
            device=strategy.root_device,
            loss=self._loss,
        )

    def learn(self, batch: Batch, step: int) -> Tally:
        seed_torch(self.seed, Share(self.pipeline.rank, self.pipeline.size).name("step"), step)
        self._told.clear()
        self.pipeline.learn(batch.token_ids_BT, batch.targets_BT)
        told = self._told[-self.params.strategy.microbatches :]  # the very first shows torch the shapes as well
        names = self.params.losses.names_on(["tokens"])
        values_C = torch.stack([values for values, _ in told]).mean(0) if told else torch.zeros(len(names))
        nats_BT = torch.cat([nats for _, nats in told]) if told else torch.zeros(batch.targets_BT.shape)
        values_C, nats_BT = (self.pipeline.told_by_last(one.to(self.device)) for one in (values_C, nats_BT))
        self.objective.history.record(step, dict(zip(names, values_C, strict=True)))
        self.follow_gradients(values_C.sum(), self, self.all_optimizers(), step)
        return Tally(nats_BT.sum(), (batch.targets_BT != IGNORED).sum())

    def nats(self, batch: Batch) -> Tensor:
        logits_BTV = self.pipeline.predict(batch.token_ids_BT)
        total = torch.zeros((), device=self.device) if logits_BTV is None else nats(logits_BTV, batch.targets_BT)
        return self.pipeline.told_by_last(total)

    def gradient_norm(self, weights: nn.Module) -> Tensor:
        return self.pipeline.squares().sqrt()

    def _loss(self, logits_BTV: Tensor, targets_BT: Tensor) -> Tensor:
        """() what a part of a batch adds to what is minimised."""
        predicted = TokenOutput(logits_BTV, targets_BT, self.table)
        values = measure(Outputs(tokens=predicted), self.params.losses)
        self._told.append((torch.stack([value.detach() for value in values.values()]), predicted.nats_BT.detach()))
        total: Tensor = self.objective.balance(values)
        return total
