"""What a player minimises: the components of the losses room that are on, measured, balanced and remembered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from torch import Tensor, nn

from aurl_core.losses.balance import build_balance
from aurl_core.losses.history import LossHistory
from aurl_core.losses.outputs import Outputs
from aurl_core.losses.params import Family, LossParams
from aurl_core.losses.registry import measure
from aurl_core.training.distributed.collective import means_of_all

_AS_THEY_STAND: Final[Mapping[str, float]] = MappingProxyType({})


class Objective(nn.Module):
    """The total of the components that some families of outputs have; its state holds what they have been."""

    def __init__(self, params: LossParams, families: Collection[Family]) -> None:
        super().__init__()
        self.params = params
        self.balance = build_balance(params, params.names_on(families))
        self.history = LossHistory()

    def forward(self, outputs: Outputs, *, step: int | None, factors: Mapping[str, float] = _AS_THEY_STAND) -> Tensor:
        """() the total to minimise at a step, which is remembered unless it is None; `factors` multiply single
        components, as a schedule says."""
        values = measure(outputs, self.params)
        if step is not None:
            self.history.record(step, means_of_all(values))
        total: Tensor = self.balance(values, factors=factors)
        return total

    def get_extra_state(self) -> dict[str, Any]:
        return self.history.state()

    def set_extra_state(self, state: dict[str, Any]) -> None:
        self.history = LossHistory.of(state)
