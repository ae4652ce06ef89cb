"""What the layers of a model remember of the tokens already seen, so that a step costs one token.

What one layer remembers is its attention's affair; who steps is `aurl_core.generation`. Nothing grows for ever: once a
memory is full, the oldest rolls out. Keys are kept turned to their absolute position, and rotary attention sees
distances only, so what has rolled on stays valid as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from aurl_core.models.history import History


class Memory(Protocol):
    """What one layer's attention remembers of a batch of sequences that step together."""

    @property
    def batch_size(self) -> int:
        """Sequences side by side."""
        ...

    def select(self, rows: Tensor) -> None:
        """Keep only the sequences at `rows` (indices or a mask)."""
        ...


class KVCache:
    """The memories of all layers for a batch of sequences that step together."""

    def __init__(self, layers: Sequence[Memory], *, window: int, history: History | None = None) -> None:
        self.layers = layers
        """What each layer remembers."""
        self.history = history
        """What the tokens have said, if the model asks."""
        self.window = window
        """The most tokens that a prediction sees, and the most that one call may bring."""
        self.position = 0
        """Tokens seen so far: the absolute position of the next one."""

    @property
    def batch_size(self) -> int:
        """Sequences side by side."""
        return self.layers[0].batch_size

    def advance(self, num_tokens: int) -> int:
        """The position of the first of the next `num_tokens`, which are in the past from now on."""
        if num_tokens > self.window:
            raise ValueError(
                f"{num_tokens} tokens in one call are more than the cache's window of {self.window}: "
                "feed them in pieces of at most that length"
            )
        self.position += num_tokens
        return self.position - num_tokens

    def select(self, rows: Tensor) -> None:
        """Keep only the sequences at `rows` (indices or a mask), for instance those that have not ended."""
        for memory in self.layers:
            memory.select(rows)
        if self.history is not None:
            self.history.select(rows)
