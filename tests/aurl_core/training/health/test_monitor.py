from aurl_core.losses.history import LossHistory
from aurl_core.training.health.monitor import gradient_figures


def test_gradients_are_told_of_the_steps_since():
    history = LossHistory()
    for step, norm in enumerate((9.0, 1.0, 2.0)):
        history.record(step, {"gradient_norm": norm})
    assert gradient_figures(history, since_step=1) == {"gradient_norm": 1.5, "gradient_norm_max": 2.0}
    assert gradient_figures(history, since_step=3) == {}
