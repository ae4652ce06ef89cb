import re

import pytest
import torch

from aurl_core.augmentation.params import AugmentParams
from aurl_core.errors import SettingError
from aurl_core.models.likelihood import IGNORED
from aurl_core.training.loading.segment_data import SegmentData
from aurl_core.training.schedules import Schedule


@pytest.fixture
def make_data(tmp_path):
    def make(corpus, *, bars: int = 2, context_length: int = 512) -> SegmentData:
        schedule = Schedule(
            num_intervals=1, legs_per_interval=1, steps_per_leg=2, batch_size=4, context_length=context_length
        )
        return SegmentData(
            corpus, bars=bars, cache=tmp_path / "cache", augment=AugmentParams(), schedule=schedule, seed=1
        )

    return make


def test_a_corpus_is_shown_as_segments(make_data, bar_corpus):
    data = make_data(bar_corpus)
    batches = list(data.train_dataloader())
    assert len(batches) == 2
    for row_T in torch.cat([row for batch in batches for row in batch.token_ids_BT.split(1)], 1):
        assert data.is_bar_V[row_T.numpy()].sum() <= 8 * 2
    held_out = data.held_out_windows("validation")
    predicted = sum(int((held_out[number].targets_T != IGNORED).sum()) for number in range(len(held_out)))
    assert predicted == data.likelihood("validation", 0.0).num_tokens


def test_a_context_shorter_than_a_bar_names_both(make_data, bar_corpus):
    longest = re.escape(str(make_data(bar_corpus).longest_bar))
    with pytest.raises(SettingError, match=f"context_length 8 is shorter than a bar: the longest .* {longest} tokens"):
        make_data(bar_corpus, context_length=8)


def test_tokens_without_bar_lines_are_refused(make_data, small_corpus):
    with pytest.raises(SettingError, match=r"shard\.tokenizer\.kind 'event' says no bar lines.*take bar"):
        make_data(small_corpus)
