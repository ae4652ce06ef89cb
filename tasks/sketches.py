"""What a model sounds like while it is still learning: short pieces as MIDI files, made at each validation.

Training takes this as a sampler, because the rooms of training and of generation do not know each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from aurl_core.files import write_whole
from aurl_core.generation.constraints import Limits
from aurl_core.generation.engine import sample_tokens
from aurl_core.generation.params import SamplingConfig
from aurl_core.models.registry import Model
from aurl_core.random_streams import stream
from aurl_core.rendering.midi import write_midi
from aurl_core.score.lines import playable
from aurl_core.tokens.tokenizer import Tokenizer

_MOST_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Sketches:
    """Writes `num_pieces` files named by the tokens seen into `folder`, each time from the same random streams."""

    folder: Path
    tokenizer: Tokenizer
    num_pieces: int
    seed: int

    def __call__(self, model: Model, *, tokens_seen: int) -> None:
        runs = sample_tokens(
            model,
            self.tokenizer,
            limits=Limits(
                least_seconds=np.zeros(self.num_pieces),
                most_seconds=np.full(self.num_pieces, _MOST_SECONDS),
                most_tokens=model.config.context_length,
            ),
            sampling=SamplingConfig(),
            streams=[stream(self.seed, "sketch", number) for number in range(self.num_pieces)],
        )
        for number, run in enumerate(runs):
            score = playable(self.tokenizer.decode(np.array(run.token_ids)))
            write_whole(self.folder / f"{tokens_seen:012d}-{number}.mid", write_midi(score))
