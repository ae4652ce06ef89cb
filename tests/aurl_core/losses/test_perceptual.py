import pytest
import torch

from aurl_core.losses import perceptual
from aurl_core.losses.outputs import FeatureOutput
from tests.aurl_core.losses.cases import features

ALL = (perceptual.feature_distance, perceptual.feature_cosine, perceptual.feature_gram)


def heard(decoded, target) -> FeatureOutput:
    """One layer of one sequence, the last place of which is padding."""
    is_real = torch.ones(1, len(decoded) + 1, dtype=torch.bool)
    is_real[0, -1] = False
    padded = (torch.tensor([[*rows, [99.0, shift]]]) for rows, shift in ((decoded, 0), (target, 1)))
    found, wanted = padded
    return FeatureOutput((found,), (wanted,), (is_real,))


@pytest.mark.parametrize("loss", ALL)
def test_what_sounds_the_same_costs_nothing_whatever_stands_in_the_padding(loss):
    assert loss(heard([[1.0, 2], [3, 4]], [[1.0, 2], [3, 4]])).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("loss", "expected"), [(ALL[0], (1 + 1) / 2), (ALL[1], 1 - 24 / 25), (ALL[2], (7**2 + 0 + 0 + 7**2) / 4)]
)
def test_one_place(loss, expected):
    assert loss(heard([[3.0, 4]], [[4.0, 3]])).item() == pytest.approx(expected)


def test_style_does_not_mind_when():
    turned = heard([[1.0, 2], [3, 4]], [[3.0, 4], [1, 2]])
    assert perceptual.feature_gram(turned).item() == pytest.approx(0)
    assert perceptual.feature_distance(turned).item() == pytest.approx(4)


@pytest.mark.parametrize("loss", ALL)
def test_the_target_learns_nothing(loss):
    case = features()
    output = case.make(*(tensor.clone().requires_grad_() for tensor in case.free))
    targets = tuple(tensor.clone().requires_grad_() for tensor in output.targets)
    loss(FeatureOutput(output.decoded, targets, output.is_real)).backward()
    assert all(decoded.grad is not None for decoded in output.decoded)
    assert all(target.grad is None for target in targets)
