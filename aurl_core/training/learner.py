"""`Learner`: what every way of training shares, as Lightning calls it. What is minimised is said by its subclasses.

Randomness in the network is drawn anew for each step from the seed and the step's number, so that a resumed run sees
what an uninterrupted one would have seen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from aurl_core.losses.history import LossHistory
from aurl_core.losses.outputs import TokenOutput, TokenTable
from aurl_core.models.likelihood import IGNORED, Batch
from aurl_core.models.registry import Model
from aurl_core.random_streams import stream
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.distributed.collective import sum_of_all
from aurl_core.training.distributed.gradients import apart, gradient_norm
from aurl_core.training.distributed.share import WHOLE, Share
from aurl_core.training.distributed.split import split, whole_model
from aurl_core.training.health.events import Unstable
from aurl_core.training.health.rollback import LastGood
from aurl_core.training.health.watch import Watch
from aurl_core.training.objective import Objective
from aurl_core.training.optimization.accumulation import Tally, parts_of
from aurl_core.training.optimization.averaging import build_averaging
from aurl_core.training.optimization.clipping import build_clipper
from aurl_core.training.optimization.learning_rate import learning_rate_factor
from aurl_core.training.optimization.optimizers import build_optimizers, set_learning_rate, show_means
from aurl_core.training.optimization.precision import build_scaler, unscale
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
    share: Share = WHOLE
    """Its part of each batch."""
    weight: float = 1.0
    """How much this process's share of the batch counts: 1, where its shares are as large."""
    interval_nats: Tensor
    """(2,) nats/token of the interval's steps so far, summed, and how many steps these are."""
    num_skipped: Tensor
    """() steps that were left out because their gradients were too large for fp16."""
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
        self.scaler = build_scaler(params)
        self.register_buffer("num_skipped", torch.zeros((), dtype=torch.long))
        self._showing = ExitStack()

    @property
    def history(self) -> LossHistory:
        """What each component of the losses has been, step by step."""
        return self.objective.history

    @abstractmethod
    def loss(self, batch: Batch, step: int) -> tuple[Tensor, TokenOutput]:
        """() what is minimised at a step, and what the decoder predicted."""

    @abstractmethod
    def nats(self, batch: Batch) -> Tensor:
        """() the nats of all targets of a held-out batch together, or the bound on them that the network has."""

    @property
    def train_nats_per_token(self) -> float:
        """Mean over the interval so far, as predicted while learning."""
        total, num_steps = self.interval_nats.tolist()
        return float(total / max(num_steps, 1))

    def learn(self, batch: Batch, step: int) -> Tally:
        """Take a gradient step, part by part; what the decoder predicted in it."""
        tallies = list[Tally]()

        def losses() -> Iterator[Tensor]:
            for part, share in parts_of(batch, self.params.accumulate):
                loss, predicted = self.loss(part, step)
                tallies.append(Tally.of(predicted))
                yield share * loss

        self.descend(losses(), self, self.all_optimizers(), step)
        return Tally.total(tallies)

    def on_fit_start(self) -> None:
        self.table = TokenTable.of(self.traits, device=self.device)

    def on_train_epoch_start(self) -> None:
        if self.schedule.starts_interval(self.current_epoch):
            self.interval_nats.zero_()

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        step = self.schedule.steps_before(self.current_epoch) + batch_idx
        seed_torch(self.seed, self.share.name("step"), step)
        self.weight = self._weight(batch)
        try:
            told = self.learn(batch, step)
            total, num_targets = sum_of_all(torch.stack([told.nats, told.num_targets]))
            nats = total / num_targets.clamp(min=1)
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

    def configure_model(self) -> None:
        """Keep of the network what is this process's; Lightning calls it before each use of the network."""
        split(self, self.params.strategy)

    def configure_optimizers(self) -> list[Optimizer]:
        return apart(build_optimizers(self, self.params.optimizer))

    def whole(self) -> Model:
        """The network as one process has it, in the first process; all call it together."""
        return whole_model(self.model, self.traits, self.params.strategy)

    def descend(self, losses: Iterable[Tensor], weights: nn.Module, optimizers: list[Optimizer], step: int) -> None:
        """Backward through each of the losses as it comes, then a step that follows the gradients of `weights`."""
        total = torch.zeros((), device=self.device)
        for loss in losses:
            self.manual_backward(loss * self.weight)
            total += loss.detach()
        self.follow_gradients(total, weights, optimizers, step)

    def follow_gradients(self, loss: Tensor, weights: nn.Module, optimizers: list[Optimizer], step: int) -> None:
        """Clip the gradients of `weights`, and step its optimizers at the schedule's learning rate, unless the loss or
        the gradient is not finite.

        In fp16 a gradient that is too large for its numbers is no trouble: the step is left out, and the next loss is
        scaled by less.
        """
        if self.scaler:
            unscale(self.scaler, optimizers)
        norm = self.clipper(weights.parameters(), self.gradient_norm(weights))
        if self.scaler and self._overflows(norm):
            return
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

    def gradient_norm(self, weights: nn.Module) -> Tensor:
        """() the norm of all gradients of some weights, in all processes together."""
        return gradient_norm(weights.parameters())

    def all_optimizers(self) -> list[Optimizer]:
        """Those of `configure_optimizers`, bare."""
        found = self.optimizers(use_pl_optimizer=False)
        return list(found) if isinstance(found, list) else [found]

    def _overflows(self, norm: Tensor) -> bool:
        """Is a gradient norm none, and can a smaller scale mend that? Then the step's gradients are forgotten. The
        scale is that of the next step from here on, whatever comes of this one."""
        assert self.scaler is not None
        scale = self.scaler.get_scale()
        self.scaler.update()
        if norm.isfinite() or scale <= 1:
            return False
        self.num_skipped += 1
        for optimizer in self.all_optimizers():
            optimizer.zero_grad()
        return True

    def _show_means(self) -> None:
        """Put means in the place of the weights, which are left as they are."""
        with torch.inference_mode(False), torch.no_grad():
            if self.params.optimizer.kind == "schedule_free":
                show_means(self.all_optimizers())
            mean = self.averaging.mean()
            for name, weight in self.model.named_parameters():
                if name in mean:
                    weight.data = mean[name].to(weight.device)

    def _weight(self, batch: Batch) -> float:
        """How much the mean over this share of a batch counts beside those of the others: its share of the targets,
        times how many shares there are."""
        if self.share.is_whole:
            return 1.0
        num_targets = (batch.targets_BT != IGNORED).sum()
        return float(num_targets * self.share.size / sum_of_all(num_targets))

    def _measure(self, batch: Batch, split: str, turn: int) -> None:
        seed_torch(self.seed, split, self.share.number(turn))
        with torch.autocast(self.device.type, enabled=False) if self.is_final else nullcontext():
            total = self.nats(batch)
        exact = total if self.device.type == "mps" else total.double()  # Metal has no 64-bit floats
        if not self.share.is_whole:
            loaders = {"validation": self.trainer.val_dataloaders, "test": self.trainer.test_dataloaders}
            loader = loaders[split]
            assert loader is not None
            exact = exact * loader.batch_sampler.counts(turn)
        is_shared = not self.share.is_whole
        self.log(f"{split}_nats", exact, on_epoch=True, reduce_fx="sum", sync_dist=is_shared, batch_size=1)


def seed_torch(seed: int, name: str, index: int = 0) -> None:
    """Seed torch's global generators from the pipeline's seed, the use and its number."""
    torch.manual_seed(int(stream(seed, name, index).integers(2**63)))
