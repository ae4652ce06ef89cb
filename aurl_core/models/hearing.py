"""What a network is told of the music that its tokens say: one place where everything read off them is put together.

Shapes: B batch, T time, D model, K references, V vocabulary.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from aurl_core.models.history import History, Reader
from aurl_core.models.params import DecoderConfig
from aurl_core.models.relative_pitch import RelativePitches
from aurl_core.tokens.traits import TokenTraits


class Heard(NamedTuple):
    """What is known of the music at each of T tokens."""

    reference_BTK: Tensor
    """See `RelativePitches.references`."""


class Hearing(nn.Module):
    """The ingredients that a configuration asks for, over one reading of the tokens."""

    def __init__(self, config: DecoderConfig, traits: TokenTraits) -> None:
        super().__init__()
        self.window = config.context_length
        self.reader = Reader(traits, window=config.context_length)
        self.pitches = RelativePitches(traits, model_dim=config.model_dim, num_notes=config.relative_pitches)

    def forward(self, token_ids_BT: Tensor, history: History | None = None) -> Heard:
        """What the tokens say, given those before them."""
        reading = self.reader(token_ids_BT, history)
        reference_BTK = self.pitches.references(reading, num_new=token_ids_BT.shape[1], window=self.window)
        return Heard(reference_BTK)

    def score(self, logits_BTV: Tensor, x_BTD: Tensor, heard: Heard) -> Tensor:
        """The logits of the next token, given what the tokens say."""
        scored_BTV: Tensor = self.pitches(logits_BTV, x_BTD, heard.reference_BTK)
        return scored_BTV
