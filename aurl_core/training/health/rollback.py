"""Going back to the last good state. When that has to be is said in watch.py.

The state is that of the last leg's end, which is what the checkpoint on disk holds too; it is held in memory, so that
going back needs no file, works alike for weights that are sharded over processes, and a resumed run, which starts from
that file, goes back to the very same state.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

import torch
from torch import nn
from torch.optim import Optimizer

_WATCH: Final = "watch."
"""Under this name stands what is never rolled back: what has been seen."""


class LastGood:
    """Copies of a learner's state and its optimizers', in the memory of the CPU."""

    def __init__(self, learner: nn.Module, optimizers: list[Optimizer], *, step: int) -> None:
        self.step = step
        """Steps that had been taken."""
        state = {name: value for name, value in learner.state_dict().items() if not name.startswith(_WATCH)}
        self._learner = _copied(state)
        self._optimizers = [_copied(optimizer.state_dict()) for optimizer in optimizers]

    def restore(self, learner: nn.Module, optimizers: list[Optimizer]) -> None:
        """Put all back as it was."""
        seen = {name: value for name, value in learner.state_dict().items() if name.startswith(_WATCH)}
        learner.load_state_dict(self._learner | seen)
        for optimizer, state in zip(optimizers, self._optimizers, strict=True):
            optimizer.load_state_dict(deepcopy(state))  # it would go on writing into the copy
            optimizer.zero_grad()


def _copied(value: Any) -> Any:
    """The same numbers in the CPU's memory, sharing nothing with the original."""
    if isinstance(value, torch.Tensor):
        return value.detach().to("cpu", copy=True)
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else deepcopy(value)
