"""`Likelihood`: how well held-out pieces were predicted, in figures that people compare."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The negative log-likelihood of some pieces, and what it is counted over."""

    nats: float
    """Of all predicted tokens together."""
    num_tokens: int
    """Tokens predicted: all but each piece's first."""
    num_notes: int
    """Notes that these tokens begin."""

    @property
    def nats_per_token(self) -> float:
        """What is comparable between models with one tokenizer."""
        return self.nats / max(self.num_tokens, 1)

    @property
    def perplexity(self) -> float:
        """e to the power of nats a token: as unsure as among so many equally likely tokens."""
        return math.exp(self.nats_per_token)

    @property
    def bits_per_note(self) -> float:
        """What is comparable between tokenizers.

        >>> round(Likelihood(nats=math.log(2) * 30, num_tokens=20, num_notes=10).bits_per_note, 6)
        3.0
        """
        return self.nats / math.log(2) / max(self.num_notes, 1)

    def to_dict(self) -> dict[str, float]:
        """The three figures by name."""
        return {name: getattr(self, name) for name in ("nats_per_token", "perplexity", "bits_per_note")}
