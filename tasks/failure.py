"""What a person reads when something cannot be done: one paragraph, no traceback. A bug still shows its traceback."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aurl_core.errors import AurlError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


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
    except KeyboardInterrupt:
        outcome.code = 130
        print("Interrupted; what was being written has been put away.", file=sys.stderr)  # noqa: T201
    except (AurlError, OSError) as error:
        if not is_expected(error):
            raise
        outcome.code = 1
        print(explanation(error), file=sys.stderr)  # noqa: T201


def is_expected(error: AurlError | OSError) -> bool:
    """Is it raised on purpose, or for want of disk or rights?"""
    return isinstance(error, AurlError) or error.errno in _FULL | _REFUSED


def explanation(error: AurlError | OSError) -> str:
    """One paragraph on an expected error.

    >>> explanation(OSError(errno.ENOSPC, "No space left on device", "data/parsed"))
    'The disk is full: data/parsed could not be written. `aurl clean` says what can be freed and frees it.'
    """
    if isinstance(error, AurlError):
        return " ".join(str(error).split())
    where = error.filename or "a file"
    if error.errno in _FULL:
        return f"The disk is full: {where} could not be written. `aurl clean` says what can be freed and frees it."
    return (
        f"{where} cannot be written or read: {error.strerror}. Change its owner or mode, or choose other folders under "
        "`paths` in params.yaml."
    )
