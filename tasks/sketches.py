"""What a model sounds like while it is still learning: short pieces made at each validation, as MIDI files and as
figures of how much they are like real music.

Training takes this as a sampler, because the rooms of training, generation and evaluation do not know each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Self

import numpy as np

from aurl_core.corpus.shards import read_table, shard_files
from aurl_core.evaluation.quality import MOST_PIECES, RealMusic
from aurl_core.files import write_whole
from aurl_core.generation.constraints import Limits
from aurl_core.generation.engine import sample_tokens
from aurl_core.generation.params import SamplingConfig
from aurl_core.models.registry import Model
from aurl_core.random_streams import stream
from aurl_core.rendering.midi import write_midi
from aurl_core.score.lines import playable
from aurl_core.tokens.tokenizer import VOCABULARY_FILE, Tokenizer, load_tokenizer

_MOST_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Sketches:
    """Writes `num_pieces` files named by the tokens seen into `folder`, each time from the same random streams."""

    folder: Path
    tokenizer: Tokenizer
    real: RealMusic
    """What the pieces are compared with."""
    num_pieces: int
    seed: int

    @classmethod
    def of(cls, corpus: Path, folder: Path, num_pieces: int, seed: int) -> Self:
        """For models that learn from a corpus."""
        tokenizer = load_tokenizer(corpus / VOCABULARY_FILE)
        return cls(folder, tokenizer, real_music(corpus, tokenizer), num_pieces, seed)

    def __call__(self, model: Model, *, tokens_seen: int) -> dict[str, float]:
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
        scores = [self.tokenizer.decode(np.array(run.token_ids)) for run in runs]
        for number, score in enumerate(scores):
            write_whole(self.folder / f"{tokens_seen:012d}-{number}.mid", write_midi(playable(score)))
        return self.real.figures(scores)


def real_music(corpus: Path, tokenizer: Tokenizer) -> RealMusic:
    """The validation split of a corpus, as the tokenizer can say it."""
    tables = (read_table(path, ["token_ids"]) for path in shard_files(corpus / "split=validation"))
    ids = (row.values.to_numpy() for table in tables for row in table["token_ids"])
    return RealMusic([tokenizer.decode(one) for one in islice(ids, MOST_PIECES)])
