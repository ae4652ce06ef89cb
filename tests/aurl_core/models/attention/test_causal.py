import pytest
import torch

from aurl_core.models.attention.causal import CausalAttention
from aurl_core.models.attention.params import CausalConfig
from aurl_core.models.params import TransformerConfig
from aurl_core.models.positions import RotaryPositions
from tests.aurl_core.models.attention.reference import Sight, at_once, music, reference, step_by_step
from tests.aurl_core.models.attention.reference import attention as random_attention


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


def test_it_is_the_slow_reference():
    net = random_attention({"kind": "causal"})
    x_BTD = music(net, 21, batch_size=2)
    torch.testing.assert_close(at_once(net, x_BTD), reference(net, x_BTD, [Sight(64)] * 3), atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [1, 3, 8])
def test_with_a_memory_it_slides_over_the_context(size):
    net = random_attention({"kind": "causal"}, context_length=8)
    x_BTD = music(net, 29)
    expected = reference(net, x_BTD, [Sight(8)] * 3)
    torch.testing.assert_close(step_by_step(net, x_BTD, size), expected, atol=1e-5, rtol=0)
