import pytest
import torch
from torch import nn

from aurl_core.losses.landscape import random_direction, survey, weights_kept


@pytest.fixture
def model():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 4), nn.Conv1d(4, 2, 1))


def test_filters_of_a_direction_are_as_long_as_the_weights(model):
    direction = random_direction(model)
    for name in ("0.weight", "1.weight"):
        weight, step = model.get_parameter(name).detach().flatten(1), direction[name].flatten(1)
        torch.testing.assert_close(step.norm(dim=1), weight.norm(dim=1))
    assert not direction["0.bias"].any()


def test_a_bowl_is_lowest_in_the_middle_and_as_high_as_it_is_far(model):
    """A loss that is the squared distance from where the weights are."""
    weights = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    scale = sum(float(weight.square().sum()) for name, weight in weights.items() if "bias" not in name)
    found = survey(
        model,
        lambda: sum((weight - weights[name]).square().sum() for name, weight in model.named_parameters()),
        span=2,
        num_points=5,
    )
    assert found.loss_AB[2, 2] == 0
    assert found.loss_AB.shape == (5, 5)
    assert found.steps_A.tolist() == found.steps_B.tolist() == [-2, -1, 0, 1, 2]
    assert found.loss_AB[4, 2] == pytest.approx(4 * scale, rel=1e-4)
    assert found.loss_AB[2, 1] == pytest.approx(scale, rel=1e-4)


def test_the_weights_are_put_back(model):
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    survey(model, lambda: model[0].weight.sum(), num_points=3)
    assert all(torch.equal(before[name], weight) for name, weight in model.named_parameters())


def test_the_weights_are_put_back_after_an_error(model):
    before = model[0].weight.detach().clone()
    with pytest.raises(ZeroDivisionError), weights_kept(model), torch.no_grad():
        model[0].weight.zero_()
        _ = 1 / 0
    assert torch.equal(before, model[0].weight)


def test_the_same_seed_is_the_same_plane(model):
    found = []
    for _ in range(2):
        torch.manual_seed(5)
        found.append(survey(model, lambda: model[0].weight.sum(), num_points=3).loss_AB.tolist())
    assert found[0] == found[1]
