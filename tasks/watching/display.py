"""The terminal while a model trains: how far, how long still, how fast, what it takes, how well. Plain lines elsewhere.

Log lines scroll by above; alerts stay below the bar for a while.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from aurl_core.training.callbacks.live import Moment
from tasks.progress import ProgressSink, bar_columns, progress
from tasks.watching.alerts import Alert
from tasks.watching.machine import Machine

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress
    from rich.table import Table

_ALERT_SECONDS: Final = 60.0
_MOST_ALERTS: Final = 3
_REFRESHES: Final = 4
"""A second."""


class Display(Protocol):
    """What a watch shows things on."""

    def go(self, done: int, total: int) -> None:
        """So many tokens of so many."""

    def live(self, moment: Moment, machine: Machine) -> None:
        """How it stands."""

    def figures(self, figures: Mapping[str, float], tokens_seen: int) -> None:
        """What a validation measured."""

    def alert(self, alert: Alert) -> None:
        """What a person should look at."""


@contextmanager
def display(label: str) -> Iterator[Display]:
    """A screen on a terminal; anywhere else the `PROGRESS` lines of every stage, and nothing more."""
    if sys.stdout.isatty():
        from rich.console import Console

        with screen(label, Console()) as shown:
            yield shown
    else:
        with progress(label) as sink:
            yield Lines(sink)


@dataclass(frozen=True, slots=True)
class Lines:
    """Tells how far it is; the rest stands in the log."""

    sink: ProgressSink

    def go(self, done: int, total: int) -> None:
        self.sink(done, total)

    def live(self, moment: Moment, machine: Machine) -> None: ...

    def figures(self, figures: Mapping[str, float], tokens_seen: int) -> None: ...

    def alert(self, alert: Alert) -> None: ...


@contextmanager
def screen(label: str, console: Console) -> Iterator[Screen]:
    """A `Screen` that is kept up to date on `console` while the block runs."""
    from rich.live import Live
    from rich.progress import Progress

    bars = Progress(*bar_columns(), console=console)
    shown = Screen(bars, bars.add_task(label, total=None))
    with Live(get_renderable=shown.render, console=console, refresh_per_second=_REFRESHES):
        yield shown


@dataclass
class Screen:
    """A bar, a table of what is going on, and the last alerts."""

    bars: Progress
    task: int
    clock: Callable[[], float] = time.time
    _rows: dict[str, str] = field(default_factory=dict)
    _best: dict[str, float] = field(default_factory=dict)
    _alerts: list[Alert] = field(default_factory=list)

    def go(self, done: int, total: int) -> None:
        """Move the bar."""
        from rich.progress import TaskID

        self.bars.update(TaskID(self.task), completed=done, total=total)

    def live(self, moment: Moment, machine: Machine) -> None:
        """Renew the rows on speed, memory, step and losses."""
        gpu = [f"{machine.gpu_memory_bytes / 1e9:.1f} GB GPU memory"] if machine.gpu_memory_bytes is not None else []
        gpu += [f"GPU {machine.gpu_utilization:.0%} busy"] if machine.gpu_utilization is not None else []
        norm = [f"gradient norm {moment.gradient_norm:.3g}"] if moment.gradient_norm is not None else []
        self._rows |= {
            "speed": _joined(
                f"{moment.tokens_per_second:,.0f} tokens/s",
                f"{moment.samples_per_second:,.1f} samples/s",
                f"{moment.loading_share:.0%} waiting for data",
            ),
            "memory": _joined(f"{machine.memory_bytes / 1e9:.2f} GB RAM", *gpu),
            "step": _joined(
                f"{moment.step:,} of {moment.num_steps:,}",
                f"epoch {moment.epoch:.2f}",
                f"learning rate {moment.learning_rate:.3g}",
                *norm,
            ),
            "losses": _joined(*(f"{name} {value:.4g}" for name, value in moment.losses.items())),
        }

    def figures(self, figures: Mapping[str, float], tokens_seen: int) -> None:
        """Renew the row on the last validation, the best so far in brackets."""
        for name, value in figures.items():
            self._best[name] = min(value, self._best.get(name, value))
        told = [f"{_plain(name)} {value:.3f} (best {self._best[name]:.3f})"
                for name, value in figures.items() if name.startswith("validation")]  # fmt: skip
        if told:
            self._rows["validation"] = _joined(f"after {tokens_seen:,} tokens", *told)

    def alert(self, alert: Alert) -> None:
        """Show it for a minute."""
        self._alerts = [*self._alerts, alert][-_MOST_ALERTS:]

    def render(self) -> RenderableType:
        """Everything, one below the other."""
        from rich.console import Group
        from rich.text import Text

        now = self.clock()
        alerts = [
            Text(f"▲ {datetime.fromtimestamp(alert.at):%H:%M:%S} {alert.text}", style="bold yellow")
            for alert in self._alerts
            if now - alert.at < _ALERT_SECONDS
        ]
        return Group(self.bars, self._table(), *alerts)

    def _table(self) -> Table:
        from rich.table import Table

        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, text in self._rows.items():
            table.add_row(name, text)
        return table


def _joined(*parts: str) -> str:
    return " · ".join(parts)


def _plain(name: str) -> str:
    """`validation_bits_per_note` as bits/note."""
    return name.removeprefix("validation_").replace("_per_", "/").replace("_", " ")
