import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from aurl_core.models.positions import RotaryPositions
from tests.aurl_core.models.attention.reference import at_once, attention, music

WINDOWED = {
    "sliding_window": {"window": 40},
    "hierarchical": {"local": 40, "summary_length": 8, "num_global": 6},
    "multi_scale": {"note_window": 30, "phrase_length": 4, "piece_length": 12, "num_summaries": 6},
}


def operations(kind: str, length: int) -> int:
    """Floating-point operations of one pass."""
    net = attention({"kind": kind} | WINDOWED.get(kind, {}), context_length=2048)
    with FlopCounterMode(display=False) as counted, sdpa_kernel(SDPBackend.MATH):
        at_once(net, music(net, length))
    return counted.get_total_flops()


@pytest.mark.parametrize("kind", WINDOWED)
def test_twice_the_length_is_at_most_twice_the_work(kind):
    assert operations(kind, 2048) <= 2 * operations(kind, 1024)


def test_without_a_window_it_is_more():
    assert operations("causal", 2048) > 3 * operations("causal", 1024)


def test_what_was_made_while_only_predicting_serves_in_training():
    net = attention({"kind": "sliding_window", "window": 41})
    with torch.inference_mode():
        at_once(net, music(net, 300))
    x_BTD = music(net, 300).requires_grad_()
    net(x_BTD, RotaryPositions(4, base=100.0)(0, 300))[:, 200].sum().backward()
    assert x_BTD.grad.abs().sum(dim=(0, 2)).nonzero().flatten().tolist() == list(range(160, 201))
