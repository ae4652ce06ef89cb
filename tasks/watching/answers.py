"""What the page of a training asks for, and what it gets: a path and a query in, bytes out. HTTP is in server.py."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from aurl_core.parsing.params import ParseParams
from tasks.watching.events import EVENTS_FILE, SKETCHES, Event, is_running, read_events
from tasks.watching.samples import Samples

_HERE: Final = Path(__file__).parent
_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "mid": "audio/midi",
    "mp3": "audio/mpeg",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of a response and what it is."""

    status: int
    body: bytes
    ending: str = "json"
    is_kept: bool = False
    """May the browser keep it for good?"""

    @property
    def content_type(self) -> str:
        """Of HTTP."""
        return _TYPES[self.ending]


NOTHING: Final = Answer(404, b'{"error": "not found"}')


class Answers:
    """Everything about the training under `checkpoints` that was at work last."""

    def __init__(self, checkpoints: Path, parse: ParseParams) -> None:
        self.checkpoints = checkpoints
        self.samples = Samples(parse)
        self._marks: dict[Path, tuple[list[Event], int]] = {}
        """By run: the last event that says who trains, and the bytes read to find it."""

    def to(self, target: str) -> Answer:
        """The answer to a path with its query, `/state?run=…&from=0`."""
        parts = urlsplit(target)
        match parts.path.strip("/").split("/"):
            case [""]:
                return Answer(200, (_HERE / "page.html").read_bytes(), "html")
            case ["page.js"]:
                return Answer(200, (_HERE / "page.js").read_bytes(), "js")
            case ["plotly.js"]:
                return Answer(200, self._plotly, "js", is_kept=True)
            case ["state"]:
                query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
                return self._state(query.get("run", ""), query.get("from", "0"))
            case ["samples", run, name]:
                return self._sample(run, name)
        return NOTHING

    def _state(self, known: str, offset: str) -> Answer:
        """What is new since byte `offset` of the run the page knows; all of another run if one has begun since."""
        path = self._newest()
        if path is None:
            return _json({"run": None})
        run = path.parent
        start = int(offset) if run.name == known and offset.isascii() and offset.isdecimal() else 0
        events, end = read_events(path, start)
        state = {
            "run": run.name,
            "from": 0 if end < start else start,
            "to": end,
            "events": events,
            "is_running": self._is_running(path),
            "samples": self.samples.names(run / SKETCHES),
            "now": time.time(),
        }
        return _json(state)

    def _sample(self, run: str, file: str) -> Answer:
        name, _, ending = file.partition(".")
        if run not in {path.parent.name for path in self._files()}:
            return NOTHING
        found = self.samples.file(self.checkpoints / run / SKETCHES, name, ending)
        return NOTHING if found is None else Answer(200, found, ending)

    def _is_running(self, path: Path) -> bool:
        marks, offset = self._marks.get(path, ([], 0))
        events, end = read_events(path, offset)
        self._marks[path] = ([one for one in [*marks, *events] if one["kind"] in ("begin", "end")][-1:], end)
        return is_running(self._marks[path][0])

    def _files(self) -> list[Path]:
        return list(self.checkpoints.glob(f"*/{EVENTS_FILE}"))

    def _newest(self) -> Path | None:
        return max(self._files(), key=lambda path: path.stat().st_mtime, default=None)

    @cached_property
    def _plotly(self) -> bytes:
        from plotly.offline import get_plotlyjs

        return str(get_plotlyjs()).encode()


def _json(content: object) -> Answer:
    return Answer(200, json.dumps(content).encode())
