import pytest
import torch

from aurl_core.errors import SettingError
from aurl_core.models.registry import build
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.health.events import Unstable
from aurl_core.training.likelihood import LikelihoodLearner
from aurl_core.training.optimization.learning_rate import learning_rate_factor
from aurl_core.training.optimization.precision import build_scaler, lightning_precision


@pytest.mark.parametrize(("precision", "expected"), [("fp32", "32-true"), ("bf16", "bf16-mixed"), ("fp16", "16-mixed")])
def test_what_is_asked_for_is_taken(make_recipe, precision, expected):
    assert lightning_precision(make_recipe(precision=precision).train) == expected


@pytest.mark.parametrize(
    ("features", "expected"), [({"avx512_bf16": True}, "bf16-mixed"), ({"avx512_bf16": False, "avx2": True}, "32-true")]
)
def test_auto_is_what_the_processor_can_do(make_recipe, monkeypatch, features, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features)
    assert lightning_precision(make_recipe(precision="auto", accelerator="cpu").train) == expected


def test_apple_devices_train_in_fp32(make_recipe):
    assert lightning_precision(make_recipe(precision="auto", accelerator="mps").train) == "32-true"


def test_only_fp16_scales_the_loss(make_recipe):
    assert build_scaler(make_recipe(precision="bf16").train) is None
    scaler = build_scaler(make_recipe(precision="fp16", loss_scale={"start": 1024}).train)
    assert scaler.scale(torch.ones(())) == 1024


def test_fp16_is_refused_where_it_is_not_to_be_had(make_recipe):
    with pytest.raises(SettingError, match=r"fp16.*mps"):
        build_scaler(make_recipe(precision="fp16", accelerator="mps").train)


@pytest.fixture
def learner(make_recipe) -> LikelihoodLearner:
    """Of one weight, whose gradient is whatever its loss is multiplied by."""
    recipe, traits = (
        make_recipe(precision="fp16", loss_scale={"start": 1024, "peaceful_steps": 2}),
        TokenTraits.blank(9),
    )
    made = LikelihoodLearner(build(recipe.model, traits), recipe.train, recipe.schedule, traits=traits, seed=1)
    made.line = torch.nn.Linear(1, 1, bias=False)
    made.descent = [torch.optim.SGD(made.line.parameters(), lr=1.0)]
    made.descent[0].param_groups[0]["factor"] = 1.0
    made.all_optimizers = lambda: made.descent
    made.manual_backward = lambda loss: made.scaler.scale(loss).backward()
    return made


def stepped(learner, slope: float, step: int) -> float:
    """How far the weight moves by a gradient of this slope, at a learning rate of 1."""
    before = learner.line.weight.item()
    rate = learner.params.optimizer.learning_rate * learning_rate_factor(
        step, learner.schedule.num_steps, learner.params.optimizer.schedule
    )
    learner.descend([learner.line.weight.sum() * slope], learner.line, learner.descent, step)
    return (before - learner.line.weight.item()) / rate


def test_gradients_have_their_own_size_again_before_they_are_clipped(learner):
    assert stepped(learner, 0.5, 2) == pytest.approx(0.5, rel=1e-4)
    assert stepped(learner, 4.0, 3) == pytest.approx(1.0, rel=1e-4)


def test_a_step_that_overflows_is_left_out_counted_and_halves_the_scale(learner):
    assert stepped(learner, float("inf"), 2) == 0
    assert (learner.scaler.get_scale(), int(learner.num_skipped)) == (512, 1)
    assert stepped(learner, 0.5, 3) == pytest.approx(0.5, rel=1e-4)


def test_the_scale_doubles_after_peace(learner):
    for step in (2, 3):
        stepped(learner, 0.5, step)
    assert learner.scaler.get_scale() == 2048


def test_what_no_scale_can_mend_is_a_trouble(learner):
    with pytest.raises(Unstable):
        for _ in range(12):
            stepped(learner, float("nan"), 2)
    assert int(learner.num_skipped) == 10


def test_after_a_trouble_that_was_found_in_a_step_the_next_one_is_taken(learner):
    with pytest.raises(Unstable):
        learner.descend([learner.line.weight.sum() * 0 + float("inf")], learner.line, learner.descent, 2)
    learner.descent[0].zero_grad()
    assert stepped(learner, 0.5, 3) == pytest.approx(0.5, rel=1e-4)
