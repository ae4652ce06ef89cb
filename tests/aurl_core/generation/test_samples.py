import numpy as np
import pyarrow.parquet as pq
import pytest

from aurl_core.corpus.shards import write_table
from aurl_core.generation.params import SamplingConfig
from aurl_core.generation.samples import SAMPLES, Sample, longest_silence_seconds, repeated_share, samples_table
from aurl_core.score.score import Notes, Score

SCORE = Score(24, Notes.of(onset=[0, 48], duration=24, pitch=60))


def sample(**changes):
    settings = {
        "sample_id": "piece-000", "number": 0, "seed": 1, "token_ids": np.array([1, 5, 2], np.uint16),
        "num_prompt_tokens": 1, "nats": 3.5,
        "score": SCORE, "is_closed": False, "num_ends_withheld": 4, "least_seconds": 1.0,
        "longest_note_beats": 0.0,
        "sampling": SamplingConfig(top_p=0.9), "prompt": "", "lineage": "{}",
    }  # fmt: skip
    return Sample(**(settings | changes))


def test_the_table_says_what_each_piece_is(tmp_path):
    write_table(tmp_path / "samples.parquet", samples_table([sample(), sample(sample_id="b", is_closed=True)]))
    table = pq.read_table(tmp_path / "samples.parquet")
    assert table.schema.equals(SAMPLES)
    first, second = table.to_pylist()
    assert first["token_ids"] == [1, 5, 2]
    assert (first["num_notes"], first["duration_seconds"], first["top_p"]) == (2, 1.5, 0.9)
    assert (first["ended_by"], second["ended_by"]) == ("model", "limit")


def test_notes_that_reached_the_limit_are_counted():
    notes = Notes.of(onset=0, duration=[24, 48, 60], pitch=[60, 62, 64])

    def counted(longest):
        table = samples_table([sample(score=Score(24, notes), longest_note_beats=longest)])
        return table["num_hanging_notes"].to_pylist()

    assert (counted(2), counted(0)) == ([2], [0])


@pytest.mark.parametrize(
    ("ids", "expected"), [([1, 2, 3, 4], 0), ([7] * 11, 0.9), ([1, 2, 3, 1, 2, 3], 0.4), ([1], 0), ([], 0)]
)
def test_repetition_counts_windows_that_stood_earlier(ids, expected):
    assert repeated_share(np.array(ids, np.uint16), window=2) == pytest.approx(expected)


def test_silence_is_time_without_any_note():
    notes = Notes.of(onset=[12, 24, 120], duration=[60, 12, 24], pitch=[60, 64, 67])
    assert longest_silence_seconds(Score(24, notes)) == pytest.approx(1.0)
    assert longest_silence_seconds(Score(24, notes.take(slice(0, 1)))) == pytest.approx(0.25)
    assert longest_silence_seconds(Score(24)) == 0
