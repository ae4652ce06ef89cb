"""How the learning rate moves along a run: a function of the step alone, so a resumed run needs no memory of it."""

from __future__ import annotations

from aurl_core.training.optimization.params import OptimizerParams


def learning_rate_factor(step: int, num_steps: int, params: OptimizerParams) -> float:
    """The share of the peak learning rate at `step` (from 0): up, level, then down to 0 in straight lines.

    >>> params = OptimizerParams(kind="adamw", learning_rate=1, clip_norm=1, warmup_share=0.2, decay_share=0.5)
    >>> [round(learning_rate_factor(step, 10, params), 2) for step in range(10)]
    [0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 0.6, 0.4, 0.2]
    """
    warmup, decay = params.warmup_share * num_steps, params.decay_share * num_steps
    rising = (step + 1) / warmup if warmup else 1.0
    falling = (num_steps - step) / decay if decay else 1.0
    return min(rising, 1.0, falling)
