import pytest
import torch

from aurl_core.models.attention.registry import KINDS, build_attention
from aurl_core.models.params import TransformerConfig
from aurl_core.models.positions import RotaryPositions

SMALL = {
    "num_layers": 1,
    "num_heads": 3,
    "model_dim": 12,
    "feedforward": "gelu",
    "feedforward_dim": 4,
    "context_length": 64,
}
LOOKS = {
    "causal": {},
    "relative": {"max_distance": 4},
    "sliding_window": {"window": 8},
    "hierarchical": {"local": 8, "num_global": 2, "summary_length": 4},
    "multi_scale": {"note_window": 8, "phrase_length": 2, "piece_length": 4, "num_summaries": 3},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_begins_by_saying_nothing_and_can_learn_to(kind):
    torch.manual_seed(0)
    config = TransformerConfig(**SMALL, attention={"kind": kind} | LOOKS[kind])
    attention, x_BTD = build_attention(config), torch.randn(2, 20, 12)
    y_BTD = attention(x_BTD, RotaryPositions(config.head_dim, base=10_000.0)(0, 20))
    assert not y_BTD.any()
    (y_BTD * torch.randn_like(y_BTD)).sum().backward()
    assert attention.output.weight.grad.abs().sum() > 0


def test_every_kind_is_looked_at_here():
    assert LOOKS.keys() == KINDS.keys()
