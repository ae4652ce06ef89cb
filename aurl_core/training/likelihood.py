"""Learning to predict the next token: what happens in a gradient step and in a validation, as Lightning calls it.

Randomness in the network is drawn anew for each step from the seed and the step's number, so that a resumed run sees
what an uninterrupted one would have seen.
"""

from __future__ import annotations

from contextlib import nullcontext

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim import Optimizer

from aurl_core.models.likelihood import IGNORED, Batch, nats
from aurl_core.models.transformer import Transformer
from aurl_core.random_streams import stream
from aurl_core.training.optimizers import build_optimizers, set_learning_rate
from aurl_core.training.params import OptimizerParams
from aurl_core.training.schedules import Schedule, learning_rate_factor


class LikelihoodLearner(pl.LightningModule):
    """Maximum likelihood for a network from token ids to logits.

    It tells `train_nats_per_token` (mean over the interval, as predicted while learning) and `validation_nats` or
    `test_nats` (of the whole split) to Lightning's logs. It measures in the training's arithmetic, to lose no time, and
    in fp32 once it `is_final`.
    """

    def __init__(self, model: Transformer, params: OptimizerParams, schedule: Schedule, *, seed: int) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.model = model
        self.params = params
        self.schedule = schedule
        self.seed = seed
        self.is_final = False

    def configure_optimizers(self) -> list[Optimizer]:
        return build_optimizers(self.model, self.params)

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        step = self.schedule.steps_before(self.current_epoch) + batch_idx
        seed_torch(self.seed, "step", step)
        loss = nats(self.model(batch.token_ids_BT), batch.targets_BT) / _num_targets(batch)
        self.manual_backward(loss)
        self._descend(step)
        self.log("train_nats_per_token", loss.detach(), on_step=False, on_epoch=True, batch_size=1)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self._measure(batch, "validation")

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        self._measure(batch, "test")

    def _descend(self, step: int) -> None:
        """Clip the gradients, step every weight and forget the gradients."""
        found = self.optimizers(use_pl_optimizer=False)
        optimizers = found if isinstance(found, list) else [found]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.params.clip_norm)
        factor = learning_rate_factor(step, self.schedule.num_steps, self.params)
        set_learning_rate(optimizers, self.params.learning_rate * factor)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()

    def _measure(self, batch: Batch, split: str) -> None:
        with torch.autocast(self.device.type, enabled=False) if self.is_final else nullcontext():
            total = nats(self.model(batch.token_ids_BT), batch.targets_BT)
        exact = total if self.device.type == "mps" else total.double()  # Metal has no 64-bit floats
        self.log(f"{split}_nats", exact, on_epoch=True, reduce_fx="sum", batch_size=1)


def seed_torch(seed: int, name: str, index: int = 0) -> None:
    """Seed torch's global generators from the pipeline's seed, the use and its number."""
    torch.manual_seed(int(stream(seed, name, index).integers(2**63)))


def _num_targets(batch: Batch) -> Tensor:
    return (batch.targets_BT != IGNORED).sum().clamp(min=1)
