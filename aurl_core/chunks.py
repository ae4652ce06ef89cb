"""What library code asks of whatever spreads its work: `ChunkPool`, and what it hears of items that could not be done.

The pool of processes that fills this is `tasks.pool`; `SerialPool` here does the work in this process, for tests and
for anyone who uses the library without the tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Casualty(Generic[T]):
    """An item that cost its worker: it took too long, needed too much memory or killed the process."""

    item: T
    reason: Literal["timeout", "memory", "worker_died"]


class ChunkPool(Protocol):
    """Something that maps a function over chunks of items."""

    def map(
        self, function: Callable[[list[T]], R], items: Sequence[T], *, chunk_size: int | None = None
    ) -> Iterator[R | Casualty[T]]:
        """Results of `function` on consecutive chunks of `items`, in the order of the items.

        A chunk that cannot be done is done item by item: then there is a result or a `Casualty` for each of its items.
        `function` must be picklable; an exception that it raises (other than MemoryError) is raised here.
        """
        ...


@dataclass(frozen=True, slots=True)
class SerialPool:
    """Chunks one after the other in this process, without bounds."""

    chunk_size: int = 64

    def map(
        self, function: Callable[[list[T]], R], items: Sequence[T], *, chunk_size: int | None = None
    ) -> Iterator[R | Casualty[T]]:
        size = chunk_size or self.chunk_size
        for start in range(0, len(items), size):
            yield function(list(items[start : start + size]))
