import math

import pytest
import torch

from aurl_core.models.attention.band import Band, causal_bias


def test_a_query_sees_local_tokens_and_summaries_of_what_left_them():
    band = Band(local=3, summary_length=2, num_summaries=2)
    bias = band.bias(torch.tensor([6]), torch.arange(9), torch.arange(-1, 4), dtype=torch.float32)[0]
    summaries, tokens = bias[:5], bias[5:]
    assert torch.arange(9)[tokens == 0].tolist() == [4, 5, 6]
    assert torch.arange(-1, 4)[summaries == torch.tensor(2.0).log()].tolist() == [0, 1]
    assert bias.isneginf().sum() == 3 + 6


@pytest.mark.parametrize("time", range(40))
def test_no_token_between_the_oldest_block_and_the_query_is_unseen(time):
    band = Band(local=5, summary_length=4, num_summaries=3)
    blocks = range(max(band.oldest_block(time), 0), band.newest_block(time) + 1)
    seen = {block * 4 + place for block in blocks for place in range(4)} | set(range(max(time - 4, 0), time + 1))
    assert seen == set(range(min(seen), time + 1))
    assert min(seen) == 0 or len(blocks) == 3


def test_a_single_query_needs_no_bias():
    like = torch.zeros(1)
    assert causal_bias(1, 9, window=4, like=like) is None
    assert causal_bias(2, 3, window=2, like=like).tolist() == [[0, 0, -math.inf], [-math.inf, 0, 0]]
