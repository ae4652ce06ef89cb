"""Generated pieces as a table, and what can be counted about them without taste. Making them is generator.py's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from aurl_core.corpus.schema import column, table_schema
from aurl_core.corpus.tables import table_of
from aurl_core.generation.params import SamplingConfig
from aurl_core.score.score import Score
from aurl_core.score.time import TempoMap

SAMPLES_FILE = "samples.parquet"

SAMPLES = table_schema(
    column("sample_id", pa.string(), "name of the piece and of its files"),
    column("sample", pa.int32(), "which of the run's pieces, from 0"),
    column("seed", pa.int64(), "seed of the run; the piece's random stream is that of (seed, generate, sample)"),
    column("token_ids", pa.list_(pa.uint16()), "ids of vocabulary.json, BOS and EOS included"),
    column("num_tokens", pa.int32(), "count"),
    column("num_prompt_tokens", pa.int32(), "count of the tokens that were given, BOS included"),
    column("num_notes", pa.int32(), "count"),
    column("nats", pa.float64(), "how unlikely the model itself, at temperature 1, finds the tokens it chose, summed"),
    column("duration_seconds", pa.float64(), "seconds to the last note's end"),
    column("ended_by", pa.string(), "model: it chose to end; limit: it was brought to its end"),
    column("num_ends_withheld", pa.int32(), "how often the model wanted most to end and had to go on"),
    column("least_seconds", pa.float64(), "seconds before which it was not allowed to end"),
    column("num_hanging_notes", pa.int32(), "notes that sounded as long as the settings let them, or longer"),
    column("repeated_share", pa.float64(), "share of its 16-token windows that stood earlier in it"),
    column("longest_silence_seconds", pa.float64(), "seconds in which nothing sounds, before its end"),
    column("temperature", pa.float64(), "logits were divided by it"),
    column("top_k", pa.int32(), "0: off"),
    column("top_p", pa.float64(), "1: off"),
    column("min_p", pa.float64(), "0: off"),
    column("prompt", pa.string(), "name of the MIDI file it begins with, empty without one"),
    column("lineage", pa.string(), "JSON: hashes of what it was made from"),
)
_WINDOW_TOKENS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A generated piece."""

    sample_id: str
    number: int
    seed: int
    token_ids: NDArray[np.uint16]
    num_prompt_tokens: int
    nats: float
    """How unlikely the model itself finds the tokens that it chose, summed."""
    score: Score
    is_closed: bool
    """Was it brought to its end by a limit?"""
    num_ends_withheld: int
    least_seconds: float
    longest_note_beats: float
    """A note that had sounded so many quarter notes was turned off; 0 if none was."""
    sampling: SamplingConfig
    prompt: str
    lineage: str
    """JSON text."""

    @property
    def duration_seconds(self) -> float:
        """When its last note ends."""
        return float(TempoMap.of(self.score).seconds(self.score.music_end))


def samples_table(samples: Sequence[Sample]) -> pa.Table:
    """The rows of samples.parquet."""
    rows = [_row(sample) for sample in samples]
    return table_of(SAMPLES, {name: [row[name] for row in rows] for name in SAMPLES.names})


def _row(sample: Sample) -> dict[str, object]:
    return {
        "sample_id": sample.sample_id,
        "sample": sample.number,
        "seed": sample.seed,
        "token_ids": sample.token_ids,
        "num_tokens": len(sample.token_ids),
        "num_prompt_tokens": sample.num_prompt_tokens,
        "num_notes": len(sample.score.notes),
        "nats": sample.nats,
        "duration_seconds": sample.duration_seconds,
        "ended_by": "limit" if sample.is_closed else "model",
        "num_ends_withheld": sample.num_ends_withheld,
        "least_seconds": sample.least_seconds,
        "num_hanging_notes": _num_hanging_notes(sample),
        "repeated_share": repeated_share(sample.token_ids),
        "longest_silence_seconds": longest_silence_seconds(sample.score),
        **sample.sampling.model_dump(),
        "prompt": sample.prompt,
        "lineage": sample.lineage,
    }


def _num_hanging_notes(sample: Sample) -> int:
    longest = (sample.longest_note_beats or np.inf) * sample.score.ticks_per_beat
    return int((sample.score.notes.duration >= longest).sum())


def repeated_share(token_ids: NDArray[np.uint16], *, window: int = _WINDOW_TOKENS) -> float:
    """Share of the windows of `window` tokens that stood earlier in the same piece; 0 if there is but one.

    Music repeats itself: figures near 1 mean a loop, not those of a third.

    >>> repeated_share(np.array([1, 2, 1, 2, 1], np.uint16), window=2)
    0.5
    """
    if len(token_ids) <= window:
        return 0.0
    windows = sliding_window_view(token_ids, window)
    return 1 - len(np.unique(windows, axis=0)) / len(windows)


def longest_silence_seconds(score: Score) -> float:
    """The longest time before the music's end in which nothing sounds, in seconds; 0 for a score without notes."""
    notes, tempo = score.notes, TempoMap.of(score)
    if not len(notes):
        return 0.0
    sounding_until = np.maximum.accumulate(notes.offset)
    gaps = tempo.seconds(notes.onset) - tempo.seconds(np.append(0, sounding_until[:-1]))
    return float(gaps.max(initial=0.0))
