"""`Share`: which part of each batch is this process's, so that all of them together see what one would have seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

from aurl_core.training.distributed.params import SPLITS_BATCHES, StrategyParams
from aurl_core.training.distributed.world import World


@dataclass(frozen=True, slots=True)
class Share:
    """One of `size` equal parts."""

    rank: int = 0
    """Which of them."""
    size: int = 1
    """How many there are."""

    @classmethod
    def of(cls, params: StrategyParams, world: World) -> Self:
        """The part of a process: the whole for strategies in which all processes see all of a batch."""
        return cls(world.rank, world.size) if params.kind in SPLITS_BATCHES else cls()

    @property
    def is_whole(self) -> bool:
        return self.size == 1

    def name(self, use: str) -> str:
        """What a random stream is for, so that the parts of a batch draw their own; the first draws what one process
        would."""
        return f"{use} {self.rank}" if self.rank else use

    def number(self, turn: int) -> int:
        """The held-out batch that is measured here in a turn: in each turn every process measures one."""
        return turn * self.size + self.rank


WHOLE: Final = Share()
"""All of each batch."""


class HeldOutBatches:
    """Of the batches of a held-out split every `size`-th.

    Every process has as many, since all take part in each step of some strategies: who would have none left has the
    last one again, which does not count.
    """

    def __init__(self, batches: Iterable[Sequence[int]], share: Share) -> None:
        self.batches = [list(batch) for batch in batches]
        self.share = share

    def __len__(self) -> int:
        return -(-len(self.batches) // self.share.size)

    def __iter__(self) -> Iterator[list[int]]:
        last = len(self.batches) - 1
        return (self.batches[min(self.share.number(turn), last)] for turn in range(len(self)))

    def counts(self, turn: int) -> bool:
        """Is the batch of a turn measured by this process, and not again?"""
        return self.share.number(turn) < len(self.batches)
