"""`Learner`: what every way of training shares, as Lightning calls it. What is minimised is said by its subclasses.

Randomness in the network is drawn anew for each step from the seed and the step's number, so that a resumed run sees
what an uninterrupted one would have seen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from aurl_core.losses.history import LossHistory
from aurl_core.losses.outputs import TokenOutput, TokenTable
from aurl_core.models.likelihood import Batch
from aurl_core.models.registry import Model
from aurl_core.random_streams import stream
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.health.events import Unstable
from aurl_core.training.health.rollback import LastGood
from aurl_core.training.health.watch import Watch
from aurl_core.training.objective import Objective
from aurl_core.training.optimization.averaging import build_averaging
from aurl_core.training.optimization.clipping import build_clipper
from aurl_core.training.optimization.learning_rate import learning_rate_factor
from aurl_core.training.optimization.optimizers import build_optimizers, set_learning_rate, show_means
from aurl_core.training.params import TrainParams
from aurl_core.training.schedules import Schedule


class Learner(pl.LightningModule, ABC):
    """Gradient steps by a schedule, and held-out splits measured.

    It tells `validation_nats` or `test_nats` (of the whole split) to Lightning's logs. It measures in the training's
    arithmetic, to lose no time, and in fp32 once it `is_final`.
    """

    objective: Objective
    """What the network minimises."""
    table: TokenTable
    """What the losses know of the tokens, on the network's device."""
    interval_nats: Tensor
    """(2,) nats/token of the interval's steps so far, summed, and how many steps these are."""
    last_good: LastGood
    """Where it goes back to when a step goes wrong."""

    def __init__(
        self, model: Model, params: TrainParams, schedule: Schedule, *, traits: TokenTraits, seed: int
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.model = model
        self.traits = traits
        self.params = params
        self.schedule = schedule
        self.seed = seed
        self.watch = Watch(params.health)
        self.is_final = False
        self.register_buffer("interval_nats", torch.zeros(2))
        self.clipper = build_clipper(params.optimizer.clip)
        self.averaging = build_averaging(params.averaging, schedule)
        self._showing = ExitStack()

    @property
    def history(self) -> LossHistory:
        """What each component of the losses has been, step by step."""
        return self.objective.history

    @abstractmethod
    def learn(self, batch: Batch, step: int) -> TokenOutput:
        """Take a gradient step; what the decoder predicted in it."""

    @abstractmethod
    def nats(self, batch: Batch) -> Tensor:
        """() the nats of all targets of a held-out batch together, or the bound on them that the network has."""

    @property
    def train_nats_per_token(self) -> float:
        """Mean over the interval so far, as predicted while learning."""
        total, num_steps = self.interval_nats.tolist()
        return float(total / max(num_steps, 1))

    def on_fit_start(self) -> None:
        self.table = TokenTable.of(self.traits, device=self.device)

    def on_train_epoch_start(self) -> None:
        if self.schedule.starts_interval(self.current_epoch):
            self.interval_nats.zero_()

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        step = self.schedule.steps_before(self.current_epoch) + batch_idx
        seed_torch(self.seed, "step", step)
        try:
            predicted = self.learn(batch, step)
            nats = (predicted.nats_BT.sum() / predicted.is_scored_BT.sum().clamp(min=1)).detach()
            self.watch.look(step, nats)
        except Unstable as trouble:
            self.recover(trouble, step)
            return
        self.averaging.hear(self.model, step)
        self.interval_nats += torch.stack([nats, torch.ones_like(nats)])

    def on_validation_start(self) -> None:
        if not self.is_final:
            self._showing.enter_context(self.shown())

    def on_validation_end(self) -> None:
        self._showing.close()

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self._measure(batch, "validation", batch_idx)

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        self._measure(batch, "test", batch_idx)

    def configure_optimizers(self) -> list[Optimizer]:
        return build_optimizers(self, self.params.optimizer)

    def descend(self, loss: Tensor, weights: nn.Module, optimizers: list[Optimizer], step: int) -> None:
        """Backward, clip the gradients of `weights`, and step its optimizers at the schedule's learning rate, unless
        the loss or the gradient is not finite."""
        self.manual_backward(loss)
        norm = self.clipper(weights.parameters())
        self.watch.weigh(step, loss=loss, gradient_norm=norm)
        share = learning_rate_factor(step, self.schedule.num_steps, self.params.optimizer.schedule)
        factor = share * self.watch.rate_scale
        set_learning_rate(optimizers, self.params.optimizer.learning_rate * factor)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()

    def keep(self, step: int) -> None:
        """Remember the state after `step` steps as the one to go back to."""
        self.last_good = LastGood(self, self.all_optimizers(), step=step)

    def recover(self, trouble: Unstable, step: int) -> None:
        """Go back, or go on without the step."""
        if self.watch.undo(trouble, step, good_step=self.last_good.step):
            self.last_good.restore(self, self.all_optimizers())
        for optimizer in self.all_optimizers():
            optimizer.zero_grad()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Inside, the model has the weights that are measured and kept; outside, those that learn."""
        learning = [(weight, weight.data) for weight in self.parameters()]
        self._show_means()
        yield
        for weight, data in learning:
            weight.data = data

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        with self.shown():
            checkpoint["shown"] = {name: value.detach() for name, value in self.model.state_dict().items()}

    def finish(self, weights: dict[str, Tensor] | None = None) -> None:
        """Learning is over: the model has these weights, or those that it shows, for good; it is measured exactly."""
        if weights is None:
            self._show_means()
        else:
            self.model.load_state_dict(weights)
        self.is_final = True

    def all_optimizers(self) -> list[Optimizer]:
        """Those of `configure_optimizers`, bare."""
        found = self.optimizers(use_pl_optimizer=False)
        return list(found) if isinstance(found, list) else [found]

    def _show_means(self) -> None:
        """Put means in the place of the weights, which are left as they are."""
        with torch.inference_mode(False), torch.no_grad():
            if self.params.optimizer.kind == "schedule_free":
                show_means(self.all_optimizers())
            mean = self.averaging.mean()
            for name, weight in self.model.named_parameters():
                weight.data = mean.get(name, weight.data).to(weight.device)

    def _measure(self, batch: Batch, split: str, number: int) -> None:
        seed_torch(self.seed, split, number)
        with torch.autocast(self.device.type, enabled=False) if self.is_final else nullcontext():
            total = self.nats(batch)
        exact = total if self.device.type == "mps" else total.double()  # Metal has no 64-bit floats
        self.log(f"{split}_nats", exact, on_epoch=True, reduce_fx="sum", batch_size=1)


def seed_torch(seed: int, name: str, index: int = 0) -> None:
    """Seed torch's global generators from the pipeline's seed, the use and its number."""
    torch.manual_seed(int(stream(seed, name, index).integers(2**63)))
