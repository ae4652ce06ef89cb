import math

import pytest
import torch
from torch.optim import AdamW

from aurl_core.training.distributed.gradients import apart, clip_gradients, gradient_norm


def weights(*gradients):
    made = [torch.nn.Parameter(torch.zeros(len(gradient))) for gradient in gradients]
    for weight, gradient in zip(made, gradients, strict=True):
        weight.grad = torch.tensor(gradient)
    return made


def test_the_norm_is_that_of_all_gradients_together():
    assert float(gradient_norm(weights([3.0], [0.0, 4.0]))) == pytest.approx(5)


def test_gradients_are_scaled_by_the_norm_that_is_given():
    [weight] = weights([3.0, 4.0])
    clip_gradients([weight], norm=torch.tensor(10.0), most=1)
    assert math.hypot(*weight.grad.tolist()) == pytest.approx(0.5, rel=1e-5)


def test_whole_weights_stay_in_their_groups():
    optimizer = AdamW([{"params": weights([1.0], [2.0]), "factor": 2.0}, {"params": weights([3.0])}])
    [same] = apart([optimizer])
    assert [(len(group["params"]), group.get("factor")) for group in same.param_groups] == [(2, 2.0), (1, None)]
