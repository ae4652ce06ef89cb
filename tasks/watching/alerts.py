"""Warnings about a training as alerts: the same one seldom, to whoever shows them. What is wrong is found elsewhere."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from tasks.logs import fields_of

ROOMS: Final = ("aurl_core.training", "aurl_core.losses", "tasks.watching")
"""Loggers whose warnings are about the training."""
_NUMBER: Final = re.compile(r"-?\d[\d.,e+-]*")
_PATIENCE_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should look at."""

    at: float
    """Unix seconds."""
    level: str
    """WARNING or ERROR."""
    code: str
    """The same for alerts about the same thing: given as the field `alert`, or else the text without its numbers."""
    text: str


AlertSink = Callable[[Alert], None]


@dataclass
class Patience:
    """Lets each code through once in `seconds`."""

    seconds: float = _PATIENCE_SECONDS
    clock: Callable[[], float] = time.monotonic
    _last: dict[str, float] = field(default_factory=dict)

    def allows(self, code: str) -> bool:
        """May it be said now? If so it is taken as said."""
        now = self.clock()
        if now - self._last.get(code, -self.seconds) < self.seconds:
            return False
        self._last[code] = now
        return True


class AlertDesk(logging.Handler):
    """Makes alerts of the warnings of `ROOMS`, each code seldom, for all `sinks`."""

    def __init__(self, sinks: Iterable[AlertSink], patience: Patience | None = None) -> None:
        super().__init__(logging.WARNING)
        self.sinks = tuple(sinks)
        self.patience = patience or Patience()

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(ROOMS):
            return
        code = str(fields_of(record).get("alert") or _NUMBER.sub("", record.getMessage()))
        if self.patience.allows(code):
            alert = Alert(record.created, record.levelname, code, record.getMessage())
            for sink in self.sinks:
                sink(alert)
