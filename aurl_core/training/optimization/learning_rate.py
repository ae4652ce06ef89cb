"""How the learning rate moves along a run: a function of the step alone, so a resumed run needs no memory of it.

How it is lowered when validation gets no better, or when a training goes wrong, is said in the room `health`.
"""

from __future__ import annotations

import math

from aurl_core.training.optimization.schedule_params import (
    CosineSchedule,
    InverseSquareRootSchedule,
    OneCycleSchedule,
    ScheduleParams,
    TrapezoidSchedule,
)


def learning_rate_factor(step: int, num_steps: int, schedule: ScheduleParams) -> float:
    """The share of the peak learning rate at `step` (from 0).

    >>> schedule = TrapezoidSchedule(warmup_share=0.2, decay_share=0.5)
    >>> [round(learning_rate_factor(step, 10, schedule), 2) for step in range(10)]
    [0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 0.6, 0.4, 0.2]
    """
    if isinstance(schedule, OneCycleSchedule):
        return _one_cycle(step / num_steps, schedule)
    warmup = schedule.warmup_share * num_steps
    rising = (step + 1) / warmup if warmup else 1.0
    if isinstance(schedule, CosineSchedule):
        done = max(0.0, (step - warmup) / (num_steps - warmup)) if warmup < num_steps else 0.0
        return min(rising, 1.0, _wave(1.0, schedule.floor, done))
    if isinstance(schedule, InverseSquareRootSchedule):
        return min(rising, 1.0, math.sqrt(warmup / (step + 1)) * min(1.0, _falling(step, num_steps, schedule)))
    if isinstance(schedule, TrapezoidSchedule):
        return min(rising, 1.0, _falling(step, num_steps, schedule))
    return min(rising, 1.0)


def _falling(step: int, num_steps: int, schedule: TrapezoidSchedule | InverseSquareRootSchedule) -> float:
    """Down to 0 at the end of the run; above 1 before that begins."""
    decay = schedule.decay_share * num_steps
    return (num_steps - step) / decay if decay else 1.0


def _one_cycle(progress: float, schedule: OneCycleSchedule) -> float:
    peak = schedule.warmup_share
    if progress < peak:
        return _wave(schedule.start, 1.0, progress / peak)
    return _wave(1.0, schedule.floor, (progress - peak) / (1 - peak))


def _wave(start: float, end: float, done: float) -> float:
    """Between two values along half a wave."""
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2
