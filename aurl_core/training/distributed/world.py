"""`World`: which process this is, of how many, as torchrun says in the environment. Nothing here imports torch."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class World:
    """The processes that train one model."""

    rank: int = 0
    """This process's number; process 0 alone writes, reports and tells."""
    size: int = 1
    """How many there are, on all machines."""
    local_size: int = 1
    """How many there are on this machine."""
    is_launched: bool = False
    """Did torchrun start this process?"""

    @classmethod
    def here(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """What torchrun told this process; alone in the world if it was not started by it.

        >>> World.here({"TORCHELASTIC_RUN_ID": "7", "RANK": "1", "WORLD_SIZE": "4", "LOCAL_WORLD_SIZE": "2"}).rank
        1
        >>> World.here({"RANK": "1", "WORLD_SIZE": "4"}).size
        1
        """
        if "TORCHELASTIC_RUN_ID" not in environment:
            return cls()
        rank, size, local_size = (int(environment[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"))
        return cls(rank, size, local_size, is_launched=True)

    @property
    def num_threads(self) -> int:
        """CPU threads that are each process's if all take as many; 0, one a core, for one alone."""
        return max(1, (os.cpu_count() or 1) // self.local_size) if self.is_launched else 0

    @property
    def is_first(self) -> bool:
        """Is it this process that writes?"""
        return self.rank == 0
