"""The exceptions that Aurl raises on purpose.

    AurlError
    ├── SettingError      a setting that cannot be used (also a ValueError)
    ├── InputError        a file or folder of the user's that cannot be used (also a ValueError)
    │   └── ParseError    one file that cannot be read as music; carries the reason of its Rejection
    ├── MissingError      something an earlier stage should have made is not there (also a FileNotFoundError)
    ├── UnstableError     a training that goes wrong however often it is set right
    └── BusyError         somebody else holds what this needs: a stage lock, a port, the DVC lock

Each message is one paragraph that names the offending value, the valid ones, the path, and the way out.
"""

from __future__ import annotations


class AurlError(Exception):
    """Base of everything that Aurl raises on purpose; the command line prints it without a traceback."""


class SettingError(AurlError, ValueError):
    """A setting in params.yaml, a profile or an override that cannot be used."""


class InputError(AurlError, ValueError):
    """A file or folder given by the user that cannot be used."""


class ParseError(InputError):
    """One file that cannot be read as music.

    `reason` is one of the closed list in `aurl_core.parsing.rejection`; `detail` says what was seen.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class MissingError(AurlError, FileNotFoundError):
    """Something that an earlier stage should have made is not there."""


class UnstableError(AurlError):
    """A training that goes wrong however often it is set right."""


class BusyError(AurlError):
    """Somebody else holds what this needs: a stage lock, a port or the DVC lock."""
