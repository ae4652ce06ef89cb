"""What a person reads when something cannot be done: one paragraph, no traceback. A bug still shows its traceback.

Both stand in the stage's log file too; the console has them once, in plain words.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aurl_core.errors import AurlError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_SAID_IN_WORDS = (*_FULL, errno.EACCES, errno.EROFS)
"""What libraries in Rust and C++ (safetensors, DuckDB, torch) report by its text alone."""

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())
log.propagate = False


@dataclass
class Outcome:
    """The exit status of a block of code."""

    code: int = 0


@contextmanager
def told() -> Iterator[Outcome]:
    """Turn what went wrong on purpose, or for want of disk or rights, into a paragraph on stderr and an exit status."""
    outcome = Outcome()
    try:
        yield outcome
    except (KeyboardInterrupt, SystemExit) as error:
        if not _is_interrupt(error):
            raise
        outcome.code = 130
        print("Interrupted; what was being written has been put away.", file=sys.stderr)  # noqa: T201
    except Exception as error:
        if not is_expected(error):
            log.exception("this is a bug")
            raise
        outcome.code = 1
        log.error(explanation(error))
        print(explanation(error), file=sys.stderr)  # noqa: T201


def is_expected(error: Exception) -> bool:
    """Is it raised on purpose, or for want of disk or rights?"""
    return isinstance(error, AurlError) or _number(error) in _FULL | _REFUSED


def explanation(error: Exception) -> str:
    """One paragraph on an expected error.

    >>> explanation(OSError(errno.ENOSPC, "No space left on device", "data/parsed"))
    'The disk is full: data/parsed could not be written. Make room; `aurl clean` says what it can free, and frees it.'
    """
    said = " ".join(str(error).split())
    if isinstance(error, AurlError):
        return said
    if _number(error) in _FULL:
        what = f"{_place(error)} could not be written" if isinstance(error, OSError) else said
        return f"The disk is full: {what}. Make room; `aurl clean` says what it can free, and frees it."
    what = f"{_place(error)} cannot be written or read: {error.strerror}" if isinstance(error, OSError) else said
    return f"{what}. Change its owner or mode, or choose other folders under `paths` in params.yaml."


def _is_interrupt(error: BaseException) -> bool:
    """Ctrl-C itself, or the exit that Lightning makes of it."""
    return isinstance(error, KeyboardInterrupt) or isinstance(error.__context__, KeyboardInterrupt)


def _number(error: Exception) -> int | None:
    """The system's number of an error."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    return next((number for number in _SAID_IN_WORDS if os.strerror(number) in str(error)), None)


def _place(error: OSError) -> str:
    """What could not be written or read: of a copy its target, of a temporary file the folder it was to be in."""
    name = error.filename2 or error.filename
    if name is None:
        return "a file"
    path = Path(os.fsdecode(name))
    return str(path.parent if path.name.startswith(".") and not path.exists() else path)
