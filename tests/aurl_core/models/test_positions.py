import math

import torch

from aurl_core.models.positions import RotaryPositions


def test_a_turn_is_a_rotation_of_each_pair():
    rotation = RotaryPositions(2, base=10_000.0)(1, 1)
    turned = rotation.turn(torch.tensor([[[[1.0, 0.0]]]]))
    torch.testing.assert_close(turned.flatten(), torch.tensor([math.cos(1), math.sin(1)]))


def test_products_depend_on_distance_alone():
    positions = RotaryPositions(8, base=100.0)
    q, k = torch.randn(2, 1, 1, 1, 8, generator=torch.Generator().manual_seed(1))
    near = positions(5, 1).turn(q) @ positions(2, 1).turn(k).mT
    far = positions(905, 1).turn(q) @ positions(902, 1).turn(k).mT
    torch.testing.assert_close(near, far, atol=1e-4, rtol=0)


def test_a_later_start_continues_the_same_angles():
    positions = RotaryPositions(4, base=100.0)
    torch.testing.assert_close(positions(0, 7).sine_TH[4:], positions(4, 3).sine_TH)
