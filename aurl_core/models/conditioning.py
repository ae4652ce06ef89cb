"""What the model is told of the music beside its tokens: streams of values, one a token.

How values are read off music and placed on tokens lives elsewhere. Shapes: B batch, T time, D model.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from aurl_core.models.params import ConditioningConfig

Controls = Mapping[str, Tensor]
"""Values (B, T) by the name of their stream; 0 where nothing is said. A stream that is missing says nothing."""


class Conditioning(nn.Module):
    """The sum of one embedding a stream; value 0 adds nothing, and so does at first every value."""

    def __init__(self, config: ConditioningConfig, model_dim: int) -> None:
        super().__init__()
        self.config = config
        self.streams = nn.ModuleDict(
            {stream.name: nn.Embedding(stream.num_values + 1, model_dim, padding_idx=0) for stream in config.streams}
        )
        for embedding in self.streams.parameters():
            nn.init.zeros_(embedding)

    def forward(self, controls: Controls) -> Tensor:
        """controls -> x_BTD. ValueError names a stream that the model does not have."""
        unknown = sorted(controls.keys() - self.streams.keys())
        if unknown:
            raise ValueError(f"this model has no stream {unknown[0]!r}; it has {', '.join(self.streams) or 'none'}")
        values = self._withhold(controls) if self.training else controls
        x_BTD: Tensor = sum(self.streams[name](values_BT) for name, values_BT in values.items())
        return x_BTD

    def _withhold(self, controls: Controls) -> Controls:
        """The controls without those that are dropped: each by itself, and all of some sequences."""
        first_BT = next(iter(controls.values()))
        is_told_B1 = torch.rand(len(first_BT), 1, device=first_BT.device) >= self.config.dropout_all
        return {
            name: values_BT * (is_told_B1 & (torch.rand_like(is_told_B1, dtype=torch.float) >= self.config.dropout))
            for name, values_BT in controls.items()
        }
