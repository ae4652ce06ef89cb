"""A batch learnt from in parts, so that no more than a part is in memory, with the gradient of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Self

import torch
from torch import Tensor

from aurl_core.losses.outputs import TokenOutput
from aurl_core.models.likelihood import IGNORED, Batch


class Tally(NamedTuple):
    """What was predicted, in sum; without gradients."""

    nats: Tensor
    """() of all targets."""
    num_targets: Tensor
    """() how many these are."""

    @classmethod
    def of(cls, predicted: TokenOutput) -> Self:
        """Of one batch, or of a part of it."""
        return cls(predicted.nats_BT.sum().detach(), predicted.is_scored_BT.sum())

    @classmethod
    def total(cls, tallies: Iterable[Self]) -> Self:
        """Of all parts."""
        return cls(*(torch.stack(values).sum() for values in zip(*tallies, strict=True)))

    @property
    def nats_per_target(self) -> Tensor:
        """() the mean; 0 if nothing was to be predicted."""
        return self.nats / self.num_targets.clamp(min=1)


def parts_of(batch: Batch, number: int) -> Iterator[tuple[Batch, Tensor]]:
    """The rows of a batch in `number` parts, or as many as it has rows, each with its share of all targets.

    Losses that are means over targets, times these shares, sum up to the loss of the batch.
    """
    number = min(number, len(batch.targets_BT))
    num_targets = (batch.targets_BT != IGNORED).sum()
    fields = ([None] * number if field is None else field.tensor_split(number) for field in batch)
    for rows in zip(*fields, strict=True):
        part = Batch(*rows)
        yield part, (part.targets_BT != IGNORED).sum() / num_targets.clamp(min=1)
