import pytest
import torch
from torch.autograd import gradcheck

from aurl_core.losses.outputs import Outputs
from aurl_core.losses.params import FAMILY_OF, NAMES, LossParams
from aurl_core.losses.registry import COMPONENTS, measure, settings_of
from tests.aurl_core.losses.cases import SETTINGS, case_of, tokens


def test_names_and_functions_are_the_same():
    assert set(COMPONENTS) == set(FAMILY_OF)
    assert len(COMPONENTS) == sum(map(len, NAMES.values())) == 58


def test_every_setting_of_a_component_is_in_the_section():
    assert {name for loss in COMPONENTS.values() for name in settings_of(loss)} <= set(LossParams.model_fields)


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_gradient_is_right(name):
    case = case_of(name)
    free = [tensor.clone().requires_grad_() for tensor in case.free]
    assert gradcheck(lambda *moved: case.loss(name, *moved), free, fast_mode=True)
    gradients = torch.autograd.grad(case.loss(name, *free), free, allow_unused=True)
    assert max(float(gradient.abs().max()) for gradient in gradients if gradient is not None) > 1e-4


@pytest.mark.parametrize("name", NAMES["tokens"] + NAMES["features"])
def test_under_autocast_it_is_as_exact_as_its_input(name):
    case = case_of(name)
    halves = [tensor.bfloat16() for tensor in case.free]
    exact = case.loss(name, *(half.double() for half in halves))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = case.loss(name, *halves)
    torch.testing.assert_close(found.double(), exact, rtol=1e-4, atol=1e-5)


def test_only_families_that_the_step_made_are_computed():
    case = tokens()
    params = LossParams(weights={"kl": 1, "focal": 1, "hinge_critic": 1})
    assert list(measure(Outputs(tokens=case.make(*case.free)), params)) == ["focal"]


def test_settings_reach_the_component():
    case = tokens()
    output = case.make(*case.free)
    wide, narrow = (LossParams(weights={"pitch_range": 1}, **SETTINGS | {"highest_pitch": top}) for top in (100, 60))
    assert measure(Outputs(output), wide)["pitch_range"] < measure(Outputs(output), narrow)["pitch_range"]
