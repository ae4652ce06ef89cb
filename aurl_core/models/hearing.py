"""What a network is told of the music that its tokens say: the ingredients that a configuration asks for, put together.

Shapes: B batch, T time, D model, K references, V vocabulary.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from aurl_core.models.embedding import TiedEmbedding
from aurl_core.models.history import History, Reader
from aurl_core.models.matches import Foretold, MatchedContinuations
from aurl_core.models.params import DecoderConfig
from aurl_core.models.positions import MusicalPositions
from aurl_core.models.relative_pitch import RelativePitches
from aurl_core.tokens.traits import TokenTraits


class Heard(NamedTuple):
    """What the music says at each of T tokens."""

    x_BTD: Tensor
    """The stream: the embedded tokens, and what is added to them."""
    reference_BTK: Tensor | None
    """See `RelativePitches.references`."""
    foretold: Foretold | None


class Hearing(nn.Module):
    """The ingredients, over one reading of the tokens. What each says is learned; at first none says anything."""

    def __init__(self, config: DecoderConfig, traits: TokenTraits) -> None:
        super().__init__()
        width, self.window = config.model_dim, config.context_length
        notes, matches = config.relative_pitches, config.matches
        self.dropout = nn.Dropout(config.embedding_dropout)
        self.reader = Reader(traits, window=self.window) if config.hears_music else None
        self.positions = MusicalPositions(width) if config.positions == "musical" else None
        self.pitches = RelativePitches(traits, model_dim=width, num_notes=notes) if notes else None
        self.matches = MatchedContinuations(traits, model_dim=width, num_matches=matches) if matches else None

    def forward(self, token_ids_BT: Tensor, embedding: TiedEmbedding, history: History | None = None) -> Heard:
        """What the tokens say, given those before them."""
        x_BTD, references, foretold = embedding(token_ids_BT), None, None
        if self.reader is None:
            return Heard(self.dropout(x_BTD), references, foretold)
        reading, num_new = self.reader(token_ids_BT, history), token_ids_BT.shape[1]
        if self.positions is not None:
            x_BTD = x_BTD + self.positions(reading, num_new=num_new)
        if self.matches is not None:
            foretold = self.matches.find(reading, num_new=num_new, window=self.window)
            x_BTD = x_BTD + self.matches(foretold, embedding(foretold.token_ids_BTM))
        if self.pitches is not None:
            references = self.pitches.references(reading, num_new=num_new, window=self.window)
        return Heard(self.dropout(x_BTD), references, foretold)

    def start(self, batch_size: int) -> History | None:
        """The history of sequences of which nothing has been heard; None if nothing but tokens is ever heard."""
        return self.reader.start(batch_size) if self.reader is not None else None

    def score(self, logits_BTV: Tensor, x_BTD: Tensor, heard: Heard) -> Tensor:
        """The logits of the next token, given what was heard."""
        if self.pitches is not None and heard.reference_BTK is not None:
            logits_BTV = self.pitches(logits_BTV, x_BTD, heard.reference_BTK)
        if self.matches is not None and heard.foretold is not None:
            logits_BTV = self.matches.score(logits_BTV, x_BTD, heard.foretold)
        return logits_BTV
