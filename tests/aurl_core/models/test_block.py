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
