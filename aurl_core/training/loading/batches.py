"""The batch of each gradient step: which windows are in it, and which of its rows a process gets.

A batch is a function of its step alone. So a resumed run goes on with the batch that comes next, and any number of
loader workers and of processes that train together see, between them, the very same batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from torch.utils.data import Dataset, Sampler

from aurl_core.errors import SettingError
from aurl_core.models.likelihood import Batch, Window, collate
from aurl_core.training.loading.curriculum import ContextLengths, in_parts


class Plan(Protocol):
    """Which windows a step shows, by their numbers."""

    num_windows: int
    """How many of them the whole training shows."""

    def numbers(self, step: int) -> Sequence[int]:
        """Those of one step."""
        ...


class InOrder:
    """`batch_size` windows a step, one after the other."""

    def __init__(self, *, batch_size: int, num_steps: int) -> None:
        self.batch_size = batch_size
        self.num_windows = num_steps * batch_size

    def numbers(self, step: int) -> Sequence[int]:
        return range(step * self.batch_size, (step + 1) * self.batch_size)


class TrainingBatches(Dataset[Batch]):
    """The rows that process `rank` of `world_size` learns from, by step.

    The rows of all ranks are those of the one batch that a single process would learn from; `lengths`, if any, says how
    long the contexts are into which they are cut. `SettingError` if a batch has fewer rows than there are processes.
    """

    def __init__(
        self,
        windows: Dataset[Window],
        plan: Plan,
        *,
        lengths: ContextLengths | None = None,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.windows = windows
        self.plan = plan
        self.lengths = lengths
        self.rank = rank
        self.world_size = world_size

    def __getitem__(self, step: int) -> Batch:
        numbers = self.plan.numbers(step)
        if len(numbers) < self.world_size:
            raise SettingError(
                f"train.batch_size: step {step} has {len(numbers)} windows, too few for {self.world_size} processes "
                f"that train together; make it at least {self.world_size}, better a multiple of that"
            )
        batch = collate([self.windows[number] for number in numbers[self.rank :: self.world_size]])
        return in_parts(batch, self.lengths.at(step)) if self.lengths else batch


class LegSampler(Sampler[int]):
    """The steps of a leg, of the first one `leg`; Lightning says by `set_epoch` which one follows."""

    def __init__(self, steps_per_leg: int, *, leg: int = 0) -> None:
        self.steps_per_leg = steps_per_leg
        self.leg = leg

    def set_epoch(self, epoch: int) -> None:
        """Go on with the steps of another leg."""
        self.leg = epoch

    def __len__(self) -> int:
        return self.steps_per_leg

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.leg * self.steps_per_leg, (self.leg + 1) * self.steps_per_leg))
