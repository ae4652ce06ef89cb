"""From CPU seconds to a number of updates: a few are timed before the training proper, whose schedule then is fixed."""

from __future__ import annotations

import time
from math import floor, log10

from benchmarks.jsb.features import Features
from benchmarks.jsb.recipe import Recipe
from benchmarks.jsb.scoring import step_nats
from benchmarks.jsb.training import Trainer

TIMED_UPDATES = 8
FEWEST_UPDATES, MOST_UPDATES = 10, 1000
"""Beyond those a network only learns its training pieces by heart: more minutes make more members."""


def affordable_updates(features: dict[str, Features], recipe: Recipe, *, cpu_seconds: float, num_passes: int) -> int:
    """How many updates fit beside `num_passes` of scoring validation and test, by the time these take here.

    Rounded down to two digits, so that another run on the same machine most often finds the same number.
    """
    begun = time.process_time()
    trainer = Trainer(features["train"], recipe.shape, recipe.training)
    trainer.update(0, TIMED_UPDATES + 1)
    warm = time.process_time()
    for update in range(1, TIMED_UPDATES + 1):
        trainer.update(update, TIMED_UPDATES + 1)
    seconds_an_update = (time.process_time() - warm) / TIMED_UPDATES
    unscored = time.process_time()
    step_nats(trainer.network, features["valid"])
    num_steps = {split: len(features[split].codes) for split in features}
    seconds_a_pass = (time.process_time() - unscored) * (1 + num_steps["test"] / num_steps["valid"])
    left = cpu_seconds - (time.process_time() - begun) - num_passes * seconds_a_pass
    return min(max(FEWEST_UPDATES, two_digits(left / seconds_an_update)), MOST_UPDATES)


def two_digits(count: float) -> int:
    """Rounded down to two significant digits."""
    if count < 10:
        return max(0, int(count))
    unit = 10 ** (floor(log10(count)) - 1)
    return int(count // unit * unit)
