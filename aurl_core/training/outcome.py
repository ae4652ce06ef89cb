"""`Training`: what comes of a run. What is written of it is said in bundle.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from torch import Tensor

from aurl_core.losses.history import LossHistory
from aurl_core.losses.landscape import Landscape
from aurl_core.models.registry import Model
from aurl_core.training.callbacks.curve import Point
from aurl_core.training.figures import Likelihood
from aurl_core.training.health.events import Health
from aurl_core.training.protocol.bundles import Origin


class Passed(NamedTuple):
    """A stage of a training that is over."""

    name: str
    tokens: int
    """Seen when it ended."""


@dataclass(frozen=True, slots=True)
class Training:
    """What came of a run."""

    model: Model
    curve: list[Point]
    likelihood: dict[str, Likelihood]
    """Of the validation and the test split; of a network with latents the negative evidence lower bound, which is an
    upper bound on the nats."""
    bigram: dict[str, Likelihood]
    """The same of the bigram model."""
    tokens_seen: int
    losses: LossHistory
    """What each component of the losses has been."""
    health: Health
    """What went wrong, how large the gradients were, and why it stopped early, if it did."""
    landscape: Landscape | None = None
    """The validation's nats/token around the trained weights, if it was surveyed."""
    adapters: dict[str, Tensor] = field(default_factory=dict)
    """What low-rank adapters learnt, as in `models.low_rank`; the model has it in its weights."""
    origins: dict[str, Origin] = field(default_factory=dict)
    """The bundles that it began from (`warm_start`) and learnt from (`teacher`), if it did."""
    stages: list[Passed] = field(default_factory=list)
    """The stages of a training that had some."""

    def figures(self) -> dict[str, float]:
        """All figures by name, flat: `validation_bits_per_note`, `bigram_test_nats_per_token` and so on."""
        groups = [*self.likelihood.items(), *((f"bigram_{split}", value) for split, value in self.bigram.items())]
        flat = {f"{group}_{name}": value for group, likely in groups for name, value in likely.to_dict().items()}
        return flat | {"num_parameters": self.model.num_parameters, "tokens_seen": self.tokens_seen}
