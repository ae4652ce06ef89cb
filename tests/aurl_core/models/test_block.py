import pytest
import torch
from torch.nn import functional as F

from aurl_core.models.block import GELU, Block, SwiGLU
from aurl_core.models.params import TransformerConfig
from aurl_core.models.positions import RotaryPositions


def config(**settings) -> TransformerConfig:
    small = {"num_layers": 1, "num_heads": 1, "model_dim": 4, "feedforward_dim": 6, "context_length": 8}
    return TransformerConfig(mode="transformer", **{"feedforward": "swiglu"} | small | settings)


@pytest.mark.parametrize("feedforward", ["swiglu", "gelu"])
def test_a_fresh_block_passes_its_input_on(feedforward):
    x_BTD = torch.randn(2, 3, 4)
    block = Block(config(feedforward=feedforward))
    assert torch.equal(block(x_BTD, RotaryPositions(4, base=100.0)(0, 3)), x_BTD)


def test_swiglu_is_its_formula():
    net, x = SwiGLU(4, 6), torch.randn(2, 4)
    torch.nn.init.normal_(net.down.weight)
    expected = (F.silu(x @ net.gate.weight.T) * (x @ net.up.weight.T)) @ net.down.weight.T
    torch.testing.assert_close(net(x), expected)


def test_gelu_is_its_formula():
    net, x = GELU(4, 6), torch.randn(2, 4)
    torch.nn.init.normal_(net.down.weight)
    torch.testing.assert_close(net(x), F.gelu(x @ net.up.weight.T) @ net.down.weight.T)


def test_dropout_acts_in_training_alone():
    block = Block(config(dropout=0.5))
    torch.nn.init.normal_(block.feedforward.down.weight)
    x_BTD, rotation = torch.randn(1, 8, 4), RotaryPositions(4, base=100.0)(0, 8)
    assert not torch.equal(block(x_BTD, rotation), block(x_BTD, rotation))
    block.eval()
    assert torch.equal(block(x_BTD, rotation), block(x_BTD, rotation))


def taught(**settings) -> Block:
    """A block whose parts say something."""
    block = Block(config(**settings)).eval()
    for weight in (block.attention.output.weight, block.feedforward.down.weight):
        torch.nn.init.normal_(weight)
    return block


@pytest.mark.parametrize("norm", ["rmsnorm", "layernorm"])
def test_a_block_may_norm_what_it_reads_what_it_adds_or_the_stream(norm):
    x_BTD, rotation = torch.randn(2, 3, 4), RotaryPositions(4, base=100.0)(0, 3)
    before, around, after = (taught(norm=norm, norm_position=one) for one in ("before", "around", "after"))
    middle = x_BTD + before.attention(before.attention_norm(x_BTD), rotation)
    torch.testing.assert_close(before(x_BTD, rotation), middle + before.feedforward(before.feedforward_norm(middle)))
    middle = x_BTD + around.attention_out_norm(around.attention(around.attention_norm(x_BTD), rotation))
    added = around.feedforward_out_norm(around.feedforward(around.feedforward_norm(middle)))
    torch.testing.assert_close(around(x_BTD, rotation), middle + added)
    middle = after.attention_norm(x_BTD + after.attention(x_BTD, rotation))
    torch.testing.assert_close(after(x_BTD, rotation), after.feedforward_norm(middle + after.feedforward(middle)))


def test_whole_sequences_skip_a_block_by_its_height_in_training_alone():
    low, high = (Block(config(layer_drop=0.5), height=height) for height in (0.5, 1.0))
    assert (low.skipped_share, high.skipped_share) == (0.25, 0.5)
    torch.nn.init.normal_(high.feedforward.down.weight)
    torch.manual_seed(0)
    x_BTD, rotation = torch.randn(64, 3, 4), RotaryPositions(4, base=100.0)(0, 3)
    full_BTD = high.eval()(x_BTD, rotation) - x_BTD
    added_BTD = high.train()(x_BTD, rotation) - x_BTD
    is_skipped_B = (added_BTD == 0).all(-1).all(-1)
    assert 16 < int(is_skipped_B.sum()) < 48
    torch.testing.assert_close(added_BTD[~is_skipped_B], 2 * full_BTD[~is_skipped_B], atol=1e-4, rtol=1e-4)


def test_normed_queries_make_attention_no_sharper_however_large_their_weights():
    block = taught(query_key_norm=True)
    x_BTD, rotation = torch.randn(2, 3, 4), RotaryPositions(4, base=100.0)(0, 3)
    before = block(x_BTD, rotation)
    block.attention.query.weight.data *= 100
    torch.testing.assert_close(block(x_BTD, rotation), before, atol=1e-4, rtol=1e-3)
