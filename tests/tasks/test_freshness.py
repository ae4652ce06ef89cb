"""Why a stage would run, in words."""

from pathlib import Path
from typing import Any

import pytest

from aurl_core.errors import AurlError, BusyError
from tasks.freshness import StageState, combine, dvc_status, refusal
from tasks.pipeline import Declaration

INGEST = Declaration("ingest", (), ("ingest",), (Path("data/raw"),), is_always_changed=True)
PARSE = Declaration("parse", (Path("tasks/parse.py"), Path("data/raw")), ("parse",), (Path("data/parsed"),), False)
PIPELINE = {"ingest": INGEST, "parse": PARSE}
LOCKED = {"ingest": {}, "parse": {"params": {"params.yaml": {"parse": {"repair": True, "deep": {"a": 1}}}}}}
SETTINGS = {"parse": {"repair": True, "deep": {"a": 2}}}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ([], StageState("up to date", "")),
        (
            [{"changed deps": {"params.yaml": {"parse": "modified"}}}],
            StageState("would run", "parse.deep.a: 1 → 2"),
        ),
        ([{"changed outs": {"data/parsed": "deleted"}}], StageState("would run", "data/parsed deleted")),
        (["changed command"], StageState("would run", "changed command")),
        (
            [{"changed deps": dict.fromkeys(["tasks/a.py", "tasks/b.py", "aurl_core/c"], "modified")}],
            StageState("would run", "code: tasks/a.py, tasks/b.py and 1 more"),
        ),
    ],
)
def test_what_dvc_says_is_put_in_words(status: list[Any], expected: StageState) -> None:
    states = combine(PIPELINE, {"ingest": ["always changed"], "parse": status}, LOCKED, SETTINGS)

    assert states["parse"] == expected


def test_a_stage_may_run_when_one_before_it_would() -> None:
    states = combine(PIPELINE, {"ingest": [{"changed outs": {"data/raw": "deleted"}}]}, LOCKED, SETTINGS)

    assert states["parse"] == StageState("may run", "reads what ingest would write")


def test_an_always_changed_stage_only_looks() -> None:
    states = combine(PIPELINE, {"ingest": ["always changed"]}, LOCKED, SETTINGS)

    assert states["ingest"].verdict == "looks"


def test_a_stage_that_never_ran_would() -> None:
    assert combine(PIPELINE, {}, {}, SETTINGS)["ingest"] == StageState("would run", "has not run yet")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ERROR: Unable to acquire lock. Most likely another DVC process is running.", BusyError),
        ("ERROR: 'data/raw' is busy, it is being blocked by: (PID 7): dvc repro", BusyError),
        ("ERROR: 'dvc.lock' is invalid: merge conflict", AurlError),
    ],
)
def test_only_another_command_makes_dvc_busy(words: str, expected: type[AurlError]) -> None:
    assert type(refusal(words)) is expected


def test_a_folder_without_dvc_cannot_be_asked(tmp_path: Path) -> None:
    with pytest.raises(AurlError, match="`dvc status` could not be asked"):
        dvc_status(tmp_path)
