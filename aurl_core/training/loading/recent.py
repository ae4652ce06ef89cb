"""What was made lately, kept as long as there is room: memory is bounded by bytes, however long pieces are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final

from numpy.typing import NDArray

ENTRY_BYTES: Final = 320
"""What an array takes beside its numbers, with what it is found by, as tracemalloc measured it."""


class Recent:
    """Calls `make` for an array unless that array is still kept; what was asked for longest ago is forgotten first.

    The array asked for last is kept whatever its size. A copy in another process begins empty.

    >>> import numpy as np
    >>> zeros = Recent(np.zeros, limit_bytes=700)
    >>> len(zeros(10)), len(zeros(5)), zeros.num_bytes
    (10, 5, 360)
    """

    def __init__(self, make: Callable[..., NDArray[Any]], *, limit_bytes: int) -> None:
        self.make = make
        self.limit_bytes = limit_bytes
        self._forget()

    def __call__(self, *key: Hashable) -> NDArray[Any]:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = self._kept[key] = self.make(*key)
        self.num_bytes += made.nbytes + ENTRY_BYTES
        while self.num_bytes > self.limit_bytes and len(self._kept) > 1:
            self.num_bytes -= self._kept.popitem(last=False)[1].nbytes + ENTRY_BYTES
        return made

    def __getstate__(self) -> dict[str, Any]:
        return {"make": self.make, "limit_bytes": self.limit_bytes}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()

    def _forget(self) -> None:
        self._kept = OrderedDict[tuple[Hashable, ...], NDArray[Any]]()
        self.num_bytes = 0
