"""A stage as a Prefect task: `dvc repro --single-item <stage>` with a live log, a progress bar and a way to cancel it.

DVC decides what runs and does the caching; Prefect shows it. No stage is imported here.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from prefect import Flow, get_run_logger, task
from prefect.artifacts import create_link_artifact, create_progress_artifact, update_progress_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas import State
from prefect.concurrency.sync import concurrency
from prefect.runtime import flow_run, task_run
from prefect.states import Completed
from pydantic import BaseModel, Field

from aurl_core.errors import AurlError
from tasks.addresses import mlflow_run_address
from tasks.failure import told
from tasks.params import load_params
from tasks.pipeline import NOTHING_CHANGED, STAGES, StageName, ancestors, read_pipeline
from tasks.processes import process_group
from tasks.profiles import compare_profile, profile_names, use_profile

LIMIT = "dvc-repo"
"""The Prefect concurrency limit that keeps two flows from running DVC at once: the second waits."""

CommandName = Literal["tune"]
"""What a flow can run beside stages: commands of `aurl`."""

_PROGRESS = re.compile(r"PROGRESS (\d+)/(\d+) (.*)")
_MLFLOW = re.compile(r"MLFLOW (\w+)/(\w+)")
_UNCHANGED = ("didn't change, skipping", NOTHING_CHANGED)
_ADVICE = ("Use `dvc push`", "To track the changes", "To enable auto staging", "\tgit add", "\tdvc config")
"""What DVC says to people who use it by hand."""
_UPDATE_SECONDS = 1.0


class RunSettings(BaseModel):
    """What a person fills in before a flow starts."""

    profile: str = Field(
        default="",
        description="Profile to write params.yaml from. Empty: the settings as they stand.",
        json_schema_extra={"enum": ["", *profile_names()]},
    )
    overrides: list[str] = Field(default_factory=list, description="Settings to change, like train.budget_tokens=1e6")
    force_from: StageName | None = Field(
        default=None, description="Run this stage and all later ones even if nothing changed."
    )


class StageFailedError(AurlError):
    """A stage ended with an error; its own words are in the log above."""


def reproduce_all(targets: Iterable[StageName], settings: RunSettings) -> list[str]:
    """Bring the targets and all that they need up to date, in order; what became of each stage.

    Call it from a flow. A second flow waits until the first has ended, so that neither runs on the other's settings.
    Raises SettingError on a wrong profile or override before anything runs.
    """
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(LIMIT, 1)
    with concurrency(LIMIT, strict=True, lease_duration=60):
        return _reproduce_in_order(targets, settings)


def _reproduce_in_order(targets: Iterable[StageName], settings: RunSettings) -> list[str]:
    log = get_run_logger()
    if settings.profile or settings.overrides:
        for change in use_profile(settings.profile, settings.overrides):
            log.info("params.yaml: %s", change)
    needed = ancestors(read_pipeline(load_params().model_dump(mode="json")), targets)
    first_forced = STAGES.index(settings.force_from) if settings.force_from else len(STAGES)
    outcomes = []
    for stage in needed:
        state = reproduce(stage, force=STAGES.index(stage) >= first_forced, return_state=True)
        state.result()
        outcomes.append(f"{stage}: {state.message or state.name}")
    return outcomes


@task(task_run_name="{stage}")
def reproduce(stage: StageName, *, force: bool = False) -> State[str]:
    """Run one stage through DVC unless it is up to date; cancelling ends its processes and leaves no DVC lock."""
    command = ["dvc", "repro", "--single-item", stage, *(["--force"] if force else [])]
    reader = _followed(stage, command)
    return Completed(data=stage, name="UpToDate" if reader.is_skipped else "Completed", message=reader.summary)


@task(task_run_name="{name}")
def run_command(name: CommandName) -> str:
    """Run one of the commands that are no stages, as params.yaml says; cancelling ends its processes."""
    _followed(name, ["tasks.cli", name])
    return f"{name}: ran"


def _followed(name: str, command: Sequence[str]) -> "LineReader":
    """Run `python -m <command>` and show what it prints; StageFailedError if it fails."""
    environment = {
        "PIPELINE_KEY": f"prefect:{flow_run.get_id()}",
        "PIPELINE_FLOW_RUN": str(flow_run.get_id()),
        "PIPELINE_TASK_RUN": str(task_run.get_id()),
    }
    reader = LineReader(name, get_run_logger().info)
    with process_group([sys.executable, "-m", *command], environment=environment) as process:
        assert process.stdout
        for line in process.stdout:
            reader.read(line.rstrip())
        code = process.wait()
    if code:
        raise StageFailedError(f"{name} failed (exit status {code}): {reader.last_words()}")
    return reader


def run_by_hand(flow: Flow[[RunSettings], Any]) -> None:
    """Run a flow as a command, no server needed, and exit: `python -m flows.end_to_end --profile test -S seed=1`."""
    parser = argparse.ArgumentParser(prog=f"python -m flows.{flow.fn.__name__}", description=flow.description)
    fields = RunSettings.model_fields
    parser.add_argument("--profile", default="", help=fields["profile"].description)
    parser.add_argument("-S", dest="overrides", action="append", default=[], help=fields["overrides"].description)
    parser.add_argument("--force-from", choices=STAGES, help=fields["force_from"].description)
    settings = RunSettings.model_validate(vars(parser.parse_args()))
    with told() as outcome:
        compare_profile(settings.profile, settings.overrides)  # a mistake is said here, without Prefect around it
        flow(settings)
    sys.exit(outcome.code)


@dataclass
class LineReader:
    """Understands what a stage or a command prints, line by line: progress, its MLflow run, and lines for people."""

    name: str
    tell: Callable[[str], None]
    is_skipped: bool = False
    _tail: list[str] = field(default_factory=list)
    _artifact: UUID | None = None
    _shown: float = 0.0

    def read(self, line: str) -> None:
        """Take one line of output."""
        if found := _PROGRESS.fullmatch(line):
            self._show(int(found[1]), int(found[2]), found[3])
        elif found := _MLFLOW.fullmatch(line):
            address = mlflow_run_address(found[1], found[2])
            create_link_artifact(address, "MLflow run", key=f"{self.name}-mlflow", description=f"MLflow: {address}")
        elif line and not line.startswith(_ADVICE):
            self.is_skipped = self.is_skipped or any(words in line for words in _UNCHANGED)
            self._tail = [*self._tail[-9:], line]
            self.tell(line)

    @property
    def summary(self) -> str:
        return "up to date" if self.is_skipped else "ran"

    def last_words(self) -> str:
        """The last lines that were not DVC's own."""
        return " ".join(line for line in self._tail if not line.startswith(("ERROR: failed", "Running stage", ">")))

    def _show(self, done: int, total: int, label: str) -> None:
        now = time.monotonic()
        if now - self._shown < _UPDATE_SECONDS and done < total:
            return
        self._shown, share = now, 100 * done / max(total, 1)
        if self._artifact is None:
            artifact = create_progress_artifact(share, key=f"{self.name}-progress", description=label)
            assert isinstance(artifact, UUID)
            self._artifact = artifact
        else:
            update_progress_artifact(self._artifact, share)
