"""What can go wrong with a training that is no fault of its mathematics: memory, disk, speed, and what validation says.

Losses and gradients that misbehave are noticed in the library's training room, which also acts on them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Final, Literal

from aurl_core.training.callbacks.live import Moment
from tasks.watching.machine import Machine

Code = Literal["memory_grows", "memory_short", "disk_low", "slower", "loader_starves", "validation_rises"]

_SETTLED: Final = 30
"""Moments after which memory and speed are what they should stay."""
_RECENT, _USUAL = 10, 300
"""Moments that are looked at together, and those that say what is usual."""
_GROWTH, _GROWTH_BYTES = 1.3, 256e6
"""Memory grows if it is so many times, and so much, more than when it had settled."""
_LOW_DISK_BYTES, _SHORT_MEMORY_BYTES = 2e9, 500e6
_SLOW: Final = 0.6
"""Share of the usual speed below which a training has become slower."""
_STARVING: Final = 0.25
"""Share of the time that may be spent waiting for batches."""
_RISES: Final = 3
"""Validations in a row that may lie above the best while the training's figure falls."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something a person should look at."""

    code: Code
    text: str
    """What was seen, and what to do."""


@dataclass
class SystemCheck:
    """Remembers what is usual for this run."""

    _speeds: deque[float] = field(default_factory=lambda: deque(maxlen=_USUAL))
    _recent_waits: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT))
    _num_moments: int = 0
    _settled_bytes: int = 0
    _validations: list[tuple[float, float]] = field(default_factory=list)
    """What training and validation measured, in the order of measuring."""

    def look(self, moment: Moment, machine: Machine) -> Iterator[Anomaly]:
        """What is wrong at a moment."""
        self._num_moments += 1
        yield from self._memory(machine)
        if machine.free_disk_bytes < _LOW_DISK_BYTES:
            text = f"{machine.free_disk_bytes / 1e9:.1f} GB of disk are left; `aurl clean` says what it can free"
            yield Anomaly("disk_low", text)
        yield from self._speed(moment)

    def compare(self, figures: Mapping[str, float]) -> Iterator[Anomaly]:
        """Has validation risen for long while training went on falling?"""
        pair = (figures.get("train_nats_per_token"), figures.get("validation_nats_per_token"))
        if pair[0] is None or pair[1] is None:
            return
        self._validations.append((pair[0], pair[1]))
        best = min(range(len(self._validations)), key=lambda number: self._validations[number][1])
        later = self._validations[best:]
        if len(later) > _RISES and later[-1][0] < later[0][0]:
            text = (
                f"validation has not come down to {later[0][1]:.3f} nats/token again for {len(later) - 1} validations, "
                "and training still falls: the model learns its pieces by heart; more music, more dropout or a "
                "smaller budget"
            )
            yield Anomaly("validation_rises", text)

    def _memory(self, machine: Machine) -> Iterator[Anomaly]:
        if self._num_moments == _SETTLED:
            self._settled_bytes = machine.memory_bytes
        grown = machine.memory_bytes - self._settled_bytes
        if self._settled_bytes and grown > _GROWTH_BYTES and machine.memory_bytes > _GROWTH * self._settled_bytes:
            text = f"memory has grown from {self._settled_bytes / 1e9:.2f} to {machine.memory_bytes / 1e9:.2f} GB"
            yield Anomaly("memory_grows", text)
            self._settled_bytes = machine.memory_bytes  # the next is about what it grows by from here
        if machine.free_memory_bytes < _SHORT_MEMORY_BYTES:
            text = f"{machine.free_memory_bytes / 1e6:.0f} MB of memory are left on this machine"
            yield Anomaly("memory_short", text)

    def _speed(self, moment: Moment) -> Iterator[Anomaly]:
        self._recent_waits.append(moment.loading_share)
        self._speeds.append(moment.tokens_per_second)
        if self._num_moments < _SETTLED:
            return
        usual, now = median(self._speeds), median(list(self._speeds)[-_RECENT:])
        if now < _SLOW * usual:
            text = f"{now:,.0f} tokens/s instead of {usual:,.0f}: something else works on this machine"
            yield Anomaly("slower", text)
        waits = mean(self._recent_waits)
        if waits > _STARVING:
            yield Anomaly("loader_starves", f"{waits:.0%} of the time the steps wait for their batches")
