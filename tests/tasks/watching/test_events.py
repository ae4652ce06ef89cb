"""The file that the page reads: whole lines, from where one stopped reading, and who writes them."""

import json
import os

from tasks.watching.events import EventFile, is_running, read_events


def test_lines_are_read_from_where_reading_stopped(tmp_path) -> None:
    file = EventFile(tmp_path / "run" / "events.jsonl")
    file.add("figures", tokens_seen=1, figures={"x": 2.0})
    _, offset = read_events(file.path)
    file.add("end", status="finished")

    events, end = read_events(file.path, offset)

    assert [event["kind"] for event in events] == ["end"]
    assert end == file.path.stat().st_size


def test_a_line_that_is_being_written_waits(tmp_path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"kind": "end"}\n{"kind": "fig')

    assert read_events(path) == ([{"kind": "end"}], 16)


def test_a_shorter_file_is_read_from_its_beginning(tmp_path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"kind": "end"}\n')

    assert read_events(path, 4000) == ([{"kind": "end"}], 16)


def test_what_is_not_finite_is_null_as_json_knows_no_nan(tmp_path) -> None:
    file = EventFile(tmp_path / "events.jsonl")
    file.add_moment({"losses": {"kl": float("nan")}}, is_last=False)

    assert json.loads(file.path.read_text())["losses"] == {"kl": None}


def test_moments_thin_out_as_a_training_grows_old(tmp_path) -> None:
    young, old = EventFile(tmp_path / "young"), EventFile(tmp_path / "old", _started=-1e7)

    assert [file.add_moment({}, is_last=False) for file in (young, young, old, old)] == [True, True, True, False]
    assert old.add_moment({}, is_last=True)


def test_a_training_runs_as_long_as_its_process(tmp_path) -> None:
    file = EventFile(tmp_path / "events.jsonl")
    file.begin("abc", {})
    (begin,), _ = read_events(file.path)

    assert begin["pid"] == os.getpid()
    assert is_running([begin])
    assert not is_running([begin | {"pid_started": 0.0}])
    assert not is_running([begin, {"kind": "end"}])
    assert not is_running([])
