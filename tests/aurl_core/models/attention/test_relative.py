import pytest
import torch

from aurl_core.models.positions import RotaryPositions
from tests.aurl_core.models.attention.reference import Sight, at_once, attention, music, reference, step_by_step

RELATIVE = {"kind": "relative", "max_distance": 5}


@pytest.mark.parametrize("length", [1, 4, 23])
def test_it_is_the_slow_reference(length):
    net = attention(RELATIVE)
    x_BTD = music(net, length, batch_size=2)
    expected = reference(net, x_BTD, [Sight(64, distance=vectors) for vectors in net.distance_NRH])
    torch.testing.assert_close(at_once(net, x_BTD), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [1, 3, 8])
def test_with_a_memory_it_slides_over_the_context(size):
    net = attention(RELATIVE, context_length=8)
    x_BTD = music(net, 29)
    expected = reference(net, x_BTD, [Sight(8, distance=vectors) for vectors in net.distance_NRH])
    torch.testing.assert_close(step_by_step(net, x_BTD, size), expected, atol=1e-5, rtol=0)


def test_parts_of_a_long_call_give_what_one_part_gives():
    net = attention(RELATIVE, context_length=600)
    x_BTD = music(net, 300)
    torch.testing.assert_close(at_once(net, x_BTD), step_by_step(net, x_BTD, 100), atol=1e-5, rtol=0)


def test_each_vector_learns_from_pairs_at_its_distance():
    net = attention(RELATIVE)
    net(music(net, 3), RotaryPositions(4, base=100.0)(0, 3)).square().sum().backward()
    learnt_R = net.distance_NRH.grad.abs().sum(dim=(0, 2))
    assert (learnt_R > 0).tolist() == [True, True, True, False, False]
