import pytest
import torch
from torch.nn import functional as F

from benchmarks.jsb.chorales import NUM_CODES
from benchmarks.jsb.layers import Attention, Dropout, FeatureTable, SquaredRelu, WindowSum, rotate, shift_tokens


def test_window_sum_is_gather_and_sum() -> None:
    rows = torch.randn(5, 3, 60, dtype=torch.float64, requires_grad=True)
    begin = torch.randint(60 - NUM_CODES, (5, 3))
    place = begin[..., None] + torch.arange(NUM_CODES)
    torch.testing.assert_close(WindowSum.apply(rows, begin), rows.gather(-1, place).sum(-2))
    assert torch.autograd.gradcheck(lambda x: WindowSum.apply(x, begin), rows)


def test_squared_relu_has_its_gradient() -> None:
    x = torch.tensor([-1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    assert SquaredRelu.apply(x).tolist() == [0.0, 4.0, 9.0]
    assert torch.autograd.gradcheck(SquaredRelu.apply, x)


def test_tokens_are_shifted_into_the_future() -> None:
    x = torch.arange(1.0, 9.0).view(1, 4, 2)
    assert shift_tokens(x, (0, 2))[0].tolist() == [[1, 0], [3, 0], [5, 2], [7, 4]]


@torch.no_grad()
def test_attention_is_that_of_torch() -> None:
    attention = Attention(32, 16)
    torch.nn.init.eye_(attention.out.weight)
    x = torch.randn(2, 7, 32)
    q, k, v = attention.qkv(x).view(2, 7, 3, 2, 16).permute(2, 0, 3, 1, 4)
    expected = F.scaled_dot_product_attention(rotate(q), rotate(k), v, is_causal=True)
    torch.testing.assert_close(attention(x), expected.transpose(1, 2).reshape(2, 7, 32))


def test_rotary_scores_know_distances_alone() -> None:
    q, k = torch.randn(16), torch.randn(16)
    scores = rotate(q.expand(1, 1, 9, 16)) @ rotate(k.expand(1, 1, 9, 16)).transpose(-1, -2)
    torch.testing.assert_close(scores[..., 1:, 1:], scores[..., :-1, :-1])


def test_dropout_keeps_the_mean_and_is_off_while_scoring() -> None:
    torch.manual_seed(0)
    dropout, x = Dropout(0.25), torch.ones(200, 200)
    assert float(dropout(x).mean()) == pytest.approx(1.0, abs=0.02)
    assert float((dropout(x) == 0).float().mean()) == pytest.approx(0.25, abs=0.02)
    assert torch.equal(dropout.eval()(x), x)


def test_hidden_features_add_nothing() -> None:
    table = FeatureTable(10, 4, rate=0.0)
    ids = torch.tensor([[1, 7]])
    expected = table.bag.weight[1].bfloat16()
    assert torch.equal(table(ids, torch.tensor([[False, True]]))[0], expected)


@torch.no_grad()
def test_features_are_left_out_at_their_rate() -> None:
    torch.manual_seed(0)
    table = FeatureTable(1, 1, rate=0.5).eval()
    table.bag.weight.data.fill_(1.0)
    ids = torch.zeros(50, 100, dtype=torch.long)
    assert float(table(ids).float().mean()) == 100.0
    table.scoring_rate = 0.25
    assert float(table(ids).float().mean()) == pytest.approx(75.0, abs=1.5)
