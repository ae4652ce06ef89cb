"""The latest keys and values of a batch of sequences. Who may look at which is not known here.

Shapes: B batch, T time (what is new), S in sight, N heads, H head.
"""

from __future__ import annotations

import torch
from torch import Tensor


class Ring:
    """Preallocated keys and values of which the last `window` stay in sight.

    The buffer is longer than the window and is moved back when its end is reached, so that what is in sight is always
    one contiguous slice in order.
    """

    def __init__(
        self, like: Tensor, *, batch_size: int, num_heads: int, head_dim: int, window: int, longest: int
    ) -> None:
        """`like` has the device and the type of what will come, at most `longest` in one call."""
        self._window = window
        shape = (batch_size, num_heads, window + max(window, longest), head_dim)
        self._keys, self._values = (torch.zeros(shape, device=like.device, dtype=like.dtype) for _ in range(2))
        self._end = 0

    @property
    def batch_size(self) -> int:
        """Sequences side by side."""
        return self._keys.shape[0]

    def extend(self, key_BNTH: Tensor, value_BNTH: Tensor) -> tuple[Tensor, Tensor]:
        """Take in what is new; the keys and values (B, N, S, H) in sight: all that is new, and all that the first of
        it sees with a window of `window`, itself included."""
        if self._end + key_BNTH.shape[2] > self._keys.shape[2]:
            self._move_back()
        start, end = self._start, self._end + key_BNTH.shape[2]
        self._keys[:, :, self._end : end] = key_BNTH
        self._values[:, :, self._end : end] = value_BNTH
        self._end = end
        return self._keys[:, :, start:end], self._values[:, :, start:end]

    def select(self, rows: Tensor) -> None:
        """Keep only the sequences at `rows` (indices or a mask)."""
        self._keys, self._values = self._keys[rows], self._values[rows]

    @property
    def _start(self) -> int:
        return max(self._end + 1 - self._window, 0)

    def _move_back(self) -> None:
        start, end = self._start, self._end
        for buffer in (self._keys, self._values):
            buffer[:, :, : end - start] = buffer[:, :, start:end].clone()
        self._end = end - start
