"""Log lines have one structure, and grown files are put away compressed."""

import gzip
import json
import logging
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from aurl_core.errors import MissingError
from tasks.failure import told
from tasks.logs import CompressedFileHandler, LineFormatter, set_up_logs

LINE = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] \[INFO\] \[room\] hello 1\n"


@pytest.fixture
def restored_logs() -> Iterator[None]:
    """Put pytest's own handlers back afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    logging.captureWarnings(False)
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)


@pytest.mark.usefixtures("restored_logs")
def test_a_line_goes_to_the_console_and_to_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(tmp_path / "logs", "parse")

    logging.getLogger("room").info("hello %d", 1)

    assert re.fullmatch(LINE, capsys.readouterr().err)
    assert re.fullmatch(LINE, (tmp_path / "logs" / "parse.log").read_text())


@pytest.mark.usefixtures("restored_logs")
def test_a_line_is_a_json_object_with_its_fields_too(tmp_path: Path) -> None:
    set_up_logs(tmp_path, "train")

    logging.getLogger("room").warning("step %d", 3, extra={"fields": {"step": 3, "losses": {"kl": 0.5}}})

    found = json.loads((tmp_path / "train.jsonl").read_text())
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", found.pop("at"))
    assert found == {"level": "WARNING", "module": "room", "message": "step 3", "step": 3, "losses": {"kl": 0.5}}


@pytest.mark.usefixtures("restored_logs")
def test_warnings_are_lines_too(tmp_path: Path) -> None:
    set_up_logs(tmp_path, "parse")

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("careful", UserWarning, stacklevel=1)

    assert "[WARNING] [py.warnings]" in (tmp_path / "parse.log").read_text()


def test_a_grown_file_is_compressed_and_the_oldest_goes(tmp_path: Path) -> None:
    handler = CompressedFileHandler(tmp_path / "a.log", max_bytes=60, max_files=2)
    handler.setFormatter(LineFormatter())

    for number in range(4):
        handler.emit(logging.LogRecord("room", logging.INFO, "", 0, f"message {number}", None, None))
    handler.close()

    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.log", "a.log.1.gz", "a.log.2.gz"]
    assert "message 2" in gzip.decompress((tmp_path / "a.log.1.gz").read_bytes()).decode()


@pytest.mark.usefixtures("restored_logs")
def test_what_ends_a_stage_is_in_its_file_and_once_in_plain_words_on_the_console(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(tmp_path / "logs", "parse")

    with told():
        raise MissingError("data/raw is missing")

    assert capsys.readouterr().err == "data/raw is missing\n"
    assert "[ERROR] [tasks.failure] data/raw is missing" in (tmp_path / "logs" / "parse.log").read_text()


@pytest.mark.usefixtures("restored_logs")
def test_a_bug_keeps_its_traceback_in_the_file(tmp_path: Path) -> None:
    set_up_logs(tmp_path / "logs", "parse")

    with pytest.raises(ZeroDivisionError), told():
        1 / 0  # noqa: B018

    assert "ZeroDivisionError: division by zero" in (tmp_path / "logs" / "parse.log").read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.usefixtures("restored_logs")
def test_a_full_disk_costs_the_line_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("parse.log", "parse.jsonl"):
        (tmp_path / name).symlink_to("/dev/full")
    set_up_logs(tmp_path, "parse")

    logging.getLogger("room").info("hello %d", 1)

    assert re.fullmatch(LINE, capsys.readouterr().err)
