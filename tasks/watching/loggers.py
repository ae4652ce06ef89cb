"""TensorBoard and Weights & Biases, told what MLflow is told. MLflow itself is told in tracking.py, always.

A logger that fails is a warning, never the end of a training. Both write into the repository; nothing goes to the
network unless `tracking.wandb_mode` is `online`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

from aurl_core.errors import SettingError
from tasks.params import TrackingParams
from tasks.tracking import forgiven

FOLDER: Final = Path(".aurl")


class Logger(Protocol):
    """Takes figures by name; a name's part before the slash is its group."""

    def add(self, figures: Mapping[str, float], step: int) -> None:
        """Points of curves at `step`, which is the tokens seen."""

    def close(self) -> None:
        """Write down what is still held."""


class TensorBoard:
    """`.aurl/tensorboard/<run>`; `tensorboard --logdir .aurl/tensorboard` shows it."""

    def __init__(self, run: str, settings: Mapping[str, Any], tracking: TrackingParams) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(FOLDER / "tensorboard" / run))
        rows = "\n".join(f"| {name} | {value} |" for name, value in settings.items())
        self._writer.add_text("settings", f"| setting | value |\n|---|---|\n{rows}")

    def add(self, figures: Mapping[str, float], step: int) -> None:
        """Scalars."""
        for name, value in figures.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Flush the file."""
        self._writer.close()


class WeightsAndBiases:
    """`.aurl/wandb/offline-run-…`; `wandb sync` of that folder uploads it, if a person wants that."""

    def __init__(self, run: str, settings: Mapping[str, Any], tracking: TrackingParams) -> None:
        import wandb

        (FOLDER / "wandb").mkdir(parents=True, exist_ok=True)
        self._run = wandb.init(
            project=tracking.experiment,
            name=run,
            dir=FOLDER,
            config=dict(settings),
            mode=tracking.wandb_mode,
            settings=wandb.Settings(silent=True, console="off", disable_git=True, save_code=False),
        )
        self._run.define_metric("tokens_seen")
        self._run.define_metric("*", step_metric="tokens_seen")

    def add(self, figures: Mapping[str, float], step: int) -> None:
        """One row of the history."""
        self._run.log({**figures, "tokens_seen": step})

    def close(self) -> None:
        """End the run."""
        self._run.finish()


Make = Callable[[str, Mapping[str, Any], TrackingParams], Logger]
MAKERS: Final[Mapping[str, Make]] = MappingProxyType({"tensorboard": TensorBoard, "wandb": WeightsAndBiases})


def check_loggers(tracking: TrackingParams, find: Callable[[str], object] = find_spec) -> None:
    """SettingError if `tracking.loggers` names one whose package, which bears its name, is not there."""
    for name in tracking.loggers:
        if name != "mlflow" and find(name) is None:
            raise SettingError(
                f"tracking.loggers names {name}, which is not installed. `pip install --constraint constraints.txt "
                f"{name}` installs it; or take it out of the list, in which mlflow is always there."
            )


@contextmanager
def opened_loggers(
    tracking: TrackingParams, run: str, settings: Mapping[str, Any], *, makers: Mapping[str, Make] = MAKERS
) -> Iterator[Loggers]:
    """Those that `tracking.loggers` names, closed when the block ends."""
    opened: list[tuple[str, Logger]] = []
    for name, make in makers.items():
        if name in tracking.loggers:
            with forgiven(name, "open a run"):
                opened.append((name, make(run, settings, tracking)))
    try:
        yield Loggers(opened)
    finally:
        for name, logger in opened:
            with forgiven(name, "close its run"):
                logger.close()


class Loggers:
    """All of them as one."""

    def __init__(self, loggers: Sequence[tuple[str, Logger]]) -> None:
        self._loggers = list(loggers)

    def add(self, figures: Mapping[str, float], step: int) -> None:
        """Points for each; one that fails is told nothing more."""
        for entry in list(self._loggers):
            self._loggers.remove(entry)
            with forgiven(entry[0], "take figures"):
                entry[1].add(figures, step)
                self._loggers.append(entry)
