import pytest
import torch

from aurl_core.models.positions import RotaryPositions
from tests.aurl_core.models.attention.reference import Sight, at_once, attention, music, reference, step_by_step

SCALES = {"kind": "multi_scale", "note_window": 6, "phrase_length": 2, "piece_length": 6, "num_summaries": 3}


@pytest.mark.parametrize("length", [1, 31, 270])
def test_it_is_the_slow_reference(length):
    net = attention(SCALES, num_heads=4)
    phrase, piece = (scale.summary.weight_NH[0] for scale in net.scales[1:])
    x_BTD = music(net, length)
    expected = reference(net, x_BTD, [Sight(6), Sight(6), Sight(2, 2, 3, phrase), Sight(6, 6, 3, piece)])
    torch.testing.assert_close(at_once(net, x_BTD), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [1, 3, 200])
def test_steps_are_the_full_pass(size):
    net = attention(SCALES, num_heads=5)
    x_BTD = music(net, 200, batch_size=2)
    torch.testing.assert_close(step_by_step(net, x_BTD, size), at_once(net, x_BTD), atol=1e-5, rtol=0)


def test_sequences_that_are_selected_go_on_alone():
    net = attention(SCALES, num_heads=3)
    x_BTD = music(net, 20, batch_size=3)
    memory, positions = net.start_memory(3), RotaryPositions(4, base=100.0)
    with torch.no_grad():
        net(x_BTD[:, :19], positions(0, 19), memory)
        memory.select(torch.tensor([2, 0]))
        last = net(x_BTD[[2, 0], 19:], positions(19, 1), memory)
    assert memory.batch_size == 2
    torch.testing.assert_close(last, at_once(net, x_BTD)[[2, 0], 19:], atol=1e-5, rtol=0)
