import pytest
import torch

from tests.aurl_core.models.attention.reference import Sight, at_once, attention, music, reference, step_by_step


@pytest.mark.parametrize(("window", "length"), [(1, 9), (5, 5), (5, 270), (40, 140)])
def test_it_is_the_slow_reference(window, length):
    net = attention({"kind": "sliding_window", "window": window})
    x_BTD = music(net, length)
    torch.testing.assert_close(at_once(net, x_BTD), reference(net, x_BTD, [Sight(window)] * 3), atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [1, 3, 200])
def test_steps_are_the_full_pass(size):
    net = attention({"kind": "sliding_window", "window": 5})
    x_BTD = music(net, 200, batch_size=2)
    torch.testing.assert_close(step_by_step(net, x_BTD, size), at_once(net, x_BTD), atol=1e-5, rtol=0)
