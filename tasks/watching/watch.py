"""`watching`: all that is shown of one training. Each way of showing has a file of its own beside this one."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from aurl_core.training.callbacks.live import Moment
from tasks.params import TrackingParams
from tasks.settings import flatten
from tasks.tracking import live_metrics, live_tag
from tasks.watching.alerts import Alert, AlertDesk, Patience
from tasks.watching.anomalies import Anomaly, SystemCheck
from tasks.watching.display import Display, display
from tasks.watching.events import EVENTS_FILE, SKETCHES, EventFile
from tasks.watching.loggers import Loggers, check_loggers, opened_loggers
from tasks.watching.machine import Machine, read_machine

_LINE_SECONDS: Final = 15.0
"""Between two lines of the log on how a training stands."""

log = logging.getLogger(__name__)


@contextmanager
def watching(run: Path, tracking: TrackingParams, settings: Mapping[str, Any]) -> Iterator[Watch]:
    """Show the training whose state is in the folder `run` for as long as the block lasts.

    `settings` is what a person may want to read beside the curves.
    """
    check_loggers(tracking)
    settings = flatten(settings)
    events = EventFile(run / EVENTS_FILE)
    with display("train") as shown, opened_loggers(tracking, run.name, settings) as loggers:
        watch = Watch(run, shown, events, loggers)
        desk = AlertDesk([watch.alert])
        logging.getLogger().addHandler(desk)
        events.begin(run.name, settings)
        status = "failed"
        try:
            yield watch
            status = "finished"
        except (KeyboardInterrupt, SystemExit):
            status = "killed"
            raise
        finally:
            logging.getLogger().removeHandler(desk)
            events.add("end", status=status)


@dataclass
class Watch:
    """Takes what `fit` tells and passes it on."""

    run: Path
    display: Display
    events: EventFile
    loggers: Loggers
    _check: SystemCheck = field(default_factory=SystemCheck)
    _patience: Patience = field(default_factory=Patience)
    _line: float = 0.0
    """When the log had its last line, monotonic seconds."""

    def progress(self, done: int, total: int) -> None:
        """How far it is, in tokens."""
        self.display.go(done, total)

    def moment(self, moment: Moment) -> None:
        """How it stands, about every second."""
        machine = read_machine(self.run)
        self.display.live(moment, machine)
        is_last = moment.step == moment.num_steps
        if self.events.add_moment({**asdict(moment), **asdict(machine)}, is_last=is_last):
            self._log_figures(live_figures(moment, machine), moment.tokens_seen)
        if is_last or time.monotonic() - self._line >= _LINE_SECONDS:
            self._line = time.monotonic()
            self._log_line(moment, machine)
        self._warn(self._check.look(moment, machine))

    def figures(self, figures: dict[str, float], tokens_seen: int) -> None:
        """What a validation measured."""
        self.display.figures(figures, tokens_seen)
        self.events.add("figures", tokens_seen=tokens_seen, figures=figures)
        self._log_figures(figures, tokens_seen)
        self._warn(self._check.compare(figures))

    def alert(self, alert: Alert) -> None:
        """What was logged as a warning about the training."""
        self.display.alert(alert)
        self.events.add("alert", code=alert.code, level=alert.level, text=alert.text)
        live_tag(f"alert.{tag_name(alert.code)}", alert.text)

    def _log_figures(self, figures: Mapping[str, float], tokens_seen: int) -> None:
        live_metrics(figures, tokens_seen)
        self.loggers.add(figures, tokens_seen)

    def _log_line(self, moment: Moment, machine: Machine) -> None:
        samples = sorted((self.run / SKETCHES).glob("*.mid"))
        sample = str(samples[-1]) if samples else None
        fields = {**asdict(moment), **asdict(machine), "sample": sample}
        log.info(state_line(moment, machine, sample), extra={"fields": fields})

    def _warn(self, anomalies: Iterator[Anomaly]) -> None:
        for anomaly in anomalies:
            if self._patience.allows(anomaly.code):
                log.warning(anomaly.text, extra={"fields": {"alert": anomaly.code}})


def live_figures(moment: Moment, machine: Machine) -> dict[str, float]:
    """The curves of a moment by name, in groups."""
    curves: dict[str, float | None] = {
        **{f"losses/{name}": value for name, value in moment.losses.items()},
        "steps/epoch": moment.epoch,
        "steps/learning_rate": moment.learning_rate,
        "steps/gradient_norm": moment.gradient_norm,
        "speed/tokens_per_second": moment.tokens_per_second,
        "speed/samples_per_second": moment.samples_per_second,
        "speed/loading_share": moment.loading_share,
        "machine/memory_bytes": machine.memory_bytes,
        "machine/gpu_memory_bytes": machine.gpu_memory_bytes,
        "machine/gpu_utilization": machine.gpu_utilization,
    }
    return {name: float(value) for name, value in curves.items() if value is not None}


def state_line(moment: Moment, machine: Machine, sample: str | None) -> str:
    """A training in one line: where it is, its losses, its pace, what it learns from, what it takes, how it sounds."""
    batch = f"epoch {moment.epoch:.2f}, batch {moment.step}/{moment.num_steps}"
    losses = ", ".join(f"{name} {value:.4g}" for name, value in moment.losses.items())
    norm = "" if moment.gradient_norm is None else f", gradient norm {moment.gradient_norm:.3g}"
    gpu = "" if machine.gpu_memory_bytes is None else f", GPU {machine.gpu_memory_bytes / 1e6:.0f} MB"
    return " | ".join(
        [
            batch,
            f"losses: {losses}",
            f"learning rate {moment.learning_rate:.3g}{norm}",
            f"{moment.tokens_per_second:.0f} tokens/s, {moment.samples_per_second:.1f} samples/s",
            f"files: {moment.num_files} (augmented: {moment.num_versions})",
            f"memory: {machine.memory_bytes / 1e6:.0f} MB{gpu}",
            f"sample: {sample or 'none yet'}",
        ]
    )


def tag_name(code: str) -> str:
    """A code as MLflow takes it in the name of a tag.

    >>> tag_name("the loss %s is not finite")
    'the_loss_s_is_not_finite'
    """
    letters = "".join(letter if letter.isalnum() else " " for letter in code)
    return "_".join(letters.split())[:60]
