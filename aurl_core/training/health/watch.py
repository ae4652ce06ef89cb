"""`Watch`: judges each step by its loss and gradient norm. How a training goes back is said in rollback.py.

Every process of a distributed training judges by the same numbers, so all of them decide alike.
"""

from __future__ import annotations

import logging
import math
from typing import Any, Final

from torch import Tensor, nn

from aurl_core.errors import UnstableError
from aurl_core.losses.history import LossHistory
from aurl_core.training.distributed.collective import means_of_all
from aurl_core.training.health.events import FIGURES, Action, Event, Health, Unstable, no_way_on, told
from aurl_core.training.health.params import HealthParams, Trouble
from aurl_core.training.health.spikes import RecentSteps

_log = logging.getLogger(__name__)
GRADIENT_NORM: Final = "gradient_norm"


class Watch(nn.Module):
    """What is remembered of the steps; it is part of the learner's state and never rolled back.

    It has no weights; as a module its state is kept wherever that of the network is.
    """

    def __init__(self, params: HealthParams) -> None:
        super().__init__()
        self.params = params
        self.rate_scale = 1.0
        """What the schedule's learning rate is multiplied by."""
        self.events: list[Event] = []
        self.history = LossHistory()
        """The gradient norm of each step, before clipping."""
        self._begin_anew()

    @property
    def num_rollbacks(self) -> int:
        """How often the training went back."""
        return sum(event["action"] == "rolled back" for event in self.events)

    @property
    def gradient_norm(self) -> float | None:
        """Of the last step, before clipping; None if no step was taken."""
        norms = self.history.values.get(GRADIENT_NORM)
        return norms[-1] if norms else None

    def weigh(self, step: int, *, loss: Tensor, gradient_norm: Tensor) -> None:
        """Judge gradients before they become a step; `Unstable` if they must not."""
        self.refuse_non_finite(loss, gradient_norm)
        self.history.record(step, {GRADIENT_NORM: gradient_norm})
        self._judge(step, "gradient_spike", float(gradient_norm))

    def refuse_non_finite(self, loss: Tensor, gradient_norm: Tensor) -> None:
        """`Unstable` if gradients are none to step by. The norm is taken for the same in all processes."""
        for value in (gradient_norm, means_of_all({"loss": loss.detach()})["loss"]):
            if not math.isfinite(value):
                raise Unstable("non_finite", float(value))

    def look(self, step: int, nats_per_token: Tensor) -> None:
        """Judge what all processes together predicted in a step that was taken; `Unstable` if the training should go
        back."""
        nats = float(nats_per_token)
        if not math.isfinite(nats):
            raise Unstable("non_finite", nats)
        self._num_non_finite = 0
        self._judge(step, "loss_spike", nats)

    def undo(self, trouble: Unstable, step: int, *, good_step: int) -> bool:
        """Note a trouble; should the training go back to the state after `good_step` steps?

        `UnstableError` if it went back as often as the settings allow, or if it is not to go back and never gets on.
        """
        params = self.params
        if trouble.trouble not in params.roll_back_on:
            self._num_non_finite += 1
            if self._num_non_finite >= params.spike_steps:
                raise UnstableError(no_way_on(trouble, step, f"{params.spike_steps} steps in a row could not be taken"))
            self._note(step, trouble, "step skipped")
            return False
        if self.num_rollbacks >= params.max_rollbacks:
            raise UnstableError(
                no_way_on(trouble, step, f"the training went back {params.max_rollbacks} times already")
            )
        self.rate_scale *= params.rate_factor
        self._note(step, trouble, "rolled back", good_step)
        self._begin_anew()
        return True

    def record(self, *, stopped: str | None) -> Health:
        """What is to be known of the training when it is over."""
        return Health(self.events, self.history, stopped)

    def get_extra_state(self) -> dict[str, Any]:
        return {
            "rate_scale": self.rate_scale,
            "events": [dict(event) for event in self.events],
            "history": self.history.state(),
            "recent": {name: recent.state() for name, recent in self._recent.items()},
            "streaks": dict(self._streaks),
            "num_non_finite": self._num_non_finite,
        }

    def set_extra_state(self, state: dict[str, Any]) -> None:
        self.rate_scale = state["rate_scale"]
        self.events = state["events"]
        self.history = LossHistory.of(state["history"])
        self._recent = {name: RecentSteps(self.params.window_steps, known) for name, known in state["recent"].items()}
        self._streaks = state["streaks"]
        self._num_non_finite = state["num_non_finite"]

    def _begin_anew(self) -> None:
        """Forget what steps used to look like: after a trouble they may be others for good."""
        self._recent = {trouble: RecentSteps(self.params.window_steps) for trouble in FIGURES}
        self._streaks = dict.fromkeys(FIGURES, 0)
        self._num_non_finite = 0

    def _judge(self, step: int, trouble: Trouble, value: float) -> None:
        recent = self._recent[trouble]
        deviations = recent.deviations(value)
        if deviations <= self.params.spike_deviations:
            recent.add(value)
            self._streaks[trouble] = 0
            return
        self._streaks[trouble] += 1
        _log.info("step %d: %s %.4g is %.1f deviations above its median", step, FIGURES[trouble], value, deviations)
        if self._streaks[trouble] < self.params.spike_steps:
            return
        if trouble in self.params.roll_back_on:
            raise Unstable(trouble, value)
        self._note(step, Unstable(trouble, value), "told")
        self._recent[trouble], self._streaks[trouble] = RecentSteps(self.params.window_steps), 0

    def _note(self, step: int, trouble: Unstable, action: Action, good_step: int | None = None) -> None:
        event = Event(
            step=step,
            trouble=trouble.trouble,
            value=trouble.value if math.isfinite(trouble.value) else None,
            action=action,
            back_to_step=good_step,
            rate_scale=self.rate_scale,
        )
        self.events.append(event)
        _log.warning("%s", told(event))
