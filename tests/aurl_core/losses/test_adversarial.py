import math

import pytest
import torch

from aurl_core.losses import adversarial
from aurl_core.losses.outputs import CriticOutput

SAID = CriticOutput(
    (torch.tensor([2.0, 0.0]), torch.tensor([[1.0]])), (torch.tensor([-2.0, 0.0]), torch.tensor([[3.0]]))
)


def log_odds(logit: float) -> float:
    """-log of the logistic function."""
    return math.log(1 + math.exp(-logit))


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (adversarial.hinge_critic, (0.5 + 0) / 2 + (0.5 + 4) / 2),
        (adversarial.hinge_generator, ((3 + 1) / 2 + 0) / 2),
        (adversarial.least_squares_critic, 0.5 * ((1 + 1) / 2 + 0) / 2 + 0.5 * ((1 + 1) / 2 + 16) / 2),
        (adversarial.least_squares_generator, 0.5 * ((9 + 1) / 2 + 4) / 2),
        (adversarial.wasserstein_critic, (-1 + 3) / 2 - (1 + 1) / 2),
        (adversarial.wasserstein_generator, -(-1 + 3) / 2),
        (adversarial.non_saturating_generator, ((log_odds(-2) + log_odds(0)) / 2 + log_odds(3)) / 2),
        (
            adversarial.non_saturating_critic,
            ((log_odds(2) + log_odds(0)) / 2 + log_odds(1)) / 2 + ((log_odds(2) + log_odds(0)) / 2 + log_odds(-3)) / 2,
        ),
        (adversarial.relativistic_critic, ((log_odds(3) + log_odds(1)) + 2 * log_odds(-2)) / 2),
        (adversarial.relativistic_generator, ((log_odds(-3) + log_odds(-1)) + 2 * log_odds(2)) / 2),
    ],
)
def test_scales_count_the_same(loss, expected):
    assert loss(SAID).item() == pytest.approx(expected)


def test_accuracy_is_the_share_on_the_right_side():
    assert adversarial.accuracy(SAID) == ((0.5 + 1) / 2 + (0.5 + 0) / 2) / 2


def test_features_are_matched_on_average():
    real, fake = torch.tensor([[1.0, 2], [3, 4]]), torch.tensor([[2.0, 3], [2, 3]])
    assert adversarial.feature_matching(CriticOutput((), (), (real,), (fake,))) == 0
    assert adversarial.feature_matching(CriticOutput((), (), (real, real), (fake, fake + 3))) == 1.5


def test_the_penalty_of_a_plane_is_its_slope():
    inputs_BTD = torch.randn(5, 2, 3, requires_grad=True)
    logits = (inputs_BTD * torch.tensor([2.0, 0, 1])).sum((1, 2))
    critic = CriticOutput(
        (logits,), (logits,), (), (), inputs_BTD, inputs_BTD, mixed_inputs_BTD=inputs_BTD, mixed_logits=(logits,)
    )
    assert adversarial.gradient_penalty_real(critic).item() == pytest.approx(10 / 2)
    assert adversarial.gradient_penalty_fake(critic).item() == pytest.approx(10 / 2)
    assert adversarial.gradient_penalty_between(critic).item() == pytest.approx((math.sqrt(10) - 1) ** 2)


def test_a_flat_discriminator_has_a_finite_gradient():
    inputs_BTD, slope = torch.randn(2, 1, 3, requires_grad=True), torch.zeros(3, requires_grad=True)
    loss = adversarial.gradient_penalty_between(
        CriticOutput((), (), mixed_inputs_BTD=inputs_BTD, mixed_logits=((inputs_BTD * slope).sum((1, 2)),))
    )
    loss.backward()
    assert loss.item() == pytest.approx(1)
    assert slope.grad.isfinite().all()


@pytest.mark.parametrize("name", ["real", "fake", "between"])
def test_a_penalty_without_its_input_is_an_error(name):
    with pytest.raises(ValueError, match="_inputs_BTD must be there and require gradients"):
        getattr(adversarial, f"gradient_penalty_{name}")(SAID)


def test_what_is_between_lies_on_the_line_and_is_new_each_time():
    torch.manual_seed(0)
    real, fake = torch.zeros(4, 2, 3), torch.ones(4, 2, 3)
    between, again = adversarial.mixed(real, fake), adversarial.mixed(real, fake)
    assert between.requires_grad
    for row in between:
        assert 0 < row.min() == row.max() < 1
    assert not torch.equal(between, again)
