"""The keys and values of tokens already seen, so that a step costs one token. Who steps is `aurl_core.generation`.

The cache rolls: once `window` tokens are held, each further token pushes out the oldest. Keys are stored turned to
their absolute position, and rotary attention sees distances only, so what has rolled on stays valid as it is: the
cached model computes exactly attention with a sliding window of `window` tokens, for as long as one likes.

Shapes: B batch, T time (tokens of this call), S keys in sight, N heads, H head.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Sight(NamedTuple):
    """What the queries of one call look at."""

    key_BNSH: Tensor
    value_BNSH: Tensor
    mask_TS: Tensor | None
    """True where a query may look; None if everything in sight may be looked at."""


class KVCache:
    """Preallocated keys and values of `num_layers` layers for a batch of sequences that step together.

    The buffer is twice as long as the window and is moved back when its end is reached, so that the keys in sight are
    always one contiguous slice in order.
    """

    def __init__(
        self,
        *,
        num_layers: int,
        batch_size: int,
        num_heads: int,
        head_dim: int,
        window: int,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.window = window
        """The most tokens that a query looks at, itself included."""
        self.position = 0
        """Tokens seen so far: the absolute position of the next one."""
        shape = (batch_size, num_heads, 2 * window, head_dim)
        self._keys = [torch.zeros(shape, device=device, dtype=dtype) for _ in range(num_layers)]
        self._values = [torch.zeros(shape, device=device, dtype=dtype) for _ in range(num_layers)]
        self._end = 0
        self._mask_TS: Tensor | None = None

    @property
    def batch_size(self) -> int:
        """Sequences side by side."""
        return self._keys[0].shape[0]

    def make_room(self, num_tokens: int) -> None:
        """Prepare for the next `num_tokens` of every layer, at most `window` of them."""
        if num_tokens > self.window:
            raise ValueError(
                f"{num_tokens} tokens in one call are more than the cache's window of {self.window}: "
                "feed them in pieces of at most that length"
            )
        if self._end + num_tokens > 2 * self.window:
            self._move_back()
        self._mask_TS = self._band(num_tokens) if num_tokens > 1 else None

    def extend(self, layer: int, key_BNTH: Tensor, value_BNTH: Tensor) -> Sight:
        """Add one layer's keys and values of the tokens that `make_room` announced; what they may look at."""
        end = self._end + key_BNTH.shape[2]
        key_BNSH, value_BNSH = self._keys[layer], self._values[layer]
        key_BNSH[:, :, self._end : end] = key_BNTH
        value_BNSH[:, :, self._end : end] = value_BNTH
        seen = slice(self._start, end)
        return Sight(key_BNSH[:, :, seen], value_BNSH[:, :, seen], self._mask_TS)

    def advance(self, num_tokens: int) -> None:
        """Every layer holds the tokens that `make_room` announced: they are in the past from now on."""
        self._end += num_tokens
        self.position += num_tokens

    def select(self, rows: Tensor) -> None:
        """Keep only the sequences at `rows` (indices or a mask), for instance those that have not ended."""
        self._keys = [key_BNSH[rows] for key_BNSH in self._keys]
        self._values = [value_BNSH[rows] for value_BNSH in self._values]

    @property
    def _start(self) -> int:
        return max(self._end + 1 - self.window, 0)

    def _move_back(self) -> None:
        start, end = self._start, self._end
        for buffer in (*self._keys, *self._values):
            buffer[:, :, : end - start] = buffer[:, :, start:end].clone()
        self._end = end - start

    def _band(self, num_tokens: int) -> Tensor:
        device = self._keys[0].device
        query_T1 = torch.arange(self._end, self._end + num_tokens, device=device)[:, None]
        key_S = torch.arange(self._start, self._end + num_tokens, device=device)
        return (key_S <= query_T1) & (key_S > query_T1 - self.window)
