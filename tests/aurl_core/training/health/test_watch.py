import pytest
import torch

from aurl_core.errors import UnstableError
from aurl_core.training.health.events import Unstable
from aurl_core.training.health.params import HealthParams
from aurl_core.training.health.watch import Watch

ONE = torch.tensor(1.0)
NAN = torch.tensor(float("nan"))


def watch_of(**settings) -> Watch:
    """One that knows thirty steps of about the same loss and gradient norm."""
    watch = Watch(HealthParams(window_steps=40, spike_steps=3, **settings))
    for step in range(30):
        watch.weigh(step, loss=ONE, gradient_norm=ONE + step % 3 / 10)
        watch.look(step, ONE + step % 3 / 10)
    return watch


@pytest.mark.parametrize(("loss", "norm"), [(NAN, ONE), (ONE, NAN), (ONE, ONE / 0), (-ONE / 0, ONE)])
def test_what_is_not_finite_is_no_step(loss, norm):
    watch = watch_of()
    with pytest.raises(Unstable) as caught:
        watch.weigh(30, loss=loss, gradient_norm=norm)
    assert caught.value.trouble == "non_finite"
    assert len(watch.history.values["gradient_norm"]) == 30


def test_a_loss_that_stays_high_is_a_trouble_and_one_odd_batch_is_none():
    watch = watch_of()
    for step, nats in enumerate((ONE * 9, ONE, ONE * 9, ONE * 9), start=30):
        watch.look(step, nats)
    with pytest.raises(Unstable) as caught:
        watch.look(34, ONE * 9)
    assert (caught.value.trouble, caught.value.value) == ("loss_spike", 9)


def test_gradients_that_stay_high_are_told_once_and_then_are_the_usual(caplog):
    watch = watch_of()
    for step in range(30, 60):
        watch.weigh(step, loss=ONE, gradient_norm=ONE * 50)
    (event,) = watch.events
    assert (event["step"], event["trouble"], event["action"]) == (32, "gradient_spike", "told")
    assert "the gradient norm stays far above what it was (50)" in caplog.text


def test_each_way_back_lowers_the_rate_until_there_are_no_more():
    watch = watch_of(max_rollbacks=2, rate_factor=0.5)
    for step in (30, 31):
        assert watch.undo(Unstable("non_finite", float("nan")), step, good_step=20)
    assert (watch.rate_scale, watch.num_rollbacks) == (0.25, 2)
    with pytest.raises(UnstableError, match=r"step 32 .* 2 times already\. Lower train\.optimizer\.learning_rate"):
        watch.undo(Unstable("non_finite", float("nan")), 32, good_step=20)


def test_steps_are_skipped_where_nobody_goes_back_but_not_for_ever():
    watch = watch_of(roll_back_on=())
    trouble = Unstable("non_finite", float("nan"))
    assert [watch.undo(trouble, step, good_step=20) for step in (30, 31)] == [False, False]
    watch.look(32, ONE)
    assert [watch.undo(trouble, step, good_step=20) for step in (33, 34)] == [False, False]
    with pytest.raises(UnstableError, match="3 steps in a row could not be taken"):
        watch.undo(trouble, 35, good_step=20)


def test_its_state_is_all_it_knows():
    watch, other = watch_of(), Watch(HealthParams(window_steps=40, spike_steps=3))
    watch.look(30, ONE * 9)
    watch.undo(Unstable("gradient_spike", 9.0), 31, good_step=20)
    other.load_state_dict(watch.state_dict())
    assert other.get_extra_state() == watch.get_extra_state()
    assert other.num_rollbacks == watch.num_rollbacks
