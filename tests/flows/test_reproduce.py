"""Stages run as Prefect tasks through real DVC: what is skipped, what is shown, what is left after a failure."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

from aurl_core.errors import SettingError
from tasks.params import load_params
from tasks.reproduce import LineReader, RunSettings, StageFailedError, reproduce_all

Toy = Callable[..., Path]
TALKATIVE = """
import os
from pathlib import Path
print('PROGRESS 1/2 files')
print('PROGRESS 2/2 files')
print('MLFLOW 1/abc')
Path('key').write_text(os.environ['PIPELINE_KEY'])
"""


@flow
def pipeline(settings: RunSettings = RunSettings()) -> list[str]:  # noqa: B008
    """What the flows of the project do, for the two stages of the toy repository."""
    return reproduce_all(["parse"], settings)


def artifact_of(key: str) -> object:
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))
    return found[0].data if found else None


def test_stages_run_in_order_and_the_second_time_only_what_is_forced(toy: Toy) -> None:
    root = toy(ingest="", parse="")

    assert pipeline() == ["ingest: ran", "parse: ran"]
    assert (root / "parse.txt").read_text() == "made"
    assert pipeline(RunSettings(force_from="parse")) == ["ingest: up to date", "parse: ran"]


def test_profile_and_overrides_are_written_before_anything_runs(toy: Toy) -> None:
    toy(parse="")

    pipeline(RunSettings(profile="base", overrides=["seed=7"]))

    assert load_params().seed == 7


def test_a_wrong_override_runs_nothing(toy: Toy) -> None:
    root = toy(ingest="", parse="")

    with pytest.raises(SettingError, match=r"did you mean seed\?"):
        pipeline(RunSettings(overrides=["sed=7"]))

    assert not (root / "ingest.txt").exists()


def test_a_stage_that_fails_fails_the_flow_with_its_own_words(toy: Toy) -> None:
    root = toy(ingest="import sys; sys.exit('the disk is full')", parse="")

    with pytest.raises(StageFailedError, match=r"ingest failed .* the disk is full"):
        pipeline()

    assert not (root / "parse.txt").exists()


def test_progress_and_the_mlflow_run_are_artifacts_and_the_stage_knows_its_pipeline(toy: Toy) -> None:
    root = toy(parse=TALKATIVE)

    pipeline()

    assert artifact_of("parse-progress") == 100.0
    assert "/#/experiments/1/runs/abc" in str(artifact_of("parse-mlflow"))
    name, run = (root / "key").read_text().split(":")
    assert name == "prefect"
    assert UUID(run)


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """Ctrl-C raises here, even where these tests run in the background, which shells let ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_an_interrupt_ends_the_stage_and_leaves_no_lock(toy: Toy) -> None:
    code = "import os, time; from pathlib import Path; Path('pid').write_text(str(os.getpid())); time.sleep(60)"
    root = toy(parse=code)
    main = threading.main_thread().ident

    def interrupt() -> None:
        while not (root / "pid").exists() or not (root / "pid").read_text():
            time.sleep(0.05)
        assert main
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(BaseException):  # noqa: B017
        pipeline()

    with pytest.raises(ProcessLookupError):
        os.kill(int((root / "pid").read_text()), 0)
    (root / "tasks" / "parse.py").write_text("from pathlib import Path; Path('parse.txt').write_text('made')")
    assert pipeline() == ["parse: ran"]


def test_last_words_leave_out_what_dvc_says() -> None:
    told: list[str] = []
    reader = LineReader("parse", told.append)

    for line in ("Running stage 'parse':", "> python -m tasks parse", "the reason", "", "ERROR: failed to reproduce"):
        reader.read(line)

    assert reader.last_words() == "the reason"
    assert len(told) == 4
