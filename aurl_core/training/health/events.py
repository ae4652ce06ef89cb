"""Troubles of a training as values and as sentences. What finds them lives in watch.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypedDict

from aurl_core.losses.history import LossHistory
from aurl_core.training.health.params import Trouble

Action = Literal["told", "step skipped", "rolled back"]
FIGURES: Final[dict[Trouble, str]] = {"loss_spike": "nats per token", "gradient_spike": "the gradient norm"}
"""What the spikes are of."""


class Event(TypedDict):
    """A trouble, and what was done about it."""

    step: int
    trouble: Trouble
    value: float | None
    """The loss or gradient norm; None if it is not finite, since JSON has no word for that."""
    action: Action
    back_to_step: int | None
    """Steps that the weights to which it went back had seen."""
    rate_scale: float
    """What the schedule's learning rate is multiplied by from then on."""


@dataclass(frozen=True, slots=True)
class Health:
    """What is known in the end of how a training went, beside its curve."""

    troubles: list[Event] = field(default_factory=list)
    """What went wrong on the way, and what was done about it."""
    gradients: LossHistory = field(default_factory=LossHistory)
    """The gradient norm of each step, before clipping."""
    stopped: str | None = None
    """Why it stopped before its budget was spent, if it did."""


class Unstable(Exception):  # noqa: N818 - a signal between the learner and its watch, never seen by a user
    """A step that must not be taken, or one that shows that earlier ones should not have been."""

    def __init__(self, trouble: Trouble, value: float) -> None:
        super().__init__(trouble, value)
        self.trouble = trouble
        self.value = value


def later(event: Event, *, by: int) -> Event:
    """The same event where steps are counted from so many steps earlier."""
    back = event["back_to_step"]
    return Event(**{**event, "step": event["step"] + by, "back_to_step": None if back is None else back + by})


def told(event: Event) -> str:
    """An event as a sentence.

    >>> told(Event(step=120, trouble="loss_spike", value=7.25, action="told", back_to_step=None, rate_scale=1.0))
    'step 120: nats per token stays far above what it was (7.25); nothing was done'
    """
    trouble, value = event["trouble"], event["value"]
    what = "the loss or its gradient is not a finite number"
    if trouble != "non_finite":
        what = f"{FIGURES[trouble]} stays far above what it was ({value:.4g})"
    done = {
        "told": "nothing was done",
        "step skipped": "the step was skipped",
        "rolled back": f"back to the weights after step {event['back_to_step']}, "
        f"from where the learning rate is {event['rate_scale']:.3g} times the schedule's",
    }
    return f"step {event['step']}: {what}; {done[event['action']]}"


def no_way_on(trouble: Unstable, step: int, why: str) -> str:
    """What an error says of a training that does not get on, and what to try."""
    return (
        f"the training came to nothing at step {step} ({trouble.trouble}, {trouble.value:.4g}): {why}. Lower "
        "train.optimizer.learning_rate or train.optimizer.clip.norm, raise train.optimizer.schedule.warmup_share, or "
        "take train.precision fp32; train.health.max_rollbacks, train.health.rate_factor and train.health.roll_back_on "
        "say what is tried before giving up. The log names each step at which it went wrong"
    )
