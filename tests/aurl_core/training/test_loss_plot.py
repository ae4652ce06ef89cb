import re

from aurl_core.losses.history import LossHistory
from aurl_core.training.loss_plot import draw_losses


def history(**values) -> LossHistory:
    made = LossHistory()
    for name, numbers in values.items():
        for step, number in enumerate(numbers):
            made.record(step, {name: number})
    return made


def test_each_component_has_a_panel_with_its_verdict():
    drawn = draw_losses(history(kl=[1.0] * 50, focal=[3.0 - step / 40 for step in range(50)]))
    titles = re.findall(r"<!-- (\w+: [\w ]+) -->", drawn)
    assert titles == ["kl: steady", "focal: falling"]


def test_long_histories_are_drawn_by_stretches():
    short, long = (draw_losses(history(kl=list(range(length)))) for length in (500, 50_000))
    assert len(long) < 1.3 * len(short)


def test_the_same_history_is_the_same_picture():
    assert draw_losses(history(kl=[1.0, 2.0])) == draw_losses(history(kl=[1.0, 2.0]))
