"""The one logging set-up: structured lines to the console and to rotating, compressed files. No message lives here."""

from __future__ import annotations

import gzip
import logging
import shutil
import sys
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

_MAX_BYTES = 5_000_000
_MAX_FILES = 9
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


class ConsoleHandler(logging.Handler):
    """Writes to what stderr is at the time, so that a progress bar on the screen can make room for the line."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr, flush=True)  # noqa: T201


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


def set_up_logs(folder: Path, name: str) -> None:
    """Send every log line and warning of this process to the console and to `<folder>/<name>.log`.

    One file a stage: a stage runs once at a time, so no two processes rotate the same file.
    """
    root, said = logging.getLogger(), logging.getLogger(_SAID_ALREADY)
    for logger in (root, said):
        for old in list(logger.handlers):
            logger.removeHandler(old)
            old.close()
    console, file = ConsoleHandler(), CompressedFileHandler(folder / f"{name}.log")
    for handler in (console, file):
        handler.setFormatter(LineFormatter())
        root.addHandler(handler)
    said.addHandler(file)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    for library in _QUIET:
        logging.getLogger(library).setLevel(logging.WARNING)
