import pytest
import torch

from aurl_core.training.protocol.perturbation import norms, push

WEIGHT_BTD = torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(1))
LENGTH_B = torch.tensor([0.01, 0.02, 0.04])


def straight(push_BTD):
    return (WEIGHT_BTD * push_BTD).sum()


def curved(push_BTD):
    return (WEIGHT_BTD * (push_BTD - 0.02)).square().sum()


def pushed(loss_at, *, steps):
    nowhere_BTD = torch.zeros_like(WEIGHT_BTD, requires_grad=True)
    return push(loss_at, loss_at(nowhere_BTD), nowhere_BTD, length_B=LENGTH_B, steps=steps)


@pytest.mark.parametrize("steps", [1, 3])
def test_a_push_has_its_length_and_raises_a_straight_loss_by_length_times_slope(steps):
    found_BTD = pushed(straight, steps=steps)
    torch.testing.assert_close(norms(found_BTD), LENGTH_B)
    slope_B = WEIGHT_BTD.square().sum((1, 2)).sqrt() * WEIGHT_BTD.shape[1] ** 0.5
    torch.testing.assert_close(straight(found_BTD), (LENGTH_B * slope_B).sum())


def test_several_steps_find_worse_than_one():
    one, several = pushed(curved, steps=1), pushed(curved, steps=4)
    assert (norms(several) <= LENGTH_B * 1.0001).all()
    assert curved(several) > curved(one) > curved(torch.zeros_like(WEIGHT_BTD))


def test_where_nothing_matters_nothing_is_pushed():
    assert not pushed(lambda push_BTD: (push_BTD * 0).sum(), steps=2).any()
