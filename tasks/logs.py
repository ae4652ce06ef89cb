"""The one logging set-up: structured lines to the console and to rotating, compressed files. No message lives here.

What a line is about can be given as `extra={"fields": {"step": 12}}`; the JSON lines carry it beside the message.
"""

from __future__ import annotations

import gzip
import json
import logging
import shutil
import sys
from contextlib import suppress
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

_MAX_BYTES = 5_000_000
_MAX_FILES = 9
_YELLOW, _RED, _PLAIN = "\x1b[33m", "\x1b[31m", "\x1b[0m"
_SAID_ALREADY = "tasks.failure"
"""The logger of what a person reads on the console in plain words; it goes to the file alone."""
_QUIET = ("matplotlib", "fontTools", "mlflow", "alembic", "git", "urllib3", "sqlalchemy", "music21")
"""Libraries of which only warnings are of interest."""


class LineFormatter(logging.Formatter):
    """`[2026-01-31 12:00:00.000] [INFO] [tasks.parse] message`, a traceback below if there is one."""

    def __init__(self) -> None:
        super().__init__("[%(asctime)s] [%(levelname)s] [%(name)s] %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        return datetime.fromtimestamp(record.created).isoformat(" ", timespec="milliseconds")


class JsonFormatter(logging.Formatter):
    """The same as a JSON object: at (as in the line), level, module, message, then the fields; error, if any."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created).isoformat(" ", timespec="milliseconds"),
            "level": record.levelname,
            "module": record.name,
            "message": record.getMessage(),
            **fields_of(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What was given as `extra={"fields": ...}`."""
    return dict(getattr(record, "fields", {}))


class ConsoleHandler(logging.Handler):
    """Writes to what stderr is at the time, so that a progress bar on the screen can make room for the line.

    On a terminal warnings are yellow and errors red.
    """

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if record.levelno >= logging.WARNING and sys.stderr.isatty():
            line = f"{_RED if record.levelno >= logging.ERROR else _YELLOW}{line}{_PLAIN}"
        print(line, file=sys.stderr, flush=True)  # noqa: T201


class CompressedFileHandler(RotatingFileHandler):
    """A file that is put away as `<name>.1.gz`, `<name>.2.gz`, … whenever it has grown to `max_bytes`."""

    def __init__(self, path: Path, *, max_bytes: int = _MAX_BYTES, max_files: int = _MAX_FILES) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path, maxBytes=max_bytes, backupCount=max_files, encoding="utf-8", delay=True)

    def rotation_filename(self, default_name: str) -> str:
        return f"{default_name}.gz"

    def rotate(self, source: str, dest: str) -> None:
        with Path(source).open("rb") as plain, gzip.open(dest, "wb") as packed:
            shutil.copyfileobj(plain, packed)
        Path(source).unlink()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Let a line go that cannot be written: on a full disk it would bury in tracebacks what is said about it."""

    def close(self) -> None:
        with suppress(OSError):  # of the same lines
            super().close()


def set_up_logs(folder: Path, name: str) -> None:
    """Send every log line and warning of this process to the console, `<folder>/<name>.log` and `<name>.jsonl`.

    Files of a stage's own: a stage runs once at a time, so no two processes rotate the same file.
    """
    root, said = logging.getLogger(), logging.getLogger(_SAID_ALREADY)
    for logger in (root, said):
        for old in list(logger.handlers):
            logger.removeHandler(old)
            old.close()
    console, *files = (
        _formatted(ConsoleHandler(), LineFormatter()),
        _formatted(CompressedFileHandler(folder / f"{name}.log"), LineFormatter()),
        _formatted(CompressedFileHandler(folder / f"{name}.jsonl"), JsonFormatter()),
    )
    for target in (console, *files):
        root.addHandler(target)
    for file in files:
        said.addHandler(file)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    for library in _QUIET:
        logging.getLogger(library).setLevel(logging.WARNING)


def _formatted(target: logging.Handler, formatter: logging.Formatter) -> logging.Handler:
    target.setFormatter(formatter)
    return target
