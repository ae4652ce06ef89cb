import torch

from aurl_core.models.attention.causal import CausalAttention
from aurl_core.models.attention.params import CausalConfig
from aurl_core.models.params import TransformerConfig
from aurl_core.models.positions import RotaryPositions


def attention(num_heads: int) -> CausalAttention:
    config = TransformerConfig(
        mode="transformer",
        num_layers=1,
        num_heads=num_heads,
        model_dim=8,
        feedforward="gelu",
        feedforward_dim=8,
        context_length=8,
    )
    torch.manual_seed(0)
    built = CausalAttention(config, CausalConfig())
    torch.nn.init.eye_(built.output.weight)
    return built


def test_the_first_token_sees_its_own_value_alone():
    net, x_BTD = attention(2), torch.randn(1, 5, 8)
    y_BTD = net(x_BTD, RotaryPositions(4, base=100.0)(0, 5))
    torch.testing.assert_close(y_BTD[:, 0], net.value(x_BTD)[:, 0])


def test_it_is_the_textbook_formula():
    net, x_BTD = attention(1), torch.randn(1, 5, 8)
    rotation = RotaryPositions(8, base=100.0)(0, 5)
    q_TH, k_TH = (rotation.turn(project(x_BTD)[None])[0, 0] for project in (net.query, net.key))
    weights = (q_TH @ k_TH.T / 8**0.5).masked_fill(torch.ones(5, 5).triu(1).bool(), -torch.inf).softmax(-1)
    torch.testing.assert_close(net(x_BTD, rotation)[0], weights @ net.value(x_BTD)[0], atol=1e-6, rtol=1e-4)
