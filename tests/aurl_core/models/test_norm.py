import pytest
import torch
from torch.nn import functional as F

from aurl_core.models.norm import RMSNorm


@pytest.fixture
def norm():
    torch.manual_seed(0)
    built = RMSNorm(6).double()
    torch.nn.init.uniform_(built.weight, 0.5, 2)
    return built


def test_it_is_its_formula(norm):
    x = torch.randn(2, 3, 6, dtype=torch.float64)
    torch.testing.assert_close(norm(x), x / x.square().mean(-1, keepdim=True).sqrt() * norm.weight)


def test_learning_and_predicting_are_the_same_function(norm):
    x = torch.randn(2, 3, 6, dtype=torch.float64)
    with torch.no_grad():
        predicted = norm(x)
    torch.testing.assert_close(norm(x), predicted, rtol=0, atol=1e-14)


def test_gradients_and_their_gradients_are_right(norm):
    def normed(x, weight):
        return torch.func.functional_call(norm, {"weight": weight}, x)

    inputs = (torch.randn(2, 3, 6, dtype=torch.float64, requires_grad=True), norm.weight)
    assert torch.autograd.gradcheck(normed, inputs)
    assert torch.autograd.gradgradcheck(normed, inputs)


def test_a_vector_of_nothing_stays_nothing_and_learns(norm):
    x = torch.zeros(1, 6, dtype=torch.float64, requires_grad=True)
    y = norm(x)
    (of_x,) = torch.autograd.grad(y.sum(), x)
    assert not y.any()
    assert of_x.isfinite().all()


def test_under_autocast_it_is_rounded_once():
    norm, x = RMSNorm(64), torch.randn(3, 64, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        y = norm(x)
    assert y.dtype == torch.bfloat16
    assert torch.equal(y, F.rms_norm(x, (64,), norm.weight).bfloat16())


def test_gradients_under_autocast_are_those_of_full_precision():
    norm, x = RMSNorm(64), torch.randn(5, 64, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        (of_weight,) = torch.autograd.grad(norm(x).float().square().sum(), norm.weight)
    (expected,) = torch.autograd.grad(F.rms_norm(x, (64,), norm.weight).square().sum(), norm.weight)
    torch.testing.assert_close(of_weight, expected, rtol=0.003, atol=0.01)
